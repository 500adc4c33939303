/** How the load stands, from what its workers say. Pure. */

import type { WorkerCounters } from '../ledger/worker-counters.ts'
import type { WorkerStatus } from './load-messages.ts'

/** How the whole load stands. */
export interface FleetStatus {
  readonly clients: number
  readonly connected: number
  readonly isAllJoined: boolean
  readonly isAllHome: boolean
  readonly openSends: number
  readonly sendsToCome: number
  /** Deliveries that are owed, as far as the clients' positions tell. */
  readonly outstanding: number
  /** Of them, those that have been owed for longer than the scenario's deadline. */
  readonly overdue: number
  /** Everybody who has joined a room was told last how many have. */
  readonly isCounted: boolean
  readonly counters: readonly WorkerCounters[]
}

/** @param overdueTops the rooms' highest seqs of so long ago that what lacks up to them is overdue */
export function addUp(
  statuses: readonly WorkerStatus[],
  workers: number,
  overdueTops: ReadonlyMap<number, number>,
): FleetStatus {
  const sum = (pick: (status: WorkerStatus) => number) => statuses.reduce((total, status) => total + pick(status), 0)
  return {
    clients: sum(status => status.clients),
    connected: sum(status => status.connected),
    isAllJoined: statuses.length === workers && statuses.every(({ joined, memberships }) => joined === memberships),
    isAllHome: statuses.every(({ isHome }) => isHome),
    openSends: sum(status => status.openSends),
    sendsToCome: sum(status => status.sendsToCome),
    outstanding: outstandingOf(statuses, seqMaxOf(statuses)),
    overdue: outstandingOf(statuses, overdueTops),
    isCounted: areCountsRight(statuses),
    counters: statuses.map(({ counters }) => counters),
  }
}

/** By room, the highest seq that any worker knows. */
export function seqMaxOf(statuses: readonly WorkerStatus[]): Map<number, number> {
  const seqMax = new Map<number, number>()
  for (const { rooms } of statuses) {
    for (const { room, seqMax: known } of rooms) seqMax.set(room, Math.max(known, seqMax.get(room) ?? 0))
  }
  return seqMax
}

/** Whether the joined clients of all workers were told of each other, and of nobody else. */
export function areCountsRight(statuses: readonly Pick<WorkerStatus, 'rooms'>[]): boolean {
  const joined = new Map<number, number>()
  for (const { rooms } of statuses) {
    for (const status of rooms) joined.set(status.room, (joined.get(status.room) ?? 0) + status.joined)
  }
  return statuses.every(({ rooms }) =>
    rooms.every(({ room, joined: here, countTold }) => here === 0 || countTold === joined.get(room)),
  )
}

/** What the clients of all workers lack up to the tops. */
function outstandingOf(statuses: readonly WorkerStatus[], tops: ReadonlyMap<number, number>): number {
  let total = 0
  for (const { rooms } of statuses) {
    for (const { room, members, seqSum } of rooms) total += Math.max(0, members * (tops.get(room) ?? 0) - seqSum)
  }
  return total
}
