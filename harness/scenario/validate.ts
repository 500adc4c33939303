/**
 * Checks what the types cannot, and all of it at once: a scenario that passes can be planned and run. Nothing is filled in;
 * defaults belong to the plan.
 */

import { checkFields, keepsRule, SCENARIO_FIELDS, TOPOLOGY_FIELDS } from './fields.ts'
import { clientCount } from './load-size.ts'
import { describeFound, isObject, type Origins, type Problem, scenarioError } from './problem.ts'
import type { Load, Scenario, Topology } from './scenario.ts'
import { checkAbortWhen, checkDownMax } from './validate-abort.ts'
import { checkBudgets } from './validate-budgets.ts'
import { checkFaults } from './validate-faults.ts'
import { checkHttp, checkHttpBudgets } from './validate-http.ts'
import { checkLoad, checkLoadFields } from './validate-load.ts'

export { ScenarioError } from './problem.ts'

const ENVIRONMENT_NAME_PATTERN = /^[A-Z_][A-Z0-9_]*$/

/**
 * Returns `value` as a scenario.
 *
 * @param file what messages call the scenario's file
 * @param origins flags of the command line that set fields, for messages
 * @throws ScenarioError with one line for every problem, each with file, field, what was found and what is allowed
 */
export function validateScenario(value: unknown, file: string, origins: Origins = {}): Scenario {
  const problems = checkScenario(value)
  if (problems.length > 0) throw scenarioError(file, problems, origins)
  return value as Scenario
}

function checkScenario(value: unknown): Problem[] {
  if (!isObject(value)) {
    const allowed = 'a scenario: export default defineScenario({ … })'
    return [{ path: '', found: describeFound(value), allowed }]
  }
  const problems = checkFields(value, SCENARIO_FIELDS, '')
  const { topology, load } = value
  const groups = [
    ...(isObject(topology) ? checkTopology(topology) : []),
    ...(isObject(load) ? checkLoadFields(load) : []),
  ]
  problems.push(...groups)
  // Rules about several fields make sense only where each of them holds what it may.
  const isSound = isObject(topology) && isObject(load) && groups.length === 0
  const sound = isSound ? { topology: topology as unknown as Topology, load: load as unknown as Load } : null
  if (sound !== null) problems.push(...checkLoad(sound.topology, sound.load))
  const { faults, abortWhen, instancesDownMax } = value
  if (isObject(abortWhen)) problems.push(...checkAbortWhen(abortWhen, sound === null ? null : clientCount(sound.load)))
  const isDownMaxSound = keepsRule(SCENARIO_FIELDS.instancesDownMax.rule, instancesDownMax)
  if (isDownMaxSound && sound !== null) problems.push(...checkDownMax(instancesDownMax as number, sound.topology))
  if (Array.isArray(faults)) problems.push(...checkFaults(faults, sound))
  if (Array.isArray(value.http)) problems.push(...checkHttp(value.http, sound?.topology ?? null))
  if (isObject(value.budgets)) {
    const hasNone = faults === undefined || (Array.isArray(faults) && faults.length === 0)
    problems.push(...checkBudgets(value.budgets, !hasNone), ...checkHttpBudgets(value.budgets, value.http))
  }
  return problems
}

function checkTopology(topology: Record<string, unknown>): Problem[] {
  const problems = checkFields(topology, TOPOLOGY_FIELDS, 'topology')
  if (!isObject(topology.environment)) return problems
  for (const [name, value] of Object.entries(topology.environment)) {
    const path = `topology.environment.${name}`
    if (!ENVIRONMENT_NAME_PATTERN.test(name)) {
      problems.push({ path, found: `the name ${JSON.stringify(name)}`, allowed: 'capitals, digits and _ in a name' })
    }
    if (typeof value !== 'string') problems.push({ path, found: describeFound(value), allowed: 'a string' })
  }
  return problems
}
