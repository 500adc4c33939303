/** What the HTTP load found, as text for people. */

import type { HttpPathResult } from '../verdict/judgement.ts'
import { alignColumns } from './columns.ts'
import { grouped, milliseconds } from './numbers.ts'
import type { RunResult } from './result.ts'

const EXAMPLES_SHOWN_MAX = 5

/** Empty where the plan has no HTTP load. */
export function httpLines({ http }: RunResult): string[] {
  if (http === null) return []
  const head = ['path', 'requests', 'planned', 'ok', 'errors', 'p50', 'p90', 'p99', 'p99.9', 'max']
  const rows = Object.entries(http.paths).map(([path, result]) => [path, ...cellsOf(result)])
  const lag = http.lagP99Ms === null ? 'unknown' : `${milliseconds(http.lagP99Ms)} ms`
  const busy = http.eventLoopUtilization === null ? '' : `, busy ${Math.round(http.eventLoopUtilization * 100)} %`
  return [
    ...alignColumns([head, ...rows], ['left', ...head.slice(1).map(() => 'right' as const)]),
    `asked by one process: P99 of its lateness ${lag}${busy}`,
  ]
}

function cellsOf({ requests, requestsPlanned, ok, refused, unanswered, latencyMs }: HttpPathResult): string[] {
  const { p50, p90, p99, p999, max } = latencyMs
  const errors = Object.values(refused).reduce((sum, count) => sum + count, unanswered)
  const times = [p50, p90, p99, p999, max].map(value => (value === null ? '-' : milliseconds(value)))
  return [grouped(requests), grouped(requestsPlanned), grouped(ok), grouped(errors), ...times]
}

export function httpExampleLines({ http }: RunResult): string[] {
  return (http?.examples ?? []).slice(0, EXAMPLES_SHOWN_MAX)
}
