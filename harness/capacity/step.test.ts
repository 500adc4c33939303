import { expect, test } from 'vitest'
import { type Ledger, NEVER_SENT } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunResult } from '../reports/result.ts'
import { becauseOf, measuresOf, outcomeOf } from './step.ts'

const NO_LATENCY = { p50: null, p90: null, p99: null, p999: null, max: null, count: 0, overflow: 0 }
const ACROSS = { ...NO_LATENCY, p50: 3, p99: 9, count: 30 }

function result(changes: Partial<RunResult>): RunResult {
  const kinds = { cross: ACROSS, same: { ...NO_LATENCY, count: 10 }, ack: NO_LATENCY, sendLag: NO_LATENCY }
  return {
    ...{ verdict: 'pass', invalidBecause: [], abortedBecause: null },
    budgets: [
      { measure: 'lost', phase: 'run', limit: 0, actual: 0, samples: 1, status: 'pass' },
      { measure: 'ackP99Ms', phase: 'run', limit: 100, actual: 1234.5678, samples: 1, status: 'fail' },
    ],
    latencyMs: { run: kinds },
    generator: { saturated: false, eventLoopUtilization: 0.5 },
    ...changes,
  } as unknown as RunResult
}

test('what a verdict says of a rate', () => {
  expect(outcomeOf(result({}))).toBe('held')
  expect(outcomeOf(result({ verdict: 'fail' }))).toBe('broke')
  expect(outcomeOf(result({ verdict: 'invalid' }))).toBe('not-judged')
  const saturated = { ...result({}).generator, saturated: true }
  expect(outcomeOf(result({ verdict: 'invalid', generator: saturated }))).toBe('generator')
  // The service broke a budget, whatever the generator was.
  expect(outcomeOf(result({ verdict: 'fail', generator: saturated }))).toBe('broke')
})

test('why: the budgets that broke, or what made the run invalid', () => {
  expect(becauseOf(result({}))).toEqual([])
  expect(becauseOf(result({ verdict: 'fail' }))).toEqual(['ackP99Ms 1,230, limit 100'])
  const aborted = becauseOf(result({ verdict: 'fail', abortedBecause: 'overdue 9 > 5' }))
  expect(aborted[0]).toBe('ended early: overdue 9 > 5')
  expect(becauseOf(result({ verdict: 'invalid', invalidBecause: ['too few samples'] }))).toEqual(['too few samples'])
})

test('achieved is what was acknowledged while the load lasted, of what was offered in it', () => {
  const plan = { loadMs: 2_000, messages: { atMs: [-10, 0, 500, 1_000, 1_900] } } as unknown as Plan
  const acked = [-5, 3, null, 1_010, 2_500]
  const messages = acked.map(ackedAtMs => ({ ...NEVER_SENT, ackedAtMs }))
  expect(measuresOf(result({}), plan, { messages } as unknown as Ledger)).toMatchObject({
    achieved: 1,
    achievedShare: 0.5,
    deliveriesPerSecond: 20,
    latencyMs: { crossInstance: { p50: 3, p99: 9 } },
  })
})
