/** Whether a scenario keeps the rules and its plan can be run to its end. Pure. */

import { makePlan } from '../plan/make-plan.ts'
import type { Plan, PlannedFault } from '../plan/plan.ts'
import { downtimeSecondsMax } from '../scenario/downtime.ts'
import { faultKind } from '../scenario/fault-kinds.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { ScenarioError, validateScenario } from '../scenario/validate.ts'

export function isRunnable(scenario: Scenario, seed: number): boolean {
  return isValid(scenario) && canTakeDown(faultPlan(scenario, seed))
}

/** The plan with as good as no load. Faults are drawn apart from it, so theirs is the whole plan's, and it takes no time to make. */
export function faultPlan(scenario: Scenario, seed: number): Plan {
  const load = { ...scenario.load, clients: 1, rooms: 1, roomsPerClient: 1, messagesPerSecond: 0, warmUpSeconds: 0 }
  return makePlan('explore', { ...scenario, load }, seed)
}

function isValid(scenario: Scenario): boolean {
  try {
    validateScenario(scenario, 'explore')
    return true
  } catch (error) {
    if (error instanceof ScenarioError) return false
    throw error
  }
}

/**
 * Whether every fault that takes an instance down gets its turn. It waits while its instance is down, or as many as may be; behind one
 * that is to stay down it would wait for ever.
 */
function canTakeDown({ faults, instancesDownMax }: Plan): boolean {
  const takers = faults.filter(({ kind }) => faultKind(kind).isDown)
  const forGood = takers.filter(isForGood)
  if (forGood.some(fault => takers.some(other => other !== fault && other.target === fault.target))) return false
  return forGood.length < instancesDownMax || (forGood.length === instancesDownMax && takers.length === forGood.length)
}

function isForGood({ kind, settings }: PlannedFault): boolean {
  return downtimeSecondsMax(kind, settings) === Number.POSITIVE_INFINITY
}
