/** What several panels of *Run* are made of: budgets as lines, and what is drawn from the harness's histograms. */

import { HARNESS_METRICS, LATENCY_KIND_LABELS } from '../../harness/reports/metric-names.ts'
import type { BudgetName } from '../../harness/scenario/measures.ts'
import { harness, maxBy } from '../promql.ts'
import type { PanelQuery, States } from './panel.ts'

/** Lines whose names begin so are drawn dashed. */
export const BUDGET_LINES = 'budget'

/** The budgets of the scenario that runs, one line for each phase that has one. None where it has no such budget. */
export function budgetLines(measure: BudgetName & `${string}Ms`): PanelQuery {
  const budgetMs = harness(HARNESS_METRICS.budget, [`measure="${measure}"`])
  return { expr: `${maxBy('phase', budgetMs)} / 1000`, legend: `${BUDGET_LINES} {{phase}}` }
}

export function latencyBuckets(kind: keyof typeof LATENCY_KIND_LABELS): string {
  return harness(HARNESS_METRICS.latency, [`kind="${LATENCY_KIND_LABELS[kind]}"`], '_bucket')
}

export const PHASE_STATES: States = { 0: { text: ' ', color: 'transparent' }, 1: { text: 'now', color: 'blue' } }
export const FAULT_STATES: States = { 0: { text: ' ', color: 'transparent' }, 1: { text: 'active', color: 'red' } }
