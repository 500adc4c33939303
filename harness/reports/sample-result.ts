/**
 * Test support: a small run with a kill, judged, with or without something gone wrong.
 */

import { history, samples } from '../checkers/history.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { Budgets } from '../scenario/scenario.ts'
import type { HttpResult } from '../verdict/judgement.ts'
import { judge } from '../verdict/verdict.ts'
import { assembleResult, type RunResult } from './result.ts'

const SECONDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const MESSAGES = 40

/** Of a run in which readiness was asked, and a request refused. */
export const SAMPLE_HTTP: HttpResult = {
  httpErrors: 2,
  httpLost: 1,
  httpDuplicated: 0,
  lagP99Ms: 0.75,
  eventLoopUtilization: 0.123,
  paths: {
    readyz: {
      connections: 12,
      requestsPlanned: 1800,
      requests: 1790,
      ok: 1787,
      refused: { '503': 1 },
      unanswered: 1,
      open: 1,
      latencyMs: { p50: 1.5, p90: 3, p99: 12.5, p999: 40, max: 41, count: 1790, overflow: 0 },
    },
  },
  examples: ['http-1: message 7 is not at seq 8 (epoch a), where the answer said'],
}

/**
 * Ann and Bob say something every quarter of a second; `lost` of it never comes to Bob. Chat-2, where he is, is killed after
 * 3 s; he goes home to it before the roll call.
 */
export function sampleResult(budgets: Budgets, lost: readonly number[] = []): RunResult {
  return sampleRun(budgets, lost).result
}

/** The same with what it was judged from. */
export function sampleRun(
  budgets: Budgets,
  lost: readonly number[] = [],
): { readonly plan: Plan; readonly ledger: Ledger; readonly result: RunResult } {
  const sends = Array.from({ length: MESSAGES }, (_, number) => ({
    by: number % 2 ? 'bob' : 'ann',
    atMs: number * 250,
  }))
  const numbers = [...sends.keys(), MESSAGES, MESSAGES + 1]
  const reconnectsBefore = [13, MESSAGES]
  const bob = numbers
    .filter(number => !lost.includes(number))
    .map(number => (reconnectsBefore.includes(number) ? `| ${number}` : `${number}`))
  const every = (valueMs: number, count: number) =>
    Object.fromEntries(SECONDS.map(second => [second, samples(valueMs, count)]))
  // Four messages in a second and two clients; in the 20th second the two of the roll call.
  const deliveriesIn = (second: number) =>
    second === 20 ? 4 : 8 - lost.filter(number => Math.floor(number / 4) === second).length
  const { plan, ledger } = history({
    sends,
    rollCall: ['ann', 'bob'],
    clients: { ann: numbers.join(' '), bob: bob.join(' ') },
    faults: [{ firedAtMs: 2_990, effectAtMs: 3_000, healedAtMs: 4_400, evidence: 'ended by SIGKILL after 10 ms' }],
    deliveredIn: [...SECONDS, 20].map(second => ({ second, count: deliveriesIn(second) })),
    latencies: { cross: every(8, 500), same: every(4, 500), ack: every(3, 100), sendLag: every(0.5, 100) },
  })
  const result = assembleResult(plan, judge(plan, budgets, ledger), {
    driver: 'process',
    startedAt: '2026-11-24T08:19:48.000Z',
    durationsSeconds: { load: 10, total: 21.25 },
    command: 'npm run scenario sketch -- --seed 1',
    environment: { node: 'v24.1.0', redis: '7.0.15', cpus: 2, memoryBytes: 4_294_967_296, os: 'linux 6.1.0' },
  })
  return { plan, ledger, result }
}
