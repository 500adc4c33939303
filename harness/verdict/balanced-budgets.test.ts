import { expect, test } from 'vitest'
import { type FaultSketch, history, samples } from '../checkers/history.ts'
import type { Plan } from '../plan/plan.ts'
import type { Budgets } from '../scenario/scenario.ts'
import { judge } from './verdict.ts'

const SECONDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const DRAINED: FaultSketch = { kind: 'stop-instance', exit: { code: 0, signal: null, afterMs: 900 } }

/** One try of Bob's came to nothing. */
function judged(balancer: Plan['balancer'], faults: readonly FaultSketch[], budgets: Budgets = {}) {
  const failedConnects = [{ instance: -1, why: 'ECONNREFUSED', atMs: 5_000 }]
  const { plan, ledger } = history({
    ...(balancer === undefined ? {} : { balancer }),
    sends: ['ann', 'bob'],
    rollCall: ['ann', 'bob'],
    clients: { ann: '0 1 2 3', bob: { streams: { lobby: '0 1 2 3' }, failedConnects } },
    faults,
    latencies: { cross: Object.fromEntries(SECONDS.map(second => [second, samples(8, 200)])) },
  })
  const judgement = judge(plan, budgets, ledger)
  const budget = judgement.budgets.find(({ measure }) => measure === 'connectsFailed') ?? null
  return { budget, verdict: judgement.verdict, count: judgement.counts.connectsFailed }
}

test('behind a balancer nobody may be turned away while instances drain, or where nothing happens', () => {
  const broken = { limit: 0, actual: 1, samples: 3, status: 'fail' }
  expect(judged('haproxy', [DRAINED])).toMatchObject({ budget: broken, verdict: 'fail' })
  expect(judged('haproxy', [])).toMatchObject({ budget: broken, verdict: 'fail' })
})

test('a limit of the scenario holds instead', () => {
  expect(judged('haproxy', [DRAINED], { connectsFailed: 1 })).toMatchObject({ budget: { limit: 1, status: 'pass' } })
})

test('it is counted and not limited where a fault is worse than a drain, or clients choose for themselves', () => {
  const unlimited = { budget: null, verdict: 'pass', count: 1 }
  expect(judged('haproxy', [DRAINED, { kind: 'kill-instance', target: 'chat-1', firedAtMs: 7_000 }])).toMatchObject({
    budget: null,
    count: 1,
  })
  expect(judged(undefined, [])).toMatchObject(unlimited)
})
