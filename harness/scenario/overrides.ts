/** What the command line, and a file with budgets, change in a scenario. */

import type { FileBudgets } from './budgets-file.ts'
import { LOAD_FIELDS, ROOM_GROUP_FIELDS, type Rule, TOPOLOGY_FIELDS } from './fields.ts'
import type { BalancerName, BudgetLimit, Budgets, Scenario } from './scenario.ts'
import { validateScenario } from './validate.ts'

export interface Overrides {
  readonly instances?: number
  readonly balancer?: BalancerName
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

/** The field that each number or choice of the command line sets, and its flag. */
export const OVERRIDDEN_FIELDS: Readonly<
  Record<OverriddenField, { readonly flag: string; readonly group: 'topology' | 'load'; readonly rule: Rule }>
> = {
  instances: { flag: '--instances', group: 'topology', rule: TOPOLOGY_FIELDS.instances.rule },
  balancer: { flag: '--balancer', group: 'topology', rule: TOPOLOGY_FIELDS.balancer.rule },
  clients: { flag: '--clients', group: 'load', rule: LOAD_FIELDS.clients.rule },
  rooms: { flag: '--rooms', group: 'load', rule: ROOM_GROUP_FIELDS.count.rule },
  messagesPerSecond: { flag: '--messages-per-second', group: 'load', rule: LOAD_FIELDS.messagesPerSecond.rule },
  seconds: { flag: '--seconds', group: 'load', rule: LOAD_FIELDS.seconds.rule },
}

/**
 * The scenario with the overrides on top, validated again. Budgets of a file replace the scenario's, and those of flags replace both.
 *
 * A budget without a phase replaces the one that is there, phases and all; one with a phase replaces that phase and keeps the others, and
 * where there is one limit for the whole run, it replaces that one.
 *
 * @throws ScenarioError that names the flags, or the file, besides the fields
 */
export function applyOverrides(
  scenario: Scenario,
  overrides: Overrides,
  file: string,
  fromFile: FileBudgets | null = null,
): Scenario {
  const origins: Record<string, string> = {}
  const groups = { topology: { ...scenario.topology }, load: { ...scenario.load } }
  for (const [field, { flag, group }] of Object.entries(OVERRIDDEN_FIELDS)) {
    const value = overrides[field as OverriddenField]
    if (value === undefined) continue
    Object.assign(groups[group], { [field]: value })
    origins[`${group}.${field}`] = `${flag} ${value}`
  }
  const { budgets, setBy } = mergeBudgets(scenario, overrides, fromFile)
  for (const [path, by] of Object.entries(setBy)) {
    if (by.from === SCENARIO) continue
    // A measure is named, too, for what is wrong with it as a whole.
    for (const named of [path, path.split('.')[0]!]) origins[`budgets.${named}`] = by.told
  }
  return validateScenario({ ...scenario, ...groups, budgets }, file, origins)
}

/** Where a limit can come from besides a file, whose name is told then. */
export const SCENARIO = 'scenario'
export const FLAG = '--budget'

/** By measure, or by measure and phase as `ackP99Ms.steady`: {@link SCENARIO}, {@link FLAG} or the name of a file. */
export type LimitOrigins = Readonly<Record<string, string>>

/** Where each limit comes from that {@link applyOverrides} puts together. */
export function limitOrigins(scenario: Scenario, overrides: Overrides, fromFile: FileBudgets | null): LimitOrigins {
  const { setBy } = mergeBudgets(scenario, overrides, fromFile)
  return Object.fromEntries(Object.entries(setBy).map(([path, { from }]) => [path, from]))
}

interface SetBy {
  readonly from: string
  /** For messages. */
  readonly told: string
}

interface Limit extends BudgetOverride {
  readonly by: SetBy
}

function mergeBudgets(scenario: Scenario, { budgets: flags = [] }: Overrides, fromFile: FileBudgets | null) {
  const limits = [
    ...limitsOf(scenario.budgets, SCENARIO),
    ...(fromFile === null ? [] : limitsOf(fromFile.budgets, fromFile.file)),
    ...flags.map(flag => ({ ...flag, by: { from: FLAG, told: flagText(flag) } })),
  ]
  const budgets: Record<string, BudgetLimit> = {}
  const setBy: Record<string, SetBy> = {}
  for (const { measure, phase, limit, by } of limits) {
    const present = budgets[measure]
    const others = typeof present === 'object' ? present : null
    if (phase === null || others === null) {
      for (const path of Object.keys(setBy)) if (path.split('.')[0] === measure) delete setBy[path]
    }
    budgets[measure] = phase === null ? limit : { ...others, [phase]: limit }
    setBy[phase === null ? measure : `${measure}.${phase}`] = by
  }
  return { budgets, setBy }
}

function limitsOf(budgets: Budgets, from: string): Limit[] {
  const by = { from, told: from }
  return Object.entries(budgets).flatMap(([measure, limit]): Limit[] => {
    if (limit === undefined) return []
    if (typeof limit === 'number') return [{ measure, phase: null, limit, by }]
    return Object.entries(limit).flatMap(([phase, ofPhase]) =>
      ofPhase === undefined ? [] : [{ measure, phase, limit: ofPhase, by }],
    )
  })
}

function flagText({ measure, phase, limit }: BudgetOverride): string {
  return `${FLAG} ${measure}${phase === null ? '' : `.${phase}`}=${limit}`
}
