/**
 * Budgets of a scenario as thresholds of k6.
 *
 * k6 has no verdict `invalid`: what would make a run of the harness invalid (too few samples, a generator that was late) is a threshold here, so
 * that it does not pass.
 */

import {
  type BudgetName,
  budgetNames,
  DEFAULT_BUDGETS,
  parseLatencyBudget,
  QUANTILES,
  type QuantileName,
  samplesNeeded,
} from '../scenario/measures.ts'
import type { BudgetLimit, Scenario } from '../scenario/scenario.ts'
import { K6_COUNTS, K6_EXTRAS, K6_LATENCIES, K6_SAMPLES } from './metric-names.ts'

/** Of the tightest latency budget: a generator that is later than that measures itself. The same as the harness has. */
const SEND_LAG_SHARE_MAX = 0.1
/** Of the planned sends. */
const SENT_SHARE_MIN = 0.99

export type K6Thresholds = Record<string, string[]>

export interface UnjudgedBudget {
  readonly measure: BudgetName
  readonly why: string
}

export interface JudgedByK6 {
  readonly thresholds: K6Thresholds
  /** What of the scenario's own budgets is no threshold. */
  readonly unjudged: readonly UnjudgedBudget[]
}

export interface K6Run {
  /** Messages that are planned, warm-up included. */
  readonly sends: number
  /** Whether somebody else breaks something meanwhile. */
  readonly hasFaults: boolean
}

/** `scenario`: validated. */
export function thresholdsOf(scenario: Pick<Scenario, 'budgets' | 'topology'>, run: K6Run): JudgedByK6 {
  const thresholds: K6Thresholds = {}
  const unjudged: UnjudgedBudget[] = []
  const add = (metric: string, expression: string) => {
    thresholds[metric] = [...new Set([...(thresholds[metric] ?? []), expression])]
  }
  const latencyLimitsMs: number[] = []
  const budgets: Readonly<Partial<Record<BudgetName, BudgetLimit>>> = { ...DEFAULT_BUDGETS, ...scenario.budgets }
  for (const measure of budgetNames()) {
    const budget = budgets[measure]
    if (budget === undefined) continue
    const isOwn = measure in scenario.budgets
    const limit = limitOf(budget, run.hasFaults)
    const latency = parseLatencyBudget(measure)
    if (latency !== null) {
      if (latency.kind === 'cross' && scenario.topology.instances === 1) {
        unjudged.push({ measure, why: 'one instance has no other' })
      } else if (limit === null) unjudged.push({ measure, why: 'k6 does not know the phases of a fault' })
      else {
        add(K6_LATENCIES[latency.kind], `${quantileInK6(latency.quantile)}<=${limit}`)
        add(K6_SAMPLES[latency.kind], `count>=${samplesNeeded(latency.quantile)}`)
        if (latency.kind !== 'sendLag') latencyLimitsMs.push(limit)
      }
    } else if (measure in K6_COUNTS) add(K6_COUNTS[measure as keyof typeof K6_COUNTS], `count<=${limit}`)
    else if (measure === 'reconnectSeconds') {
      if (run.hasFaults) add(K6_EXTRAS.reconnect, `max<=${(limit ?? 0) * 1000}`)
      else unjudged.push({ measure, why: 'nothing is broken' })
    } else if (isOwn) unjudged.push({ measure, why: whyUnjudged(measure) })
  }
  if (latencyLimitsMs.length > 0) {
    const limitMs = Number((Math.min(...latencyLimitsMs) * SEND_LAG_SHARE_MAX).toFixed(3))
    add(K6_LATENCIES.sendLag, `p(99)<=${limitMs}`)
  }
  add(K6_EXTRAS.sent, `count>=${Math.ceil(run.sends * SENT_SHARE_MIN)}`)
  add(K6_EXTRAS.delivered, 'count>0')
  return { thresholds, unjudged }
}

/**
 * Without a fault all of the run is steady. With faults nobody tells k6 when they begin and end, so only a limit that covers all of the run is
 * one: the loosest, where the phase of the fault has one too. Null: there is none.
 */
function limitOf(budget: BudgetLimit, hasFaults: boolean): number | null {
  if (typeof budget === 'number') return budget
  if (!hasFaults) return budget.steady ?? null
  return budget.fault === undefined ? null : Math.max(...Object.values(budget))
}

function quantileInK6(quantile: QuantileName): string {
  if (quantile === 'Max') return 'max'
  return `p(${Number((QUANTILES[quantile] * 100).toFixed(3))})`
}

function whyUnjudged(measure: BudgetName): string {
  if (measure === 'diverged') return 'no client sees what another one was told'
  if (measure === 'uncleanDrains') return 'k6 does not see how an instance ends'
  if (measure === 'instanceMemoryGrowthMiB') return 'k6 does not see the instances'
  if (measure.endsWith('Seconds')) return 'k6 does not know when a fault had its effect'
  return 'no client can tell by itself'
}
