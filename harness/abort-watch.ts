/** Ends a load early where it is of no use to go on: watches the counts that the scenario's `abortWhen` limits. */

import type { FleetStatus } from './load/fleet-status.ts'
import { ABORT_MEASURES, type AbortMeasure, type Scenario } from './scenario/scenario.ts'

type Limits = NonNullable<Scenario['abortWhen']>
type WatchedStatus = Pick<FleetStatus, 'clients' | 'connected' | 'overdue' | 'counters'>
type WatchedFleet = {
  waitUntil(condition: (status: FleetStatus) => boolean, msMax: number, abort: AbortSignal): Promise<boolean>
}

/** The first count that is above its limit, in words; null where none is. */
export function whyAbort(limits: Limits, status: WatchedStatus): string | null {
  for (const [measure, limit] of Object.entries(limits) as [AbortMeasure, number][]) {
    const count = countOf(measure, status)
    if (count > limit) return `${measure} was ${count}, above its limit of ${limit}: ${ABORT_MEASURES[measure]}`
  }
  return null
}

function countOf(measure: AbortMeasure, { clients, connected, overdue, counters }: WatchedStatus): number {
  switch (measure) {
    case 'overdue':
      return overdue
    case 'disconnected':
      return clients - connected
    default:
      return counters.reduce((sum, counts) => sum + counts[measure], 0)
  }
}

/** Resolves with why, as soon as a count is above its limit; with null at the end, or after `msMax`. */
export async function watchForAbort(
  limits: Limits,
  fleet: WatchedFleet,
  msMax: number,
  end: AbortSignal,
): Promise<string | null> {
  if (Object.keys(limits).length === 0) return null
  let why: string | null = null
  const isAbove = (status: FleetStatus) => {
    why = whyAbort(limits, status)
    return why !== null
  }
  // Where a worker has failed, whoever asks the fleet next is told; there is nothing to watch any more.
  await fleet.waitUntil(isAbove, msMax, end).catch(() => false)
  return why
}
