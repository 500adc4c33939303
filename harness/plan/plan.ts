/**
 * A plan is a scenario and a seed, worked out: every client, send and fault with its intended time. Making one is pure, so
 * the seed reproduces the plan. It does not reproduce the interleaving of the run.
 *
 * All times are milliseconds after the end of the warm-up; the warm-up has negative ones.
 */

import type { FaultName, FaultSettings } from '../scenario/fault-kinds.ts'
import type { HttpPath } from '../scenario/measures.ts'
import type { BalancerName } from '../scenario/scenario.ts'

export interface Plan {
  readonly schema: 1
  readonly scenario: string
  readonly seed: number
  /** Names of the instances: chat-1, chat-2 …; those that a fault adds come last. */
  readonly instances: readonly string[]
  /** How many of them are up at the start. */
  readonly instancesAtStart: number
  readonly instancesDownMax: number
  /** A balancer chooses the instance of each connection. Missing: each client does. */
  readonly balancer?: Exclude<BalancerName, 'direct'>
  readonly rooms: readonly string[]
  readonly clients: readonly PlannedClient[]
  /** The load, warm-up included, in order of time. A message's number is its index here. */
  readonly messages: PlannedMessages
  /**
   * The roll call, sent after everything has healed and settled, so that a client that is deaf or mute is found. Numbers go
   * on from those of the load; times count from the start of the roll call.
   */
  readonly rollCall: PlannedMessages
  /** Who leaves and comes back during the load. Missing: nobody. */
  readonly churn?: PlannedChurn
  readonly faults: readonly PlannedFault[]
  /** The connections of the HTTP load. Missing: there is none. */
  readonly http?: readonly PlannedHttpConnection[]
  readonly textBytes: number
  readonly warmUpMs: number
  readonly loadMs: number
  readonly settleMsMax: number
  readonly deadlineMs: number
}

export interface PlannedClient {
  readonly name: string
  /** Index of the instance that it connects to first, unless a balancer chooses. */
  readonly instance: number
  /** Indexes of its rooms. */
  readonly rooms: readonly number[]
  /** It is a page in a browser, which chooses its instance by itself, also the first. Missing: it is not. */
  readonly isPage?: true
}

/** Columns of one length; element i of each belongs to message i. */
export interface PlannedMessages {
  readonly atMs: readonly number[]
  readonly client: readonly number[]
  readonly room: readonly number[]
}

/** One connection that asks over HTTP, one request at a time. */
export interface PlannedHttpConnection {
  readonly path: HttpPath
  /** Index of the instance. */
  readonly instance: number
  /** When its first share of requests begins, in the warm-up; the others follow by the second, as long as the load lasts. */
  readonly atMs: number
  /** Its share: asked one after the other, then it rests until its next second. */
  readonly requestsPerSecond: number
  /** All of them, warm-up included. */
  readonly requests: number
  /** With `publish`: the room, which it has to itself. */
  readonly room: string | null
}

/** Columns of one length, rising times; a client leaves all its rooms, and joins them again without a position. */
export interface PlannedChurn {
  readonly leaveAtMs: readonly number[]
  readonly backAtMs: readonly number[]
  readonly client: readonly number[]
}

export interface PlannedFault<Kind extends FaultName = FaultName> {
  readonly kind: Kind
  /** Name of the instance, or `redis`. */
  readonly target: string
  readonly atMs: number
  /** Whether it is to be undone, `lastsMs` after its effect. */
  readonly heals: boolean
  readonly lastsMs: number
  /** Every setting of its kind. */
  readonly settings: FaultSettings<Kind>
}

/** The target of faults that hit the Redis server. */
export const REDIS_TARGET = 'redis'
