/** Rules about the budgets of a scenario. */

import { budgetNames, COUNT_MEASURES, HTTP_COUNTS, PHASES, parseLatencyBudget, RECOVERY_MEASURES } from './measures.ts'
import { nearest, suggestion } from './nearest.ts'
import { describeFound, isObject, type Problem } from './problem.ts'

/** `hasFaults`: without any, nothing recovers, and there is one phase only; a budget on the rest could not be judged. */
export function checkBudgets(budgets: Record<string, unknown>, hasFaults: boolean): Problem[] {
  return Object.entries(budgets).flatMap(([name, limit]) =>
    limit === undefined ? [] : checkBudget(name, limit, hasFaults),
  )
}

function checkBudget(name: string, limit: unknown, hasFaults: boolean): Problem[] {
  const path = `budgets.${name}`
  const names: readonly string[] = budgetNames()
  if (!names.includes(name)) {
    const near = nearest(name, names)
    const allowed = near === null ? `one of ${names.join(', ')}` : `a measure. Did you mean "${near}"?`
    return [{ path, found: 'a measure that does not exist', allowed }]
  }
  const isLatency = parseLatencyBudget(name) !== null
  if (Object.hasOwn(RECOVERY_MEASURES, name) && !hasFaults) {
    return [{ path, found: describeFound(limit), allowed: 'a budget for recovery only in a scenario with faults' }]
  }
  const isCount = Object.hasOwn(COUNT_MEASURES, name) || Object.hasOwn(HTTP_COUNTS, name)
  if (!isObject(limit)) return checkLimit(path, limit, isCount, isLatency)
  if (!isLatency) {
    const allowed = 'one number for the whole run; only latencies of messages have phases'
    return [{ path, found: 'limits for phases', allowed }]
  }
  if (Object.keys(limit).length === 0) {
    return [{ path, found: 'no phase', allowed: `a limit for one or more of ${PHASES.join(', ')}` }]
  }
  return Object.entries(limit).flatMap(([phase, value]) => checkPhase(`${path}.${phase}`, phase, value, hasFaults))
}

function checkPhase(path: string, phase: string, limit: unknown, hasFaults: boolean): Problem[] {
  const phases: readonly string[] = PHASES
  if (!phases.includes(phase)) {
    const allowed = `one of ${PHASES.join(', ')}.${suggestion(phase, PHASES)}`
    return [{ path, found: 'a phase that does not exist', allowed }]
  }
  if (phase !== 'steady' && !hasFaults) {
    return [{ path, found: describeFound(limit), allowed: `the phase ${phase} only in a scenario with faults` }]
  }
  return checkLimit(path, limit, false, false)
}

function checkLimit(path: string, limit: unknown, isCount: boolean, mayHavePhases: boolean): Problem[] {
  const isNumber = typeof limit === 'number' && Number.isFinite(limit) && limit >= 0
  if (isNumber && (!isCount || Number.isInteger(limit))) return []
  const kind = isCount ? 'a whole number from 0' : 'a number from 0'
  const allowed = mayHavePhases ? `${kind}, or an object with limits for ${PHASES.join(', ')}` : kind
  return [{ path, found: describeFound(limit), allowed }]
}
