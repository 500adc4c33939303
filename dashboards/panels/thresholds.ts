/** Where a panel turns red. The numbers are the budgets of the scenario `smoke`, which every change has to pass; they are not written twice. */

import type { Threshold } from '@grafana/grafana-foundation-sdk/dashboard'
import type { BudgetName, Phase } from '../../harness/scenario/measures.ts'
import smoke from '../../scenarios/smoke.ts'

/** Above nothing at all: of counts whose budget is 0, the first one is too many. Grafana compares with "at least", and rates are fractions. */
const ABOVE_ZERO = 1e-9

const GOOD: Threshold = { value: null, color: 'green' }

/** Whether a line where it turns red says something: one at zero is the axis. */
export function isWorthALine(thresholds: readonly Threshold[]): boolean {
  return thresholds.some(({ value }) => value !== null && value > ABOVE_ZERO)
}

/** Nothing is good or bad by itself here. */
export const NO_LIMIT: readonly Threshold[] = [{ value: null, color: 'blue' }]

/** Red from the limit on. */
export function atMost(limit: number): readonly Threshold[] {
  return [GOOD, { value: limit === 0 ? ABOVE_ZERO : limit, color: 'red' }]
}

/** Red below the limit. */
export function atLeast(limit: number): readonly Threshold[] {
  return [
    { value: null, color: 'red' },
    { value: limit, color: 'green' },
  ]
}

/** For what should not occur, and is mended where it does. */
export const NONE_EXPECTED: readonly Threshold[] = [GOOD, { value: ABOVE_ZERO, color: 'orange' }]

/**
 * The budget of `smoke` on a measure, in the measure's own unit. Throws where it has none: the panel would have a limit that nobody
 * has set.
 */
export function smokeBudget(measure: BudgetName, phase: Phase = 'steady'): number {
  const budget = smoke.budgets[measure]
  const limit = typeof budget === 'object' ? budget[phase] : budget
  if (limit === undefined) throw new Error(`smoke has no budget ${measure} for the phase ${phase}, which a panel needs`)
  return limit
}

/** A budget in milliseconds, as metrics have their times. */
export function smokeBudgetSeconds(measure: BudgetName & `${string}Ms`): number {
  return smokeBudget(measure) / 1000
}
