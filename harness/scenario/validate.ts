/**
 * Checks what the types cannot, and all of it at once: a scenario that passes can be planned and run. Nothing is filled in;
 * defaults belong to the plan.
 */

import { checkFields, keepsRule, LOAD_FIELDS, SCENARIO_FIELDS, TOPOLOGY_FIELDS } from './fields.ts'
import { describeFound, isObject, type Origins, type Problem, scenarioError } from './problem.ts'
import { DEFAULTS, type Load, type Scenario, type Topology } from './scenario.ts'
import { checkAbortWhen, checkDownMax } from './validate-abort.ts'
import { checkBudgets } from './validate-budgets.ts'
import { checkFaults } from './validate-faults.ts'
import { checkHttp, checkHttpBudgets } from './validate-http.ts'

export { ScenarioError } from './problem.ts'

/** The plan and the ledger are held in memory whole; this many sends take about a gigabyte with ten members to a room. */
export const MESSAGES_MAX = 5_000_000

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
    ...(isObject(load) ? checkFields(load, LOAD_FIELDS, 'load') : []),
  ]
  problems.push(...groups)
  // Rules about several fields make sense only where each of them holds what it may.
  const isSound = isObject(topology) && isObject(load) && groups.length === 0
  const sound = isSound ? { topology: topology as unknown as Topology, load: load as unknown as Load } : null
  if (sound !== null) problems.push(...checkLoad(sound.topology, sound.load))
  const { faults, abortWhen, instancesDownMax } = value
  if (isObject(abortWhen)) problems.push(...checkAbortWhen(abortWhen, sound?.load.clients ?? null))
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

/** Each room has to have a member on each instance, or no message of it would ever have to cross from one to another. */
function checkLoad(topology: Topology, load: Load): Problem[] {
  const problems: Problem[] = []
  const { rooms, clients, messagesPerSecond, seconds } = load
  const { roomsPerClient = DEFAULTS.roomsPerClient, warmUpSeconds = DEFAULTS.warmUpSeconds } = load
  if (roomsPerClient > rooms) {
    const allowed = `at most load.rooms, which is ${rooms}`
    problems.push({ path: 'load.roomsPerClient', found: `${roomsPerClient}`, allowed, dependsOn: ['load.rooms'] })
  }
  if (rooms > clients) {
    const allowed = `at most load.clients, which is ${clients}, so that no room is empty`
    problems.push({ path: 'load.rooms', found: `${rooms}`, allowed, dependsOn: ['load.clients'] })
  } else if (roomsPerClient <= rooms) {
    const clientsMin = clientsToSpan(topology.instances, rooms, roomsPerClient)
    if (clients < clientsMin) {
      problems.push({
        path: 'load.clients',
        found: `${clients}`,
        allowed:
          `at least ${clientsMin}, so that each of ${rooms} rooms has a member on each of ${topology.instances} instances ` +
          `with ${roomsPerClient === 1 ? 'one room' : `${roomsPerClient} rooms`} to a client`,
        dependsOn: ['load.rooms', 'load.roomsPerClient', 'topology.instances'],
      })
    }
  }
  const dependsOn = ['load.seconds']
  if (Math.round(messagesPerSecond * seconds) < 1) {
    const allowed = `at least one message within load.seconds, which is ${seconds}`
    problems.push({ path: 'load.messagesPerSecond', found: `${messagesPerSecond}`, allowed, dependsOn })
  }
  const messages = Math.round(messagesPerSecond * (seconds + warmUpSeconds))
  if (messages > MESSAGES_MAX) {
    const allowed = `at most ${MESSAGES_MAX} messages in a run, warm-up included`
    const found = `${messagesPerSecond}, which makes ${messages} messages`
    problems.push({ path: 'load.messagesPerSecond', found, allowed, dependsOn })
  }
  return problems
}

/**
 * Fewest clients with which the plan's layout gives each room a member on each instance. Groups of as many clients as there are
 * instances share their rooms; a group's rooms are at most ceil(rooms / roomsPerClient) apart, and the next group's are one
 * further on, so this many groups reach every room.
 */
function clientsToSpan(instances: number, rooms: number, roomsPerClient: number): number {
  return instances * Math.ceil(rooms / roomsPerClient)
}
