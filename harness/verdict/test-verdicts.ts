/** Test support: a small run that passes, others made from it, and their verdicts. */

import { expect } from 'vitest'
import { type HistorySketch, history, samples } from '../checkers/history.ts'
import { LatencyHistograms } from '../ledger/latency-recording.ts'
import type { ConnectionRecord, Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { Budgets } from '../scenario/scenario.ts'
import type { Judgement } from './judgement.ts'
import { judge } from './verdict.ts'

const SECONDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
export const SENDS = ['ann', 'bob', 'ann']
export const HONEST: HistorySketch = {
  sends: SENDS,
  rollCall: ['ann', 'bob'],
  clients: { ann: '0 1 2 3 4', bob: '0 1 2 3 4' },
  latencies: {
    cross: everySecond(8, 200),
    same: everySecond(4, 200),
    ack: everySecond(3, 200),
    sendLag: everySecond(1, 200),
  },
}
export const LOSSY = { ...HONEST, clients: { ann: '0 1 2 3 4', bob: '0 2 3 4' } }
export const KILL = { firedAtMs: 3_000, effectAtMs: 3_000, healedAtMs: 4_400 }

export function connectionTo(instance: number): ConnectionRecord {
  return { instance, openedAtMs: -1_000, closedAtMs: null, closeCode: null, draining: false, firstCrossAtMs: -900 }
}

export function everySecond(valueMs: number, count: number) {
  return Object.fromEntries(SECONDS.map(second => [second, samples(valueMs, count)]))
}

/** A worker besides the one that the sketch has, with these send lags in the first second. */
export function withSecondWorker(lagsMs: readonly number[]): (ledger: Ledger) => Ledger {
  const second = new LatencyHistograms(1)
  for (const lagMs of lagsMs) second.record('sendLag', 0, lagMs)
  const { length: sends } = lagsMs
  const record = { worker: 1, eventLoopUtilization: 0.4, plannedSends: sends, handedSends: sends }
  return ledger => ({
    ...ledger,
    latencies: [...ledger.latencies, ...second.flush(Infinity)],
    generators: [...ledger.generators, record],
  })
}

export function verdictOf(
  sketch: HistorySketch,
  budgets: Budgets = {},
  change: (ledger: Ledger, plan: Plan) => Ledger = l => l,
) {
  const { plan, ledger } = history(sketch)
  return judge(plan, budgets, change(ledger, plan))
}

/** Of a judgement that is to be invalid for this cause, among others. */
export function expectInvalid(cause: string, judgement: Judgement): void {
  expect(judgement).toMatchObject({ verdict: 'invalid', exitCode: 3 })
  expect(judgement.invalidBecause.join('\n')).toContain(cause)
}
