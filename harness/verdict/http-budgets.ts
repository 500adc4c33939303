/** Budgets on the HTTP load, and what keeps it from showing anything. */

import type { HttpFindings, HttpPathFinding } from '../checkers/http.ts'
import { samplesNeeded } from '../checkers/latency.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import {
  type BudgetName,
  HTTP_COUNTS,
  type HttpBudgetName,
  type HttpCountName,
  parseHttpBudget,
  parseLatencyBudget,
  QUANTILES,
  type QuantileName,
} from '../scenario/measures.ts'
import type { Budgets } from '../scenario/scenario.ts'
import { atMostP99, HANDED_SHARE_MIN, SEND_LAG_SHARE_MAX } from './generator.ts'
import type { BudgetResult, HttpResult } from './judgement.ts'

export function isHttp(name: string): name is HttpBudgetName {
  return parseHttpBudget(name) !== null
}

export function isHttpSafety(name: HttpBudgetName): boolean {
  return name in HTTP_COUNTS && HTTP_COUNTS[name as HttpCountName].safety
}

/** Whatever is asked has to be answered, and whatever was taken has to be there. */
export function defaultHttpBudgets(http: HttpFindings | null): Budgets {
  if (http === null) return {}
  const isPublishing = http.paths.some(({ path }) => path === 'publish')
  return { httpErrors: 0, ...(isPublishing ? { httpLost: 0, httpDuplicated: 0 } : {}) }
}

/** The quantile of a budget on a latency, of messages or of requests. */
export function quantileOf(measure: BudgetName): QuantileName {
  const ofHttp = parseHttpBudget(measure)
  return ofHttp !== null && 'quantile' in ofHttp ? ofHttp.quantile : parseLatencyBudget(measure)!.quantile
}

export function judgeHttp(measure: HttpBudgetName, limit: number, http: HttpFindings | null): BudgetResult {
  const budget = { measure, phase: 'run', limit } as const
  if (http === null) return { ...budget, actual: null, samples: 0, status: 'not-judged' }
  const parsed = parseHttpBudget(measure)!
  if ('count' in parsed) {
    const actual = http[parsed.count]
    return { ...budget, actual, samples: countedAmong(parsed.count, http), status: actual <= limit ? 'pass' : 'fail' }
  }
  const finding = http.paths.find(({ path }) => path === parsed.path)
  const actual = finding?.latency.quantileMs(parsed.quantile) ?? null
  const samples = finding?.latency.count ?? 0
  if (finding === undefined || actual === null || samples < samplesNeeded(parsed.quantile)) {
    const isBroken = finding !== undefined && isBrokenByFew(finding, parsed.quantile, limit)
    return { ...budget, actual, samples, status: isBroken ? 'fail' : 'too-few-samples' }
  }
  return { ...budget, actual, samples, status: actual <= limit ? 'pass' : 'fail' }
}

/**
 * A service that is slow enough leaves too few samples. Where more of them are over the limit than would be allowed of all requests that were planned,
 * the ones that are missing could not have mended it, however quick.
 */
function isBrokenByFew({ latency, requestsPlanned }: HttpPathFinding, quantile: QuantileName, limit: number): boolean {
  if (requestsPlanned < samplesNeeded(quantile)) return false
  const allowed = (1 - QUANTILES[quantile]) * requestsPlanned
  const share = 1 - allowed / latency.count
  return share > 0 && latency.valueMsAt(share)! > limit
}

function countedAmong(measure: HttpCountName, { paths, published }: HttpFindings): number {
  return measure === 'httpErrors' ? paths.reduce((sum, { requests }) => sum + requests, 0) : published
}

/**
 * Everything that makes the HTTP load, and with it the run, `invalid`: it could not be carried through, its process was too late, or it asked less
 * than planned and nothing says that the service was to blame.
 */
export function whyHttpInvalid(
  plan: Plan,
  { aborted }: Ledger,
  http: HttpFindings | null,
  budgets: readonly BudgetResult[],
): string[] {
  if (plan.http === undefined || http === null) return []
  const { lag, unread, paths } = http
  if (lag === null) return ['the HTTP load did not come to its end']
  return [
    ...(unread.length === 0 ? [] : [`final read failed: the log of ${unread.join(', ')} is missing`]),
    ...whyTooLate(http, budgets),
    ...(aborted === null ? paths.flatMap(path => whyFellShort(path, budgets)) : []),
  ]
}

/** As for sends: at the quantile of the budget, P99 at most, and not where the limit is broken even with the lag taken off. */
function whyTooLate({ lag }: HttpFindings, budgets: readonly BudgetResult[]): string[] {
  const late = budgets.flatMap(({ measure, limit, status, actual }) => {
    const parsed = parseHttpBudget(measure)
    if (parsed === null || 'count' in parsed) return []
    const isBrokenAnyway = status === 'fail' && actual! - (lag!.quantileMs(parsed.quantile) ?? 0) > limit
    if (isBrokenAnyway) return []
    const atQuantile = atMostP99(parsed.quantile)
    const lagMs = lag!.quantileMs(atQuantile)
    return lagMs !== null && lagMs > limit * SEND_LAG_SHARE_MAX ? [{ measure, limit, atQuantile, lagMs }] : []
  })
  const [worst] = late.sort((one, other) => one.limit - other.limit)
  if (worst === undefined) return []
  const { measure, limit, atQuantile, lagMs } = worst
  const what = `${atQuantile} of its lateness is ${lagMs.toFixed(1)} ms, over a tenth of ${measure} (${limit} ms)`
  return [`the HTTP load could not keep up: ${what}`]
}

/**
 * Connections ask one request at a time, so a slow service is asked less. What was not asked would have been no quicker: where a limit is broken
 * anyway, it stays broken. Where all of them hold, they say nothing of the planned load.
 */
function whyFellShort(finding: HttpPathFinding, budgets: readonly BudgetResult[]): string[] {
  const { path, requests, requestsPlanned, connections } = finding
  if (requests >= requestsPlanned * HANDED_SHARE_MIN || isBroken(finding, budgets)) return []
  const share = ((100 * requests) / requestsPlanned).toFixed(1)
  const asked = `${requests} of ${requestsPlanned} requests (${share} %) were made to ${path} over its ${connections} connections`
  return [`the HTTP load fell short: ${asked}, and no broken budget tells why; with more connections it asks more`]
}

function isBroken({ path, unanswered, refused }: HttpPathFinding, budgets: readonly BudgetResult[]): boolean {
  const hasErrors = unanswered > 0 || Object.keys(refused).length > 0
  return budgets.some(({ measure, status }) => {
    if (status !== 'fail') return false
    const parsed = parseHttpBudget(measure)
    if (parsed === null) return false
    return 'count' in parsed ? parsed.count === 'httpErrors' && hasErrors : parsed.path === path
  })
}

export function httpResult(http: HttpFindings): HttpResult {
  const { paths, httpErrors, httpLost, httpDuplicated, lag, eventLoopUtilization, examples } = http
  return {
    httpErrors,
    httpLost,
    httpDuplicated,
    lagP99Ms: lag?.quantileMs('P99') ?? null,
    eventLoopUtilization,
    paths: Object.fromEntries(
      paths.map(({ path, latency, ...counts }) => [path, { ...counts, latencyMs: latency.summary() }]),
    ),
    examples,
  }
}
