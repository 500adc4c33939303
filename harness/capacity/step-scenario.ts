/** The load of a scenario at one constant rate, without its faults. Pure. */

import { samplesNeeded } from '../checkers/latency.ts'
import { messageCount } from '../scenario/load-size.ts'
import { parseHttpBudget, parseLatencyBudget, RECOVERY_MEASURES } from '../scenario/measures.ts'
import type { BudgetLimit, Budgets, HttpLoad, Load, Scenario } from '../scenario/scenario.ts'

/** Arrivals and receivers are not spread quite evenly over the seconds and instances. */
const SAMPLES_MARGIN = 1.2

/**
 * Rooms, clients, who talks and who comes and goes are the scenario's. Its shape and faults are left out, and with them the budgets that have
 * nothing to judge without.
 */
export function scenarioAtRate(name: string, scenario: Scenario, rate: number, stepSeconds: number): Scenario {
  const { faults, instancesDownMax, load, ...rest } = scenario
  const { shape, ...constant } = load
  const budgets = withoutFaults(scenario.budgets)
  const seconds = Math.max(
    stepSeconds,
    secondsForMessages(rate, load, budgets),
    secondsForRequests(scenario.http ?? [], load, budgets),
  )
  return {
    ...rest,
    about: `${name} at ${rate} messages per second.`,
    load: { ...constant, messagesPerSecond: rate, seconds },
    budgets,
  }
}

/**
 * Long enough for as many samples as the budgets need, at one to a message; never more than a run of the scenario itself would have, whose messages
 * are enough.
 */
function secondsForMessages(rate: number, load: Load, budgets: Budgets): number {
  const needed = Object.keys(budgets).map(measure => {
    const latency = parseLatencyBudget(measure)
    return latency === null ? 0 : samplesNeeded(latency.quantile)
  })
  const messages = Math.min(Math.max(0, ...needed) * SAMPLES_MARGIN, messageCount(load))
  return Math.ceil(messages / rate)
}

/** The same for requests, whose rates stay as they are: so never longer than the scenario. */
function secondsForRequests(http: readonly HttpLoad[], load: Load, budgets: Budgets): number {
  const needed = Object.keys(budgets).map(measure => {
    const budget = parseHttpBudget(measure)
    const asked = budget !== null && 'path' in budget && http.find(({ path }) => path === budget.path)
    return asked ? (samplesNeeded(budget.quantile) * SAMPLES_MARGIN) / asked.requestsPerSecond : 0
  })
  return Math.min(Math.ceil(Math.max(0, ...needed)), load.seconds)
}

/** Without faults there is no recovery, and all is steady. */
function withoutFaults(budgets: Budgets): Budgets {
  const kept = Object.entries(budgets).flatMap(([measure, limit]): [string, BudgetLimit][] => {
    if (limit === undefined || Object.hasOwn(RECOVERY_MEASURES, measure)) return []
    if (typeof limit === 'number') return [[measure, limit]]
    return limit.steady === undefined ? [] : [[measure, limit.steady]]
  })
  return Object.fromEntries(kept)
}
