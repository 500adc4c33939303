/** Whether a scenario keeps the rules and its plan can be run to its end. Pure. */

import { makePlan } from '../plan/make-plan.ts'
import type { Plan, PlannedFault } from '../plan/plan.ts'
import { DRAINING_KINDS, downtimeSecondsMax } from '../scenario/downtime.ts'
import { faultKind } from '../scenario/fault-kinds.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { ScenarioError, validateScenario } from '../scenario/validate.ts'

/** Its faults as they will be, see {@link expectedFaults}; null where it breaks a rule, or cannot be run to its end. */
export function runnableFaults(scenario: Scenario, seed: number): ExpectedFault[] | null {
  return isValid(scenario) ? expectedFaults(faultPlan(scenario, seed)) : null
}

export function isRunnable(scenario: Scenario, seed: number): boolean {
  return runnableFaults(scenario, seed) !== null
}

/** The plan with as good as no load, whatever that of the scenario is. Faults are drawn apart from it, so theirs is the whole plan's, and it takes no time to make. */
export function faultPlan(scenario: Scenario, seed: number): Plan {
  const { textBytes, seconds } = scenario.load
  const load = { rooms: 1, clients: 1, messagesPerSecond: 0, textBytes, seconds, warmUpSeconds: 0 }
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

/** What a drain takes, with 5 s for its spread, where nothing disturbs it. The contract allows more, which would leave no room for others. */
const DRAIN_SECONDS = 8
/** Until an instance or Redis serves again after it was started, on a machine that is busy. */
const START_SECONDS = 4
/** Clients should see something of the last fault before the load is over. */
const LAST_FAULT_SECONDS = 1

/** A fault as it will be, as far as that can be told beforehand. */
export interface ExpectedFault {
  readonly fault: PlannedFault
  /** Later than planned for one that has to wait for its turn. */
  readonly fromMs: number
  /** From then on what it hit serves as before; Infinity where an instance stays away. */
  readonly untilMs: number
}

/**
 * The faults of a plan in their order. A fault that takes an instance down waits while its instance is down, or as many as may be. Null where
 * one of them does not get its turn while there is load; behind an instance that is to stay down it would wait for ever.
 */
function expectedFaults({ faults, instancesDownMax, loadMs }: Plan): ExpectedFault[] | null {
  const expected: ExpectedFault[] = []
  for (const fault of faults) {
    const fromMs = faultKind(fault.kind).isDown ? turnMs(fault, expected, instancesDownMax) : fault.atMs
    if (fromMs > Math.max(fault.atMs, loadMs - LAST_FAULT_SECONDS * 1000)) return null
    expected.push({ fault, fromMs, untilMs: fromMs + effectMs(fault) })
  }
  return expected
}

function turnMs(fault: PlannedFault, before: readonly ExpectedFault[], instancesDownMax: number): number {
  const takers = before.filter(({ fault: { kind } }) => faultKind(kind).isDown)
  const ofTarget = takers.filter(({ fault: { target } }) => target === fault.target).map(({ untilMs }) => untilMs)
  const latestFirst = takers.map(({ untilMs }) => untilMs).sort((a, b) => b - a)
  // As many as may be down are down until all but the last ones of them are back.
  return Math.max(fault.atMs, ...ofTarget, latestFirst[instancesDownMax - 1] ?? 0)
}

function effectMs({ kind, settings, lastsMs }: PlannedFault): number {
  if (downtimeSecondsMax(kind, settings) === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
  const drainSeconds = DRAINING_KINDS.includes(kind) ? DRAIN_SECONDS : 0
  return lastsMs + (drainSeconds + START_SECONDS) * 1000
}
