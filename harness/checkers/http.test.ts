import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HttpConnectionRecord, HttpLine } from '../ledger/http-records.ts'
import type { Ledger, RoomLog } from '../ledger/ledger.ts'
import { naiveHttp } from '../naive-checker/naive-http.ts'
import { planHttp } from '../plan/plan-http.ts'
import { histogramOf } from '../test-histories/http-history.ts'
import { history } from './history.ts'
import { checkHttp, type HttpFindings } from './http.ts'

const EMPTY = history({ clients: { ann: '' } })
const PLAN = {
  ...EMPTY.plan,
  http: planHttp(
    [
      { path: 'readyz', requestsPerSecond: 2, connections: 2 },
      { path: 'publish', requestsPerSecond: 2, connections: 2 },
    ],
    { instances: 2, seconds: 2, warmUpSeconds: 0 },
  ),
}
const NOTHING: HttpConnectionRecord = { requests: 0, answers: {}, unanswered: 0, open: 0, published: [], log: null }

/** As `5`: message 5 at the next seq. `?`: nobody's. */
function logOf(text: string, firstSeq = 1): RoomLog {
  const tokens = text === '' ? [] : text.split(' ')
  const entries = tokens.map((token, index) => {
    return { epoch: 'a', seq: firstSeq + index, number: token === '?' ? -1 : Number(token) }
  })
  return { top: { epoch: 'a', seq: firstSeq + entries.length - 1 }, firstSeq, entries }
}

/** As `5@7`: message 5 at seq 7; `5@b:7`: in epoch b; `5`: the answer did not say. */
function publishedOf(text: string): HttpConnectionRecord['published'] {
  return text.split(' ').map(token => {
    const [number, place] = token.split('@')
    if (place === undefined) return { number: Number(number), position: null }
    const [epoch, seq] = place.includes(':') ? place.split(':') : ['a', place]
    return { number: Number(number), position: { epoch: epoch!, seq: Number(seq) } }
  })
}

function findings(change: Partial<Ledger['http'] & object>): HttpFindings {
  const connections = PLAN.http.map(({ room }) => ({ ...NOTHING, log: room === null ? null : logOf('') }))
  const http = { connections, latencies: [], generator: null, ...change }
  return checkHttp(PLAN, { ...EMPTY.ledger, http })!
}

function publishing(published: string, log: RoomLog | null): HttpFindings {
  const quiet = { ...NOTHING, log: logOf('') }
  return findings({ connections: [NOTHING, NOTHING, { ...NOTHING, published: publishedOf(published), log }, quiet] })
}

test('without an HTTP load there is nothing to find', () => {
  expect(checkHttp(EMPTY.plan, EMPTY.ledger)).toBeNull()
})

describe('what was published', () => {
  test('stands once in the log, where the answer said', () => {
    expect(publishing('0@1 1@2 2@3', logOf('0 1 2'))).toMatchObject({
      httpLost: 0,
      httpDuplicated: 0,
      published: 3,
      examples: [],
      unread: [],
    })
  })

  test('may be there without a good answer', () => {
    expect(publishing('0@1 2@3', logOf('0 1 2'))).toMatchObject({ httpLost: 0, httpDuplicated: 0, published: 2 })
  })

  test.each([
    ['is not there', '0@1 1@2', logOf('0')],
    ['is somebody else at that place', '0@1 1@2', logOf('0 2')],
    ['is elsewhere', '0@1 1@3', logOf('0 1')],
    ['is of another epoch', '0@1 1@b:2', logOf('0 1')],
    ['was answered without a place', '0@1 1', logOf('0 1')],
  ])('is lost where it %s', (_, published, log) => {
    const found = publishing(published, log)
    expect(found).toMatchObject({ httpLost: 1, httpDuplicated: 0, published: 2 })
    expect(found.examples).toHaveLength(1)
    expect(found.examples[0]).toContain('http-1: message 1 ')
  })

  test('is not judged where the log is trimmed or missing', () => {
    expect(publishing('0@1 1@2 2@3', logOf('2', 3))).toMatchObject({ httpLost: 0, published: 1 })
    expect(publishing('0@1', null)).toMatchObject({ httpLost: 0, published: 0, unread: ['http-1'] })
  })

  test('is duplicated each time that it stands there again, and what nobody sent, too', () => {
    const found = publishing('0@1 1@2', logOf('0 1 0 ? 0'))
    expect(found).toMatchObject({ httpLost: 0, httpDuplicated: 3 })
    expect(found.examples).toEqual([
      'http-1: message 0 stands at seq 3 again',
      'http-1: what stands at seq 4 was never sent',
      'http-1: message 0 stands at seq 5 again',
    ])
  })
})

test('requests are summed up by path', () => {
  const asked = (answers: Record<string, number>, unanswered: number, open: number): HttpConnectionRecord => {
    const requests = Object.values(answers).reduce((sum, count) => sum + count, unanswered + open)
    return { ...NOTHING, requests, answers, unanswered, open, log: logOf('') }
  }
  const { paths, httpErrors } = findings({
    connections: [
      asked({ 200: 3, 503: 1 }, 0, 0),
      asked({ 200: 2, 503: 1, 404: 1 }, 2, 1),
      asked({ 201: 1 }, 0, 1),
      asked({ 200: 1, 201: 1 }, 0, 0),
    ],
    latencies: [
      { path: 'readyz', histogram: histogramOf(4, 10), overflow: 0 },
      { path: 'publish', histogram: histogramOf(8, 5), overflow: 2 },
    ],
  })
  expect(httpErrors).toBe(5)
  const plain = paths.map(({ latency, ...rest }) => ({ ...rest, count: latency.count, p50: latency.quantileMs('P50') }))
  expect(plain).toEqual([
    {
      path: 'readyz',
      connections: 2,
      requestsPlanned: 4,
      requests: 11,
      ok: 5,
      refused: { 503: 2, 404: 1 },
      unanswered: 2,
      open: 1,
      count: 10,
      p50: expect.closeTo(4, 1),
    },
    {
      path: 'publish',
      connections: 2,
      requestsPlanned: 4,
      requests: 4,
      ok: 3,
      refused: {},
      unanswered: 0,
      open: 1,
      count: 5,
      p50: expect.closeTo(8, 1),
    },
  ])
})

describe('the second checker agrees', () => {
  const place = fc.option(fc.record({ epoch: fc.constantFrom('a', 'b'), seq: fc.integer({ min: 1, max: 6 }) }))
  const connection = fc
    .record({
      published: fc.array(fc.record({ number: fc.integer({ min: 0, max: 5 }), position: place }), { maxLength: 6 }),
      numbers: fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 6 }),
      firstSeq: fc.integer({ min: 1, max: 3 }),
      isRead: fc.boolean(),
      ok: fc.nat(5),
      refused: fc.nat(5),
      unanswered: fc.nat(5),
      open: fc.nat(1),
    })
    .map(({ published, numbers, firstSeq, isRead, ok, refused, unanswered, open }): HttpConnectionRecord => {
      const log = logOf(numbers.map(number => (number === -1 ? '?' : `${number}`)).join(' '), firstSeq)
      const requests = ok + refused + unanswered + open
      const answers = { 201: ok, 503: refused }
      return { requests, answers, unanswered, open, published, log: isRead ? log : null }
    })

  test('whatever was asked, answered, and put into the logs', () => {
    fc.assert(
      fc.property(fc.tuple(connection, connection), publishers => {
        const connections = [NOTHING, NOTHING, ...publishers]
        const lines = connections.flatMap((record, index): HttpLine[] => [
          ['asked', index, record.requests, record.answers, record.unanswered, record.open],
          ...record.published.map(({ number, position }): HttpLine => {
            return ['published', index, number, position?.epoch ?? null, position?.seq ?? 0]
          }),
        ])
        const { httpErrors, httpLost, httpDuplicated } = findings({ connections })
        const logs = connections.map(({ log }) => log)
        expect({ httpErrors, httpLost, httpDuplicated }).toEqual(naiveHttp(lines, logs))
      }),
      { numRuns: 500 },
    )
  })
})
