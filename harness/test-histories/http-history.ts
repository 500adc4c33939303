/** Test support: an HTTP load as its ledger has it, honest unless said otherwise. */

import type { HttpLine } from '../ledger/http-records.ts'
import { LatencyCounts } from '../ledger/latency-counts.ts'
import type { RoomLog } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'

const EPOCH = 'h'
const LATENCY_MS = 4
const LAG_MS = 0.5
const LAG_SAMPLES = 1000

export interface HttpHistory {
  readonly lines: readonly HttpLine[]
  /** As in {@link RunFile.httpLogs}. */
  readonly logs: readonly (RoomLog | null)[]
}

/** Every request is made and answered in time; every message stands in its room's log, in order. */
export function honestHttp({ http = [] }: Plan): HttpHistory {
  const published = http.flatMap(({ room, requests }, connection): HttpLine[] =>
    room === null
      ? []
      : Array.from({ length: requests }, (_, number) => ['published', connection, number, EPOCH, number + 1]),
  )
  const asked = http.map(({ path, requests }, connection): HttpLine => {
    return ['asked', connection, requests, { [path === 'publish' ? 201 : 200]: requests }, 0, 0]
  })
  const paths = [...new Set(http.map(({ path }) => path))]
  const timed = paths.map((path): HttpLine => {
    const requests = http.reduce((sum, each) => sum + (each.path === path ? each.requests : 0), 0)
    return ['http-latency', path, histogramOf(LATENCY_MS, requests), 0]
  })
  const logs = http.map(({ room, requests }): RoomLog | null => {
    if (room === null) return null
    const entries = Array.from({ length: requests }, (_, number) => ({ epoch: EPOCH, seq: number + 1, number }))
    return { top: { epoch: EPOCH, seq: requests }, firstSeq: 1, entries }
  })
  return { lines: [...published, ...asked, ...timed, generatorLine(LAG_MS)], logs }
}

export function generatorLine(lagMs: number): HttpLine {
  return ['http-generator', 0.2, histogramOf(lagMs, LAG_SAMPLES), 0]
}

/** As the ledger has it: that many samples of one value. */
export function histogramOf(valueMs: number, count: number): string {
  const counts = new LatencyCounts()
  counts.record(valueMs, count)
  return counts.encoded()
}
