/**
 * A scenario on a stack that somebody has brought up with docker-compose: what gives way to what runs there, and what cannot be done with it. The stack is
 * taken as it is; a scenario that needs another one is refused before anything is touched.
 */

import type { Stack } from './cluster/compose-stack.ts'
import { UsageError } from './command-flags.ts'
import { CONNECTIONS_MAX_DEFAULT } from './fleet-size.ts'
import type { Plan } from './plan/plan.ts'
import { faultKind } from './scenario/fault-kinds.ts'
import type { BalancerName, Scenario } from './scenario/scenario.ts'
import { validateScenario } from './scenario/validate.ts'

/** What is said of a stack here. */
export type StackSize = Pick<Stack, 'project'> & {
  /** Null: it has no HAProxy that runs. */
  readonly balancer: object | null
  readonly replicas: readonly { readonly environment: Readonly<Record<string, string>> }[]
}

/** Of an instance, unless it is configured otherwise; see `docs/configuration.md`. */
const FRAMES_PER_SECOND_DEFAULT = 50
const OTHER_DRIVERS = 'use --driver docker or process, which start a cluster of their own'

/**
 * The scenario with as many instances as there are, behind the stack's balancer if it has one. `balancer`: as `--balancer` says, undefined where it is not
 * given. Throws {@link UsageError} where it sets something of the instances that cannot be set here, and
 * `ScenarioError` where it does not make sense with so many.
 */
export function scenarioOnStack(
  scenario: Scenario,
  stack: StackSize,
  { file, balancer }: { readonly file: string; readonly balancer: BalancerName | undefined },
): Scenario {
  const { project, replicas } = stack
  const variables = Object.keys(scenario.topology.environment ?? {})
  if (variables.length > 0) {
    throw new UsageError(
      `--driver compose: expected a scenario that takes the instances as they are, found topology.environment with ${variables.join(', ')}. ` +
        `Set that in docker-compose.yml and take it out of a copy of the scenario, or ${OTHER_DRIVERS}.`,
    )
  }
  if (stack.balancer === null && scenario.topology.balancer === 'haproxy') {
    throw new UsageError(
      `--driver compose: expected a service haproxy that runs in project ${project}, as the scenario wants a balancer, found none. ` +
        '`docker-compose up -d haproxy` starts it; `--balancer direct` does without.',
    )
  }
  const instances = replicas.length
  const topology = {
    ...scenario.topology,
    instances,
    balancer: balancer ?? (stack.balancer === null ? 'direct' : 'haproxy'),
  }
  const because = `the ${instances} replicas of project ${project}`
  return validateScenario({ ...scenario, topology }, file, { 'topology.instances': because })
}

/** Throws {@link UsageError} where a fault is not possible, or the load is more than the stack is configured to take. */
export function refuseOnStack(plan: Plan, { replicas }: StackSize): void {
  for (const { kind } of plan.faults) {
    const why = whyNot(kind)
    if (why !== null)
      throw new UsageError(`--driver compose: found the fault ${kind}, but ${why}. For it, ${OTHER_DRIVERS}.`)
  }
  const limit = (variable: string, otherwise: number) =>
    Math.min(...replicas.map(({ environment }) => Number(environment[variable] || otherwise)))
  const share = Math.ceil(plan.clients.length / replicas.length)
  const connectionsMax = limit('CONNECTIONS_MAX', CONNECTIONS_MAX_DEFAULT)
  if (share > connectionsMax) {
    throw new UsageError(
      `${plan.clients.length} clients on ${replicas.length} replicas are ${share} on each, but a replica takes ${connectionsMax}. ` +
        'Use fewer --clients, more replicas (`docker-compose up -d --scale`), or a larger CONNECTIONS_MAX in docker-compose.yml.',
    )
  }
  const framesMax = limit('FRAMES_PER_SECOND', FRAMES_PER_SECOND_DEFAULT)
  const rate = busiestClientPerSecond(plan)
  if (rate > framesMax) {
    throw new UsageError(
      `One client is to send ${rate.toFixed(0)} messages a second, but the stack takes ${framesMax} frames a second from each. ` +
        'Use more --clients, fewer --messages-per-second, or a larger FRAMES_PER_SECOND in docker-compose.yml.',
    )
  }
}

/** In half a sentence; null where the fault is possible. */
function whyNot(kind: Plan['faults'][number]['kind']): string | null {
  const { hits, link } = faultKind(kind)
  if (link !== null) return 'the links of a stack that is there already do not run through proxies of the harness'
  if (hits === 'redis') return "the Redis server is the stack's own, and others may use it"
  if (hits === 'new-instance') return 'the harness starts no containers in a stack of somebody else'
  return null
}

function busiestClientPerSecond({ messages, clients, warmUpMs, loadMs }: Plan): number {
  const sent = new Uint32Array(clients.length)
  for (const client of messages.client) sent[client]!++
  return (Math.max(0, ...sent) * 1000) / (warmUpMs + loadMs)
}
