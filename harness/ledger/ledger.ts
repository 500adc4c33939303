/**
 * The ledger: what was sent, acknowledged and delivered. It is the only bridge from the load to the checkers, which judge
 * nothing else but the plan.
 *
 * All times are milliseconds on one monotonic clock, 0 at the end of the warm-up, as in the plan. Messages, clients, rooms and
 * instances are the plan's indexes. `(epoch, seq)` is what the service said, as extra evidence.
 */

import type { LatencyKind } from '../scenario/measures.ts'
import type { FaultName } from '../scenario/scenario.ts'
import type { HttpRecord } from './http-records.ts'

export interface Ledger {
  /** Load first, then the roll call; index = number of the message. */
  readonly messages: readonly MessageRecord[]
  /** Index = number of the client. */
  readonly clients: readonly ClientRecord[]
  /** Index = number of the room. */
  readonly rooms: readonly RoomRecord[]
  readonly faults: readonly FaultRecord[]
  readonly latencies: readonly LatencyRecord[]
  readonly generators: readonly GeneratorRecord[]
  /** Null where the run never came that far. */
  readonly rollCallAtMs: number | null
  /** When the last fault had healed, or 0 without faults. Null where healing failed. */
  readonly healedAtMs: number | null
  /** What the run left behind after healing: instances down, processes alive. Empty in a clean run. */
  readonly residue: readonly string[]
  /** Until when the numbers that clients were told are in the ledger. Missing or null: they were not written down. */
  readonly countedUntilMs?: number | null
  /** When others than the plan's clients were in rooms, so that nobody knows how many there were. */
  readonly visits?: readonly VisitRecord[]
  readonly late?: LateRecord
  /** Deliveries by the second in which they came, in any order; several of one second are to be added up. Missing: not written down. */
  readonly deliveredIn?: readonly DeliveredInSecond[]
  /** Memory of the instances over time, in any order. Missing: nobody looked. */
  readonly memory?: readonly MemorySample[]
  /** What the HTTP load found. Missing: the plan has none. */
  readonly http?: HttpRecord
  /** Others made the load, of which nothing is in the ledger but how many connections were open at one time. Missing: the harness made it. */
  readonly loadOfOthers?: { readonly connectionsMax: number }
  /** Why the load was ended early, as the scenario's `abortWhen` asks for. Null: it was not. */
  readonly aborted: string | null
}

export interface Position {
  readonly epoch: string
  readonly seq: number
}

export interface MessageRecord {
  /** When it was handed to the client machine. Null: never. */
  readonly handedAtMs: number | null
  /** Instance that the sender was connected to at that time, -1 for none. */
  readonly instance: number
  /**
   * `ok`: some attempt was acknowledged. `rejected`: every attempt was definitely refused, or never written.
   * `unknown`: anything else.
   */
  readonly outcome: 'ok' | 'rejected' | 'unknown'
  /** With `rejected`: the service's code, or `never-written`. */
  readonly code?: string
  /** Where the service said that it is, with `ok`. */
  readonly position: Position | null
  readonly ackedAtMs: number | null
  /** Instance that the acknowledgement came from, -1 for none: the one that accepted the message, or a retry of it. */
  readonly ackedInstance: number
}

/** Of a message that the run never came to. */
export const NEVER_SENT: MessageRecord = {
  handedAtMs: null,
  instance: -1,
  outcome: 'rejected',
  code: 'never-written',
  position: null,
  ackedAtMs: null,
  ackedInstance: -1,
}

export interface ClientRecord {
  /** In order of time. */
  readonly connections: readonly ConnectionRecord[]
  /** In order of time. Missing: none, or not written down. */
  readonly failedConnects?: readonly FailedConnectRecord[]
  /** One for each of the planned client's rooms, in that order. */
  readonly memberships: readonly MembershipRecord[]
  /** At the end of the run: whether it was connected. */
  readonly connectedAtEnd: boolean
  /** When it gave up its connection to go back to where it began, before the roll call. Missing or null: it was there, or never went. */
  readonly wentHomeAtMs?: number | null
}

export interface ConnectionRecord {
  readonly instance: number
  readonly openedAtMs: number
  /** Null: open until the end. */
  readonly closedAtMs: number | null
  readonly closeCode: number | null
  /** Whether the service had announced the close. */
  readonly draining: boolean
  /** First delivery of a live message from another instance on this connection. */
  readonly firstCrossAtMs: number | null
}

/** A try to connect that was refused, reset, timed out, not answered with an upgrade, or closed before the `welcome`. */
export interface FailedConnectRecord {
  /** That was tried; -1 where a balancer chose it. */
  readonly instance: number
  /** In words, or the system's code. */
  readonly why: string
  readonly atMs: number
}

export interface MembershipRecord {
  readonly room: number
  readonly joins: readonly JoinRecord[]
  readonly leaves: readonly LeaveRecord[]
  /** In order of arrival, after the client's own de-duplication. */
  readonly deliveries: readonly DeliveryRun[]
  readonly gaps: readonly GapRecord[]
  readonly phantoms: readonly PhantomRecord[]
  readonly duplicatedOnWire: number
  readonly holes: readonly HoleRecord[]
  /** Deliveries after `deadlineSeconds`, catch-up apart. */
  readonly late: number
  /** The client's position at the end, or null where no join was answered. */
  readonly positionAtEnd: Position | null
  readonly joinedAtEnd: boolean
  /** In order of time; each only where the numbers changed, or were the first on a connection. */
  readonly counts?: readonly CountRecord[]
}

/** A client was told how many are in the room. Its clients share one record where they were told the same at nearly the same time. */
export interface CountRecord {
  /** At most `COUNT_BURST_MS_MAX` too late. */
  readonly atMs: number
  readonly connections: number
  readonly participants: number
}

export interface JoinRecord {
  /** Index into the client's connections. */
  readonly connection: number
  readonly askedAtMs: number
  /** Null: never answered. */
  readonly answeredAtMs: number | null
  /** The stream goes on after this position. */
  readonly position: Position | null
  readonly complete: boolean
}

export interface LeaveRecord {
  readonly answeredAtMs: number
  readonly position: Position
}

/** Deliveries in a row on one connection with rising seq: message `numbers[i]` came at `(epoch, fromSeq + i)`. */
export interface DeliveryRun {
  /** Index into the client's connections. */
  readonly connection: number
  readonly epoch: string
  readonly fromSeq: number
  /** Numbers of the messages, as told by their texts. */
  readonly numbers: Int32Array
  readonly firstAtMs: number
  readonly lastAtMs: number
}

/** The service said: messages after `after` and before `next` are gone. */
export interface GapRecord {
  readonly connection: number
  readonly after: Position
  readonly next: Position
  readonly atMs: number
}

/** The stream jumped from `after` to `next` without a declared gap; the client did not take it, and asked again from `after`. */
export interface HoleRecord {
  readonly connection: number
  readonly after: Position
  readonly next: Position
  readonly atMs: number
}

/** A delivery whose text is no message of the plan for that room, or not as it was sent. */
export interface PhantomRecord {
  readonly connection: number
  readonly position: Position
  readonly id: string
  /** The first characters of the text. */
  readonly text: string
  readonly why: 'not-sent' | 'wrong-room' | 'wrong-sender' | 'changed'
  readonly atMs: number
}

/** A room's log as read from the service after everything had settled. */
export interface RoomRecord {
  /** Null where it could not be read. */
  readonly log: RoomLog | null
}

export interface RoomLog {
  readonly top: Position
  /** Seq of the first entry that has not been trimmed. */
  readonly firstSeq: number
  /** Rising seq; `number` is -1 where the text is no message of the plan. */
  readonly entries: readonly { readonly epoch: string; readonly seq: number; readonly number: number }[]
}

export interface FaultRecord {
  readonly kind: FaultName
  readonly target: string
  readonly plannedAtMs: number
  /** When injecting began. Null: never. */
  readonly firedAtMs: number | null
  /** When the effect was seen from outside. Null: it was not, so the fault does not count as fired. */
  readonly effectAtMs: number | null
  /** When healing began. Null: never. Missing: not written down. */
  readonly healingAtMs?: number | null
  /** When healing was evident. Null: not planned, or never. */
  readonly healedAtMs: number | null
  readonly status: 'fired' | 'not-fired'
  /** What was seen, in words. */
  readonly evidence: string
  /** With a stop: how the instance ended. */
  readonly exit: { readonly code: number | null; readonly signal: string | null; readonly afterMs: number } | null
}

/** Others than the plan's clients may have been in these rooms. */
export interface VisitRecord {
  /** Indexes of the plan's rooms. */
  readonly rooms: readonly number[]
  readonly fromMs: number
  readonly untilMs: number
}

/** Deliveries, whatever they were of, in the second [second, second + 1) of the run's clock. */
export interface DeliveredInSecond {
  readonly second: number
  readonly count: number
}

/** Late deliveries; how many each membership had stands there. */
export interface LateRecord {
  readonly slices: readonly LateSlice[]
  /** The first few of each worker. */
  readonly examples: readonly LateExample[]
}

/** Late deliveries by the second of the intended send and the receiver's instance at the delivery, -1 for none. */
export interface LateSlice {
  readonly slice: number
  readonly instance: number
  readonly count: number
}

export interface LateExample {
  readonly client: number
  readonly room: number
  readonly position: Position
  /** Number of the message. */
  readonly number: number
  readonly atMs: number
}

/** How much memory a process of an instance had. */
export interface MemorySample {
  /** Name of the instance. */
  readonly instance: string
  readonly atMs: number
  readonly residentBytes: number
}

/**
 * What is timed. Besides the latencies, what a load worker measures of itself: `noiseFloor`, round trips that ask nothing of anybody, from their
 * intended times in the load; `idleRoundTrip`, the same one after the other before the load, in no slice in particular.
 */
export type TimedKind = LatencyKind | 'noiseFloor' | 'idleRoundTrip'

/** One second's worth of one kind of latency at one worker, by the intended time of the send. */
export interface LatencyRecord {
  readonly worker: number
  readonly kind: TimedKind
  /** The second is [slice, slice + 1) seconds; the warm-up has negative ones. */
  readonly slice: number
  /** HdrHistogram of microseconds, V2 encoding, compressed, base64. Several of one slice are to be added up. */
  readonly histogram: string
  /** Samples over the histogram's top of one minute, recorded as one minute. */
  readonly overflow: number
}

export interface GeneratorRecord {
  readonly worker: number
  readonly eventLoopUtilization: number
  readonly plannedSends: number
  readonly handedSends: number
}
