import { describe, expect, test } from 'vitest'
import { history, samples } from '../checkers/history.ts'
import type { HttpConnectionRecord, HttpRecord } from '../ledger/http-records.ts'
import type { Plan } from '../plan/plan.ts'
import { planHttp } from '../plan/plan-http.ts'
import type { Budgets, HttpLoad } from '../scenario/scenario.ts'
import { histogramOf } from '../test-histories/http-history.ts'
import type { Judgement } from './judgement.ts'
import { judge } from './verdict.ts'

const SECONDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const { plan: QUIET, ledger } = history({
  sends: ['ann', 'bob'],
  rollCall: ['ann', 'bob'],
  clients: { ann: '0 1 2 3', bob: '0 1 2 3' },
  latencies: { cross: Object.fromEntries(SECONDS.map(second => [second, samples(8, 200)])) },
})
const READYZ: HttpLoad = { path: 'readyz', requestsPerSecond: 200, connections: 2 }

interface Sketch {
  readonly http?: readonly HttpLoad[]
  /** Of what was planned. */
  readonly askedShare?: number
  readonly refusedShare?: number
  readonly latencyMs?: number
  /** Samples of it. */
  readonly count?: number
  readonly lagMs?: number
  readonly aborted?: string
}

function judged(budgets: Budgets, sketch: Sketch): Judgement {
  const {
    http = [READYZ],
    askedShare = 1,
    refusedShare = 0,
    latencyMs = 4,
    lagMs = 0.5,
    count = 1_500,
    aborted = null,
  } = sketch
  const plan: Plan = { ...QUIET, http: planHttp(http, { instances: 2, seconds: 10, warmUpSeconds: 0 }) }
  const connections = plan.http!.map((connection): HttpConnectionRecord => {
    const requests = Math.round(connection.requests * askedShare)
    const refused = Math.round(requests * refusedShare)
    const answers = { 200: requests - refused, 503: refused }
    const log = connection.room === null ? null : { top: { epoch: 'a', seq: 0 }, firstSeq: 1, entries: [] }
    return { requests, answers, unanswered: 0, open: 0, published: [], log }
  })
  const record: HttpRecord = {
    connections,
    latencies: http.map(({ path }) => ({ path, histogram: histogramOf(latencyMs, count), overflow: 0 })),
    generator: { eventLoopUtilization: 0.2, lag: histogramOf(lagMs, 1_000), overflow: 0 },
  }
  return judge(plan, budgets, { ...ledger, aborted, http: record })
}

function httpMeasures({ budgets }: Judgement): string[] {
  return budgets.map(({ measure }) => measure).filter(measure => /^(?:http|readyz|metrics|publish)/.test(measure))
}

describe('budgets that nobody named', () => {
  test('hold where something is asked', () => {
    expect(httpMeasures(judged({}, {}))).toEqual(['httpErrors'])
    const publish: HttpLoad = { path: 'publish', requestsPerSecond: 200, connections: 2 }
    expect(httpMeasures(judged({}, { http: [READYZ, publish] }))).toEqual(['httpErrors', 'httpLost', 'httpDuplicated'])
    expect(judged({}, { refusedShare: 0.01 })).toMatchObject({ verdict: 'fail', invalidBecause: [] })
  })

  test('do not, where nothing is', () => {
    const judgement = judge(QUIET, {}, ledger)
    expect(httpMeasures(judgement)).toEqual([])
    expect(judgement).toMatchObject({ verdict: 'pass', http: null })
  })
})

test('a quick answer to everything passes, and tells of itself', () => {
  const judgement = judged({ readyzP99Ms: 50 }, {})
  expect(judgement).toMatchObject({ verdict: 'pass', invalidBecause: [] })
  expect(judgement.budgets.find(({ measure }) => measure === 'readyzP99Ms')).toMatchObject({ samples: 1_500 })
  expect(judgement.http!.paths.readyz).toMatchObject({ connections: 2, requestsPlanned: 2_000, requests: 2_000 })
})

describe('too few requests', () => {
  test('of a quick service are the load’s own shortcoming', () => {
    const { verdict, invalidBecause } = judged({ readyzP99Ms: 50 }, { askedShare: 0.9 })
    expect(verdict).toBe('invalid')
    expect(invalidBecause).toEqual([
      'the HTTP load fell short: 1800 of 2000 requests (90.0 %) were made to readyz over its 2 connections, and no broken budget tells why; with more connections it asks more',
    ])
  })

  test.each([
    ['slow', { latencyMs: 80 }],
    ['refusing', { refusedShare: 0.5 }],
  ])('of a %s service are its own fault', (_, sketch) => {
    const judgement = judged({ readyzP99Ms: 50 }, { askedShare: 0.5, ...sketch })
    expect(judgement).toMatchObject({ verdict: 'fail', invalidBecause: [] })
  })

  test('break a budget where enough of the few are over its limit, whatever the others would have been', () => {
    // One hundredth of 2,000 planned requests may be slower.
    const hanging = judged({ readyzP99Ms: 50 }, { askedShare: 0.02, count: 21, latencyMs: 900 })
    expect(hanging).toMatchObject({ verdict: 'fail', invalidBecause: [] })
    const { verdict, invalidBecause } = judged({ readyzP99Ms: 50 }, { askedShare: 0.02, count: 19, latencyMs: 900 })
    expect(verdict).toBe('invalid')
    expect(invalidBecause).toContain('too few samples for the budget readyzP99Ms (run): 19 of 1000')
  })

  test('say nothing where the load was ended early', () => {
    const judgement = judged({ readyzP99Ms: 50 }, { askedShare: 0.5, aborted: 'overdue is above 5' })
    expect(judgement).toMatchObject({ verdict: 'fail', invalidBecause: [] })
  })
})

describe('a process that is late', () => {
  test('leaves a budget open that holds, and one that it may have broken', () => {
    for (const latencyMs of [4, 52]) {
      const { verdict, invalidBecause } = judged({ readyzP99Ms: 50 }, { latencyMs, lagMs: 6 })
      expect(verdict).toBe('invalid')
      expect(invalidBecause).toEqual([
        'the HTTP load could not keep up: P99 of its lateness is 6.0 ms, over a tenth of readyzP99Ms (50 ms)',
      ])
    }
  })

  test('does not excuse what is broken by more than that', () => {
    expect(judged({ readyzP99Ms: 50 }, { latencyMs: 80, lagMs: 6 })).toMatchObject({ verdict: 'fail' })
  })

  test('is held against its own budgets alone', () => {
    expect(judged({ crossInstanceP99Ms: 20 }, { lagMs: 6 })).toMatchObject({ verdict: 'pass' })
  })
})
