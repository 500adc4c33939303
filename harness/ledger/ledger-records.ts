/**
 * How a ledger is stored. `ledger/worker-<k>.jsonl` has one record a line, written while the run goes: an array whose first element names
 * the kind. `ledger/run.json` holds what the coordinator saw ({@link RunFile}).
 *
 * Times are milliseconds of the monotonic clock; `run.json` says which of them is 0 of the plan.
 */

import type { FaultRecord, MemorySample, PhantomRecord, RoomLog, TimedKind, VisitRecord } from './ledger.ts'

type Flag = 0 | 1

export type LedgerLine =
  | readonly ['sent', number: number, instance: number, atMs: number]
  | readonly ['acked', number: number, instance: number, epoch: string, seq: number, atMs: number]
  | readonly ['rejected', number: number, code: string]
  | readonly ['unknown', number: number]
  | readonly ['opened', client: number, instance: number, atMs: number]
  | readonly ['closed', client: number, code: number, wasAnnounced: Flag, atMs: number]
  /** A try to connect that came to nothing; `instance` -1 where a balancer chose it. */
  | readonly ['connect-failed', client: number, instance: number, why: string, atMs: number]
  | readonly ['first-cross', client: number, atMs: number]
  | readonly ['join-asked', client: number, room: number, atMs: number]
  | readonly ['joined', client: number, room: number, epoch: string, seq: number, isComplete: Flag, atMs: number]
  | readonly ['left', client: number, room: number, epoch: string, seq: number, atMs: number]
  | readonly [
      'gap' | 'hole',
      client: number,
      room: number,
      afterEpoch: string,
      afterSeq: number,
      nextEpoch: string,
      nextSeq: number,
      atMs: number,
    ]
  | readonly [
      'phantom',
      client: number,
      room: number,
      epoch: string,
      seq: number,
      id: string,
      text: string,
      why: PhantomRecord['why'],
      atMs: number,
    ]
  /** What this worker's clients were told first: the messages of a room from `fromSeq` on, -1 for none of the plan. */
  | readonly ['order', room: number, epoch: string, fromSeq: number, numbers: readonly number[]]
  /** Deliveries in a row to one client, each as this worker's `order` has it. */
  | readonly [
      'run',
      client: number,
      room: number,
      epoch: string,
      fromSeq: number,
      count: number,
      firstAtMs: number,
      lastAtMs: number,
    ]
  /** A delivery that contradicts this worker's `order`. */
  | readonly ['odd', client: number, room: number, epoch: string, seq: number, number: number, atMs: number]
  /** Counts of one membership over the whole run; those without any have no line. */
  | readonly ['tally', client: number, room: number, duplicatedOnWire: number, late: number]
  /** The next of this worker's clients in a room that `count` knows by their places in the list of all of them, from 0. */
  | readonly ['count-members', room: number, clients: readonly number[]]
  /**
   * Clients were told how many are in the room, connections and participants in turn, perhaps several times: those at the places from…to,
   * from…to and so on, both inclusive.
   */
  | readonly ['count', room: number, told: readonly number[], atMs: number, ranges: readonly number[]]
  /** This worker writes counts down, and did so until then. */
  | readonly ['counted-until', atMs: number]
  /** An example of a late delivery; all of them are in `late-slice` and `tally`. */
  | readonly ['late', client: number, room: number, epoch: string, seq: number, number: number, atMs: number]
  /** Late deliveries of one second of intended time to clients on one instance. Several of the same are to be added up. */
  | readonly ['late-slice', slice: number, instance: number, count: number]
  /** Deliveries to this worker's clients in one second of the run's clock. Several of the same are to be added up. */
  | readonly ['delivered-in', second: number, count: number]
  /** The client gave up its connection to go back to where it began. */
  | readonly ['went-home', client: number, atMs: number]
  | readonly ['latency', kind: TimedKind, slice: number, histogram: string, overflow: number]
  | readonly ['end', client: number, isConnected: Flag]
  | readonly ['end-of-room', client: number, room: number, epoch: string, seq: number, isJoined: Flag]
  | readonly ['generator', eventLoopUtilization: number, plannedSends: number, handedSends: number]

/** `ledger/run.json`. */
export interface RunFile {
  readonly schema: 1
  readonly workers: number
  /** Others made the load, and had so many connections at one time. Missing: the harness made it. */
  readonly loadOfOthers?: { readonly connectionsMax: number }
  /** Monotonic time of the plan's 0. Null: the load never began. */
  readonly zeroAtMs: number | null
  /** Plan time. */
  readonly rollCallAtMs: number | null
  readonly healedAtMs: number | null
  readonly residue: readonly string[]
  /** Why the load was ended early; null or not there: it was not. */
  readonly aborted?: string | null
  /** Plan times. */
  readonly faults: readonly FaultRecord[]
  /** Null where a room's log could not be read. */
  readonly logs: readonly (RoomLog | null)[]
  /** Of the rooms of the plan's HTTP connections, by their index; null for one that has no room, or whose log could not be read. */
  readonly httpLogs?: readonly (RoomLog | null)[]
  /** Plan times. Missing: nobody but the clients of the plan was in any room. */
  readonly visits?: readonly VisitRecord[]
  /** Plan times. Missing: nobody looked. */
  readonly memory?: readonly MemorySample[]
}
