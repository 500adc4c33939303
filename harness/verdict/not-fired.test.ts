/** A fault that silently does not fire makes its run invalid, whichever kind it is. */

import { describe, expect, test } from 'vitest'
import { history, samples } from '../checkers/history.ts'
import { FakeFaults } from '../faults/test-catalogue.ts'
import { TestClock } from '../faults/test-clock.ts'
import { FakeCluster, plannedFault } from '../faults/test-fault-cluster.ts'
import { runTimeline } from '../faults/timeline.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Plan, PlannedFault } from '../plan/plan.ts'
import { FAULT_NAMES, type FaultName, faultKind } from '../scenario/fault-kinds.ts'
import { judge } from './verdict.ts'

const SECONDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const everySecond = (valueMs: number) => Object.fromEntries(SECONDS.map(second => [second, samples(valueMs, 200)]))

/** A run without a fault of its own in which all went well. */
const { plan: PLAN, ledger: LEDGER } = history({
  sends: ['ann', 'bob', 'ann'],
  rollCall: ['ann', 'bob'],
  clients: { ann: '0 1 2 3 4', bob: '0 1 2 3 4' },
  latencies: { cross: everySecond(8), same: everySecond(4), ack: everySecond(3), sendLag: everySecond(1) },
})

function targetOf(kind: FaultName): string {
  const { hits } = faultKind(kind)
  return hits === 'redis' ? 'redis' : hits === 'new-instance' ? 'chat-3' : 'chat-2'
}

/** The same run with that fault planned, and with the record that the timeline leaves of it. */
async function runWith(
  planned: PlannedFault,
  injecting: 'fires' | 'not-fired',
): Promise<{ plan: Plan; ledger: Ledger }> {
  const clock = new TestClock()
  const faults = await clock.until(
    runTimeline(
      [planned],
      {
        catalogue: new FakeFaults(clock, { injecting }).catalogue,
        context: { ...new FakeCluster(clock).context(), random: () => () => 0.5 },
        journal: { write: () => {} },
        instancesDownMax: 1,
        untilMs: PLAN.loadMs,
        onChange: () => {},
      },
      new AbortController().signal,
    ),
  )
  const isAdded = faultKind(planned.kind).hits === 'new-instance'
  const instances = isAdded ? [...PLAN.instances, planned.target] : PLAN.instances
  return { plan: { ...PLAN, instances, faults: [planned] }, ledger: { ...LEDGER, faults } }
}

test('the run itself is honest', () => {
  expect(judge(PLAN, {}, LEDGER)).toMatchObject({ verdict: 'pass', invalidBecause: [] })
})

describe.each(FAULT_NAMES)('%s', kind => {
  const planned = plannedFault(kind, { target: targetOf(kind), atMs: 3_000 } as never)

  test('that did not fire: invalid, exit code 3, and it says why', async () => {
    const { plan, ledger } = await runWith(planned, 'not-fired')
    const judgement = judge(plan, {}, ledger)
    expect(judgement).toMatchObject({ verdict: 'invalid', exitCode: 3 })
    const { target } = planned
    expect(judgement.invalidBecause).toEqual([
      `${kind} on ${target}, planned at 3 s, did not fire: ${target} was to break, and did not`,
    ])
    expect(judgement.faults[0]).toMatchObject({ kind, status: 'not-fired', effectAtMs: null })
  })

  test('that fired is no cause', async () => {
    const { plan, ledger } = await runWith(planned, 'fires')
    const causes = judge(plan, {}, ledger).invalidBecause
    expect(causes.filter(cause => cause.includes('did not fire'))).toEqual([])
  })
})
