/**
 * A scenario is data: topology, load, faults, budgets. One file in `scenarios/` holds one, as
 * `export default defineScenario({ … })`. `validate.ts` checks what the types cannot.
 */

import type { BudgetName, Phase } from './measures.ts'

export interface Scenario {
  /** One line for the list of scenarios. */
  readonly about: string
  readonly topology: Topology
  readonly load: Load
  /** Default: none. */
  readonly faults?: readonly FaultSpec[]
  /**
   * Limits on measures. A number limits the whole run (warm-up apart); `{ steady: 100, fault: 1500 }` limits phases, which
   * only latency measures have. Safety measures that are not named have the budget 0.
   */
  readonly budgets: Budgets
  /** How long to wait for what is still owed after the load has ended. Default 30; at least backoff cap + heartbeat. */
  readonly settleSecondsMax?: number
  /** A delivery that comes later than this after its intended send counts as `late`. Default 5. */
  readonly deadlineSeconds?: number
}

export interface Topology {
  /** Instances of the service, named chat-1, chat-2 … */
  readonly instances: number
  /** When Redis writes its append-only file to disk. Default `always`, which is what "nothing is lost" needs. */
  readonly appendFsync?: 'always' | 'everysec' | 'no'
  /** Environment variables for every instance, over those that the harness sets. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface Load {
  readonly rooms: number
  /** Virtual clients. Neighbours in number start on different instances and share a room. */
  readonly clients: number
  /** Rooms that each client is in. Default 1. */
  readonly roomsPerClient?: number
  /** Offered rate over all clients, open loop: Poisson arrivals whatever the service does. */
  readonly messagesPerSecond: number
  /** Length of each text in bytes; at least 24, where the harness writes which message it is. */
  readonly textBytes: number
  /** Length of the load after the warm-up. */
  readonly seconds: number
  /** Load of the same rate before time 0. Judged for loss, not for latency. Default 2. */
  readonly warmUpSeconds?: number
}

/** Which instances a fault hits: one by name, one drawn from the seed, or each in turn. */
export type FaultTarget = 'each' | 'random' | `chat-${number}`

export interface FaultSpec {
  readonly kind: FaultName
  /** Default `random`. */
  readonly target?: FaultTarget
  /** Seconds after the warm-up. */
  readonly atSeconds: number
  /** With target `each`: the time from one instance to the next. */
  readonly everySeconds?: number
  /** Whether the instance is started again. Default true. */
  readonly restart?: boolean
  /** How long the instance stays down before it is started again. Default 1. */
  readonly downSeconds?: number
}

/** Names of the files in `harness/faults/` that hold a fault; `faults/catalogue.ts` maps each to its code. */
export const FAULT_NAMES = ['kill-instance', 'stop-instance'] as const
export type FaultName = (typeof FAULT_NAMES)[number]

export type BudgetLimit = number | Readonly<Partial<Record<Phase, number>>>
export type Budgets = Readonly<Partial<Record<BudgetName, BudgetLimit>>>

/** What holds where a scenario leaves a field out. */
export const DEFAULTS = {
  settleSecondsMax: 30,
  deadlineSeconds: 5,
  appendFsync: 'always',
  roomsPerClient: 1,
  warmUpSeconds: 2,
  target: 'random',
  restart: true,
  downSeconds: 1,
} as const satisfies Partial<Scenario & Topology & Load & FaultSpec>

/** Gives an editor the types. Returns its argument. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario
}
