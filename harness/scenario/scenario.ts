/**
 * A scenario is data: topology, load, faults, budgets. One file in `scenarios/` holds one, as
 * `export default defineScenario({ … })`. `validate.ts` checks what the types cannot.
 */

import type { FaultName, FaultSettings } from './fault-kinds.ts'
import type { BudgetName, HttpPath, Phase } from './measures.ts'

export { FAULT_NAMES, type FaultName } from './fault-kinds.ts'

export interface Scenario {
  /** One line for the list of scenarios. */
  readonly about: string
  readonly topology: Topology
  readonly load: Load
  /** Requests over HTTP beside the load, each path at most once. Default: none. */
  readonly http?: readonly HttpLoad[]
  /** Default: none. */
  readonly faults?: readonly FaultSpec[]
  /** Instances that may be down at the same time: a fault that would take one more waits until another one is up again. Default: all but one. */
  readonly instancesDownMax?: number
  /**
   * Ends the load early where it is of no use to go on: as soon as a count is above its limit, everything is healed and what is there is
   * judged. Default: never.
   */
  readonly abortWhen?: Readonly<Partial<Record<AbortMeasure, number>>>
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

export const BALANCERS = ['haproxy', 'direct'] as const
export type BalancerName = (typeof BALANCERS)[number]

export interface Topology {
  /** Instances of the service, named chat-1, chat-2 … */
  readonly instances: number
  /** Who chooses the instance of a connection. Default `direct`: each client by itself. `haproxy`: a balancer, which all clients connect to. */
  readonly balancer?: BalancerName
  /** When Redis writes its append-only file to disk. Default `always`, which is what "nothing is lost" needs. */
  readonly appendFsync?: 'always' | 'everysec' | 'no'
  /** Environment variables for every instance, over those that the harness sets. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface Load {
  /**
   * How many, all of the same size; or a list of groups where they differ, `[{ count: 1, clients: 1000 }, { count: 300, clients: 5 }]`.
   */
  readonly rooms: number | readonly RoomGroup[]
  /**
   * Virtual clients. Neighbours in number start on different instances and share a room. Needed where `rooms` is a number; a list says by
   * itself how many there are.
   */
  readonly clients?: number
  /** Rooms that each client is in. Default 1. With a list of rooms always 1. */
  readonly roomsPerClient?: number
  /**
   * Offered rate over all clients, open loop: Poisson arrivals whatever the service does. With a shape, that of the warm-up and of the
   * beginning.
   */
  readonly messagesPerSecond: number
  /** How the rate changes over the load. Default: not at all. */
  readonly shape?: LoadShape
  /** Share of each room's members that ever say something, at least one; the others listen. Default 1. */
  readonly talkers?: number
  /** Clients that leave their rooms during the load and come back. Default: none. */
  readonly churn?: Churn
  /** Length of each text in bytes; at least 24, where the harness writes which message it is. */
  readonly textBytes: number
  /** Length of the load after the warm-up. */
  readonly seconds: number
  /** Load of the rate `messagesPerSecond` before time 0. Judged for loss, not for latency. Default 2. */
  readonly warmUpSeconds?: number
  /** Connections that are opened in a second, by all load workers together, before the load and when clients go home after it. Default 500. */
  readonly connectsPerSecond?: number
  /** Silence after which a client asks the service for a sign of life. Default: what the client library has, 10. */
  readonly idlePingSeconds?: number
  /**
   * How many of the clients are pages of the front end in a real Chromium. Each is in one room, stays there, and chooses its instance by itself.
   * Default: none.
   */
  readonly pages?: number
}

/** Requests of one kind over HTTP, from the warm-up to the end of the load. */
export interface HttpLoad {
  readonly path: HttpPath
  /** Over all instances of the start. */
  readonly requestsPerSecond: number
  /** Over all instances of the start; each asks one request at a time. Default: {@link HTTP_CONNECTIONS_PER_INSTANCE} to each. */
  readonly connections?: number
}

/** Unless a scenario says otherwise; fewer where there are not as many requests in a second. */
export const HTTP_CONNECTIONS_PER_INSTANCE = 4

/** Rooms of one size. Each client is in one room. */
export interface RoomGroup {
  /** How many rooms. */
  readonly count: number
  /** Members of each of them. */
  readonly clients: number
  /** Share of all messages that is said in these rooms. Default: what the others leave, by the number of those who talk. */
  readonly messageShare?: number
  /** Instead of the load's. */
  readonly talkers?: number
}

/**
 * Clients leave all their rooms, stay connected, and join again as if for the first time: they are owed what is said while they are there. In each
 * room one that talks stays. Everybody is back when the load ends.
 */
export interface Churn {
  /** Clients that leave, over all rooms: Poisson, as messages are. */
  readonly clientsPerSecond: number
  readonly awaySeconds: number
}

/** Every shape begins at `messagesPerSecond`. */
export type LoadShape =
  | { readonly kind: 'constant' }
  /** Evenly up or down to that rate at the end. */
  | { readonly kind: 'ramp'; readonly toMessagesPerSecond: number }
  /** Then each of these rates; all steps, the first one too, last the same time. */
  | { readonly kind: 'steps'; readonly toMessagesPerSecond: readonly number[] }
  /** Every so often that rate at once, and back: the first time after `everySeconds`. */
  | {
      readonly kind: 'spikes'
      readonly toMessagesPerSecond: number
      readonly everySeconds: number
      readonly lastsSeconds: number
    }

/**
 * Which instances a fault hits: one by name, one drawn from the seed, all at once, each in turn, or a share of them drawn from the
 * seed (at least one).
 */
export type FaultTarget = 'each' | 'random' | 'all' | `chat-${number}` | { readonly fraction: number }

/** When and on what; the same for every kind. Times are seconds after the warm-up. */
export interface FaultTiming {
  /** Default: as the table of kinds says. Not for kinds that hit something else than instances. */
  readonly target?: FaultTarget
  /** A fixed time, or one drawn from the seed. */
  readonly atSeconds: number | { readonly from: number; readonly to: number }
  /** With target `each`: the time from one instance to the next. With `times`: from one repetition to the next. */
  readonly everySeconds?: number
  /** How often, `everySeconds` apart. Default 1. */
  readonly times?: number
}

/** A fault of a scenario: its kind, when and on what, and the settings of its kind ({@link FAULT_KINDS}). */
export type FaultSpec = {
  readonly [Kind in FaultName]: { readonly kind: Kind } & FaultTiming & Partial<FaultSettings<Kind>>
}[FaultName]

/** Counts that are known while a run goes. See {@link Scenario.abortWhen}. */
export const ABORT_MEASURES = {
  overdue: 'deliveries owed for longer than deadlineSeconds',
  disconnected: 'clients without a connection',
  holes: 'holes that clients saw and repaired by themselves',
  declaredGaps: 'gaps that the service declared',
  phantoms: 'deliveries of messages that nobody sent, or changed on the way',
} as const
export type AbortMeasure = keyof typeof ABORT_MEASURES

export type BudgetLimit = number | Readonly<Partial<Record<Phase, number>>>
export type Budgets = Readonly<Partial<Record<BudgetName, BudgetLimit>>>

/** What holds where a scenario leaves a field out. */
export const DEFAULTS = {
  settleSecondsMax: 30,
  deadlineSeconds: 5,
  balancer: 'direct',
  appendFsync: 'always',
  roomsPerClient: 1,
  talkers: 1,
  warmUpSeconds: 2,
  connectsPerSecond: 500,
  idlePingSeconds: 10,
  times: 1,
} as const satisfies Partial<Scenario & Topology & Load & FaultTiming>

/** Gives an editor the types. Returns its argument. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario
}
