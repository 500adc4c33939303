/**
 * The epochs of one room in their order, so that positions of different epochs can be compared: a later epoch's come after all of an
 * earlier one's, whatever their seqs.
 */

import type { Position } from '../ledger/ledger.ts'

/**
 * A position as one number that rises along the room: rank of the epoch × stride + seq. Exact up to seq 2^40 and 4,096 epochs.
 */
export type Order = number

const STRIDE = 2 ** 40

export interface EpochSighting {
  readonly epoch: string
  /** When somebody first told of it. */
  readonly atMs: number
}

export interface EpochOrder {
  /** NaN for an epoch that nobody ever told of. */
  readonly orderOf: (position: Position) => Order
  readonly positionOf: (order: Order) => Position
}

/** The order at the same seq, in the epoch of `like`. */
export function orderAtSeq(like: Order, seq: number): Order {
  return like - seqOf(like) + seq
}

export function seqOf(order: Order): number {
  return order % STRIDE
}

/**
 * Puts the epochs in order. The log knows best; an epoch that it no longer holds (because Redis lost it, say) is placed by the time when
 * it was first seen.
 */
export function orderEpochs(sightings: readonly EpochSighting[], logged: readonly string[]): EpochOrder {
  const firstSeenMs = new Map<string, number>()
  for (const { epoch, atMs } of sightings) {
    const before = firstSeenMs.get(epoch)
    if (before === undefined || atMs < before) firstSeenMs.set(epoch, atMs)
  }
  const inLog = [...new Set(logged)]
  for (const epoch of inLog) if (!firstSeenMs.has(epoch)) firstSeenMs.set(epoch, Infinity)

  const byTime = [...firstSeenMs.keys()].sort((a, b) => {
    const [aMs, bMs] = [firstSeenMs.get(a)!, firstSeenMs.get(b)!]
    return aMs === bMs ? 0 : aMs - bMs
  })
  let nextLogged = 0
  const known = new Set(inLog)
  const ordered = byTime.map(epoch => (known.has(epoch) ? inLog[nextLogged++]! : epoch))

  const ranks = new Map(ordered.map((epoch, rank) => [epoch, rank]))
  return {
    orderOf: position => {
      const rank = ranks.get(position.epoch)
      return rank === undefined ? Number.NaN : rank * STRIDE + position.seq
    },
    positionOf: order => ({ epoch: ordered[Math.floor(order / STRIDE)] ?? 'unknown', seq: seqOf(order) }),
  }
}
