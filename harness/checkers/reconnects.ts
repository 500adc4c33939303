/**
 * Reconnects: how many clients came back in the busiest second. A service that drains with care spreads them out; one that drops everybody at
 * once is stormed. A client's first connection is none, nor is going home before the roll call, which the harness asks for.
 */

import type { ClientRecord } from '../ledger/ledger.ts'
import { attribute, faultsAt } from './attribution.ts'
import { type Finding, FindingCollector } from './finding.ts'
import type { IndexedRun } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

export interface ReconnectFinding {
  /** Of the busiest second of the run's clock; the earliest of several. */
  readonly reconnectsPerSecondMax: Finding
  /** In the whole run. */
  readonly reconnects: number
}

export function checkReconnects(run: IndexedRun, phases: PhaseMap): ReconnectFinding {
  const instancesBySecond = new Map<number, Map<number, number>>()
  let reconnects = 0
  for (const client of run.ledger.clients) {
    for (const { openedAtMs, instance } of reconnectsOf(client, run.ledger.rollCallAtMs)) {
      reconnects++
      const second = Math.floor(openedAtMs / 1000)
      const instances = instancesBySecond.get(second) ?? new Map<number, number>()
      instancesBySecond.set(second, instances)
      instances.set(instance, (instances.get(instance) ?? 0) + 1)
    }
  }
  const seconds = [...instancesBySecond].map(([second, instances]) => ({ second, instances, count: sumOf(instances) }))
  seconds.sort((a, b) => b.count - a.count || a.second - b.second)
  const found = new FindingCollector()
  const [busiest] = seconds
  for (const [instance, count] of busiest?.instances ?? []) {
    const what = `${count} of ${busiest!.count} connections opened again in the second from ${busiest!.second} s on`
    const fromMs = busiest!.second * 1000
    const fault = faultsAt(run, fromMs, fromMs + 999)
    const example = attribute(run, phases, { what, atMs: fromMs })
    found.add({ ...example, fault, instance: run.plan.instances[instance] ?? null }, count)
  }
  return { reconnectsPerSecondMax: found.finding(), reconnects }
}

function reconnectsOf({ connections, wentHomeAtMs = null }: ClientRecord, rollCallAtMs: number | null) {
  // Who loses its connection at home comes back like anybody else.
  const home =
    wentHomeAtMs === null
      ? undefined
      : connections.find(({ openedAtMs }) => openedAtMs >= wentHomeAtMs && openedAtMs < (rollCallAtMs ?? Infinity))
  return connections.slice(1).filter(connection => connection !== home)
}

function sumOf(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}
