/** The axis that all curves of a run share. */

import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { Series } from './curves.ts'

/** An hour of seconds. A longer run has longer steps, so that its curves do not grow with it. */
export const STEPS_MAX = 3_600

export interface TimeSteps {
  readonly stepMs: number
  readonly fromMs: number
  readonly count: number
}

/** From the warm-up to the last thing that the ledger tells of, or to the end of the load where that is later. */
export function timeSteps(plan: Pick<Plan, 'warmUpMs' | 'loadMs'>, ledger: Ledger): TimeSteps {
  const fromMs = -Math.ceil(plan.warmUpMs / 1000) * 1000
  const endMs = Math.max(lastEventMs(ledger), ledger.aborted === null ? plan.loadMs : 0, fromMs + 1000)
  const seconds = Math.ceil((endMs - fromMs) / 1000)
  const stepMs = Math.ceil(seconds / STEPS_MAX) * 1000
  return { stepMs, fromMs, count: Math.ceil((seconds * 1000) / stepMs) }
}

/** Of the step that holds the time; that of the first or last step for a time before or after all of them. */
export function stepAt({ stepMs, fromMs, count }: TimeSteps, atMs: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor((atMs - fromMs) / stepMs)))
}

export function endOfSteps({ stepMs, fromMs, count }: TimeSteps): number {
  return fromMs + count * stepMs
}

export function nothingMeasured({ count }: TimeSteps): Series {
  return new Array<null>(count).fill(null)
}

function lastEventMs({ messages, clients, deliveredIn = [] }: Ledger): number {
  let lastMs = Number.NEGATIVE_INFINITY
  const note = (atMs: number | null) => {
    if (atMs !== null && atMs > lastMs) lastMs = atMs
  }
  for (const { handedAtMs, ackedAtMs } of messages) {
    note(handedAtMs)
    note(ackedAtMs)
  }
  for (const { second } of deliveredIn) note((second + 1) * 1000)
  for (const { connections, memberships } of clients) {
    for (const { openedAtMs, closedAtMs } of connections) {
      note(openedAtMs)
      note(closedAtMs)
    }
    for (const { deliveries } of memberships) note(deliveries.at(-1)?.lastAtMs ?? null)
  }
  return lastMs
}
