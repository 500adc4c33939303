/** What the HTTP load found, as text for people. */

import type { HttpPathResult } from '../verdict/judgement.ts'
import { alignColumns } from './columns.ts'
import { grouped, knownMilliseconds, percent, QUANTILE_HEADS, quantileCells } from './numbers.ts'
import type { RunResult } from './result.ts'

/** Of each kind: enough to see what kind of thing went wrong; `result.json` has more. */
export const EXAMPLES_SHOWN_MAX = 5

/** Empty where the plan has no HTTP load. */
export function httpLines({ http }: RunResult): string[] {
  if (http === null) return []
  const head = ['path', 'requests', 'planned', 'ok', 'errors', ...QUANTILE_HEADS]
  const rows = Object.entries(http.paths).map(([path, result]) => [path, ...cellsOf(result)])
  const busy = http.eventLoopUtilization === null ? '' : `, busy ${percent(http.eventLoopUtilization)}`
  return [
    ...alignColumns([head, ...rows], ['left', ...head.slice(1).map(() => 'right' as const)]),
    `asked by one process: P99 of its lateness ${knownMilliseconds(http.lagP99Ms)}${busy}`,
  ]
}

function cellsOf({ requests, requestsPlanned, ok, refused, unanswered, latencyMs }: HttpPathResult): string[] {
  const errors = Object.values(refused).reduce((sum, count) => sum + count, unanswered)
  return [grouped(requests), grouped(requestsPlanned), grouped(ok), grouped(errors), ...quantileCells(latencyMs)]
}

export function httpExampleLines({ http }: RunResult): string[] {
  return (http?.examples ?? []).slice(0, EXAMPLES_SHOWN_MAX)
}
