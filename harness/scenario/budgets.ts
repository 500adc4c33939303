/** The budgets that a run is judged by: a scenario's own over those that hold everywhere. */

import { type BudgetName, budgetNames, DEFAULT_BUDGETS, PHASES, type Phase } from './measures.ts'
import type { Budgets } from './scenario.ts'

export interface ResolvedBudget {
  readonly measure: BudgetName
  /** Null: the whole run, warm-up apart. */
  readonly phase: Phase | null
  readonly limit: number
}

/** One entry for every limit, in the order in which `measures.ts` declares measures and phases. */
export function resolveBudgets(budgets: Budgets): ResolvedBudget[] {
  const merged: Budgets = { ...DEFAULT_BUDGETS, ...budgets }
  return budgetNames().flatMap((measure): ResolvedBudget[] => {
    const limit = merged[measure]
    if (limit === undefined) return []
    if (typeof limit === 'number') return [{ measure, phase: null, limit }]
    return PHASES.flatMap(phase => (limit[phase] === undefined ? [] : [{ measure, phase, limit: limit[phase] }]))
  })
}
