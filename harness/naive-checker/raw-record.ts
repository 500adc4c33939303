/**
 * What a load worker saw, one record for each event, nothing folded together: the ledger's lines before their run-length encoding. Several
 * workers' records stand one after the other; those of one client are in order of arrival.
 */

import type { LedgerLine } from '../ledger/ledger-records.ts'

/** How the ledger folds deliveries together, and what no history needs. */
type Folded =
  | 'order'
  | 'run'
  | 'odd'
  | 'count-members'
  | 'count'
  | 'counted-until'
  | 'late'
  | 'late-slice'
  | 'delivered-in'
  | 'latency'
  | 'generator'

/** `number` is -1 for a message that is not in the plan. */
export type DeliveredRecord = readonly [
  'delivered',
  client: number,
  room: number,
  epoch: string,
  seq: number,
  number: number,
  atMs: number,
]

/** Times are plan time: milliseconds, 0 at the end of the warm-up. */
export type RawRecord = DeliveredRecord | Exclude<LedgerLine, readonly [Folded, ...unknown[]]>
