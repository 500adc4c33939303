/** What the command line changes in a scenario. */

import { LOAD_FIELDS, ROOM_GROUP_FIELDS, type Rule, TOPOLOGY_FIELDS } from './fields.ts'
import type { BudgetLimit, Scenario } from './scenario.ts'
import { validateScenario } from './validate.ts'

export interface Overrides {
  readonly instances?: number
  readonly clients?: number
  readonly rooms?: number
  readonly messagesPerSecond?: number
  readonly seconds?: number
  readonly budgets?: readonly BudgetOverride[]
}

/** `--budget measure=limit` (phase null) or `--budget measure.phase=limit`. Names are checked with the scenario. */
export interface BudgetOverride {
  readonly measure: string
  readonly phase: string | null
  readonly limit: number
}

export type OverriddenField = Exclude<keyof Overrides, 'budgets'>

/** The field that each number of the command line sets, and its flag. */
export const OVERRIDDEN_FIELDS: Readonly<
  Record<OverriddenField, { readonly flag: string; readonly group: 'topology' | 'load'; readonly rule: Rule }>
> = {
  instances: { flag: '--instances', group: 'topology', rule: TOPOLOGY_FIELDS.instances.rule },
  clients: { flag: '--clients', group: 'load', rule: LOAD_FIELDS.clients.rule },
  rooms: { flag: '--rooms', group: 'load', rule: ROOM_GROUP_FIELDS.count.rule },
  messagesPerSecond: { flag: '--messages-per-second', group: 'load', rule: LOAD_FIELDS.messagesPerSecond.rule },
  seconds: { flag: '--seconds', group: 'load', rule: LOAD_FIELDS.seconds.rule },
}

/**
 * The scenario with the overrides on top, validated again.
 *
 * A budget without a phase replaces the scenario's, phases and all; one with a phase replaces that phase and keeps the others, and
 * where the scenario has one limit for the whole run, it replaces that one.
 *
 * @throws ScenarioError that names the flags besides the fields
 */
export function applyOverrides(scenario: Scenario, overrides: Overrides, file: string): Scenario {
  const origins: Record<string, string> = {}
  const groups = { topology: { ...scenario.topology }, load: { ...scenario.load } }
  for (const [field, { flag, group }] of Object.entries(OVERRIDDEN_FIELDS)) {
    const value = overrides[field as OverriddenField]
    if (value === undefined) continue
    Object.assign(groups[group], { [field]: value })
    origins[`${group}.${field}`] = `${flag} ${value}`
  }
  const budgets: Record<string, BudgetLimit> = { ...scenario.budgets }
  for (const { measure, phase, limit } of overrides.budgets ?? []) {
    const present = budgets[measure]
    budgets[measure] = phase === null ? limit : { ...(typeof present === 'object' ? present : {}), [phase]: limit }
    const flag = `--budget ${measure}${phase === null ? '' : `.${phase}`}=${limit}`
    origins[`budgets.${measure}`] = flag
    if (phase !== null) origins[`budgets.${measure}.${phase}`] = flag
  }
  return validateScenario({ ...scenario, ...groups, budgets }, file, origins)
}
