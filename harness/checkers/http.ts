/**
 * The HTTP load: how many requests were answered, how soon, and whether each message that the service said it had taken stands in its room's log,
 * once, where the answer said.
 *
 * A message without a good answer may be in the log or not. What the log has trimmed is not judged.
 */

import type { HttpConnectionRecord } from '../ledger/http-records.ts'
import { decodeLatencyHistogram } from '../ledger/latency-histogram.ts'
import type { Ledger, RoomLog } from '../ledger/ledger.ts'
import type { Plan, PlannedHttpConnection } from '../plan/plan.ts'
import type { HttpPath } from '../scenario/measures.ts'
import { Latency } from './latency.ts'

export interface HttpFindings {
  /** In the order of the scenario. */
  readonly paths: readonly HttpPathFinding[]
  readonly httpErrors: number
  readonly httpLost: number
  readonly httpDuplicated: number
  /** Messages with a good answer that were looked for. */
  readonly published: number
  /** The first cases of lost and duplicated, in words. */
  readonly examples: readonly string[]
  /** Rooms whose log is missing. */
  readonly unread: readonly string[]
  /** By how much the process that asks was late. Null: it did not come to its end. */
  readonly lag: Latency | null
  readonly eventLoopUtilization: number | null
}

export interface HttpPathFinding {
  readonly path: HttpPath
  readonly connections: number
  readonly requestsPlanned: number
  /** Made, or missed as nobody listened. */
  readonly requests: number
  /** Answers with 2xx. */
  readonly ok: number
  /** Other answers, by status. */
  readonly refused: Readonly<Record<string, number>>
  readonly unanswered: number
  readonly open: number
  /** From the writing of a request to the last byte of its answer, or to when it was given up. */
  readonly latency: Latency
}

const EXAMPLES_MAX = 20

/** Null where the plan has no HTTP load. Throws where a histogram is damaged. */
export function checkHttp(plan: Plan, { http }: Ledger): HttpFindings | null {
  const planned = plan.http
  if (planned === undefined || http === undefined) return null
  const paths = [...new Set(planned.map(({ path }) => path))].map(path => {
    const records = http.connections.filter((_, index) => planned[index]!.path === path)
    const latency = new Latency()
    for (const { path: of, histogram, overflow } of http.latencies) {
      if (of === path) latency.add(decodeLatencyHistogram(histogram), overflow)
    }
    const ofPath = planned.filter(connection => connection.path === path)
    return { path, ...sumUp(ofPath, records), latency }
  })
  const rooms = planned.flatMap(({ room }, index) => (room === null ? [] : [{ room, ...http.connections[index]! }]))
  const judged = rooms.map(judgeRoom)
  const { generator } = http
  const lag = new Latency()
  if (generator !== null) lag.add(decodeLatencyHistogram(generator.lag), generator.overflow)
  return {
    paths,
    httpErrors: sum(paths, ({ refused, unanswered }) => unanswered + sum(Object.values(refused), count => count)),
    httpLost: sum(judged, ({ lost }) => lost.length),
    httpDuplicated: sum(judged, ({ duplicated }) => duplicated.length),
    published: sum(judged, ({ published }) => published),
    examples: judged.flatMap(({ lost, duplicated }) => [...lost, ...duplicated]).slice(0, EXAMPLES_MAX),
    unread: rooms.filter(({ log }) => log === null).map(({ room }) => room),
    lag: generator === null ? null : lag,
    eventLoopUtilization: generator?.eventLoopUtilization ?? null,
  }
}

function sumUp(planned: readonly PlannedHttpConnection[], records: readonly HttpConnectionRecord[]) {
  const refused: Record<string, number> = {}
  let ok = 0
  for (const { answers } of records) {
    for (const [status, count] of Object.entries(answers)) {
      if (status.startsWith('2')) ok += count
      else refused[status] = (refused[status] ?? 0) + count
    }
  }
  return {
    connections: planned.length,
    requestsPlanned: sum(planned, ({ requests }) => requests),
    requests: sum(records, ({ requests }) => requests),
    ok,
    refused,
    unanswered: sum(records, ({ unanswered }) => unanswered),
    open: sum(records, ({ open }) => open),
  }
}

interface JudgedRoom {
  readonly published: number
  readonly lost: readonly string[]
  readonly duplicated: readonly string[]
}

/** A room belongs to one connection, so whatever stands in its log has to be of that one. */
function judgeRoom({ room, log, published }: HttpConnectionRecord & { readonly room: string }): JudgedRoom {
  if (log === null) return { published: 0, lost: [], duplicated: [] }
  const numberAt = new Map(log.entries.map(({ epoch, seq, number }) => [placeOf(epoch, seq), number]))
  const kept = published.filter(({ position }) => position === null || position.seq >= log.firstSeq)
  const lost = kept.flatMap(({ number, position }) => {
    if (position === null) return [`${room}: message ${number} was answered with 2xx, and without a place`]
    if (numberAt.get(placeOf(position.epoch, position.seq)) === number) return []
    return [`${room}: message ${number} is not at seq ${position.seq} (epoch ${position.epoch}), where the answer said`]
  })
  return { published: kept.length, lost, duplicated: repetitions(room, log) }
}

function repetitions(room: string, { entries }: RoomLog): string[] {
  const seen = new Set<number>()
  return entries.flatMap(({ seq, number }) => {
    if (number === -1) return [`${room}: what stands at seq ${seq} was never sent`]
    if (seen.has(number)) return [`${room}: message ${number} stands at seq ${seq} again`]
    seen.add(number)
    return []
  })
}

function placeOf(epoch: string, seq: number): string {
  return `${epoch} ${seq}`
}

function sum<Each>(list: readonly Each[], of: (each: Each) => number): number {
  return list.reduce((total, each) => total + of(each), 0)
}
