/** What coordinator and load workers say to each other over the processes' message channel. Times are monotonic milliseconds. */

import type { WorkerCounters } from '../ledger/worker-counters.ts'
import type { TargetAddress } from '../targets/target.ts'

export interface WorkerSetUp {
  readonly worker: number
  readonly workers: number
  readonly planPath: string
  readonly ledgerPath: string
  readonly runId: string
  readonly addresses: readonly TargetAddress[]
  /** What each of the plan's instances calls itself in `welcome`, by index. */
  readonly welcomeNames: readonly string[]
  /** Of this worker. */
  readonly connectsPerSecond: number
  /** Undefined: as the client library has it. */
  readonly idlePingMs?: number
  /** Of the coordinator's {@link EchoServer}. */
  readonly echoPort: number
  /** For the worker whose clients are pages; null for all others. */
  readonly pages: PagesSetUp | null
}

/** What it takes to open pages. */
export interface PagesSetUp {
  /** Path of Chromium's program. */
  readonly chromium: string
  /** Path of the built front end's server. */
  readonly frontEnd: string
  /** Where that writes what it has to say. */
  readonly logPath: string
}

export type ToWorker =
  | { readonly is: 'set-up'; readonly setUp: WorkerSetUp }
  /** Connect all clients and join all rooms. */
  | { readonly is: 'connect' }
  /** Everybody is there: give back the memory that this took. To be answered, since nothing else goes on meanwhile. */
  | { readonly is: 'collect-garbage' }
  /** `zeroAtMs` is the plan's 0. */
  | { readonly is: 'begin'; readonly zeroAtMs: number }
  /** The instances that there are from now on: one was added, or is going to be removed. */
  | { readonly is: 'addresses'; readonly addresses: readonly TargetAddress[] }
  /** What is left of the load is not sent any more. */
  | { readonly is: 'stop-sending' }
  /** Clients that are not at home reconnect there. */
  | { readonly is: 'go-home' }
  | { readonly is: 'roll-call'; readonly zeroAtMs: number }
  /** Write down how things stand, end all clients, close the ledger. */
  | { readonly is: 'finish' }

export type FromWorker =
  | { readonly is: 'ready' }
  | { readonly is: 'status'; readonly status: WorkerStatus }
  | { readonly is: 'garbage-collected' }
  | { readonly is: 'finished' }
  /** Something that should not happen; the run is over. */
  | { readonly is: 'failed'; readonly message: string }

/** How one worker stands. Sent several times a second. */
export interface WorkerStatus {
  readonly clients: number
  readonly connected: number
  /** Memberships in the plan, and those whose join is answered on the present connection. */
  readonly memberships: number
  readonly joined: number
  /** Every client has been told to go home. Where it could not, it is elsewhere; the verdict looks at where each one was. */
  readonly isHome: boolean
  /** Sends without an answer. */
  readonly openSends: number
  /** Sends of the load, unless it was stopped, and of the roll call that have not been handed over. */
  readonly sendsToCome: number
  readonly rooms: readonly RoomStatus[]
  readonly counters: WorkerCounters
}

/** One worker's view of one room. */
export interface RoomStatus {
  readonly room: number
  /** Its clients in the room, without those who have left it by the plan. */
  readonly members: number
  /** Sum of the seqs that they have. */
  readonly seqSum: number
  /** Highest seq that any of them was told of, by delivery or acknowledgement. */
  readonly seqMax: number
  /** Those that have joined. */
  readonly joined: number
  /** How many are in the room, connections and participants alike, as each of them was told last; null where that is not one number. */
  readonly countTold: number | null
}
