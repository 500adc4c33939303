/** What the coordinator and the process of the HTTP load say to each other over the process' message channel. */

import type { HttpCounters } from '../ledger/worker-counters.ts'
import type { PlannedHttpConnection } from '../plan/plan.ts'

/** A connection of the plan, with the address that it asks. Its room is named as on the wire. */
export interface HttpConnectionOrder extends Omit<PlannedHttpConnection, 'instance'> {
  readonly host: string
  readonly port: number
}

export interface HttpLoadOrder {
  /** Index = that in the plan. */
  readonly connections: readonly HttpConnectionOrder[]
  readonly ledgerPath: string
  readonly textBytes: number
  /** Monotonic time of the plan's 0. */
  readonly zeroAtMs: number
  readonly loadMs: number
}

export type ToHttpLoad = { readonly is: 'begin'; readonly order: HttpLoadOrder } | { readonly is: 'stop' }

export type FromHttpLoad =
  /** The process has started. */
  | { readonly is: 'ready' }
  | { readonly is: 'counters'; readonly counters: HttpCounters }
  /** Everything is in the ledger. */
  | { readonly is: 'ended' }
  | { readonly is: 'failed'; readonly message: string }
