/**
 * Who must get what. A client must get a message of its room if the message was accepted and was handed over, or stands in the log,
 * after the client's join was answered and before its leave was answered, whichever reading owes more. The sender is a receiver like
 * the others, and a disconnection ends nothing: resuming has to cover it.
 *
 * What is in flight at a leave is owed by its place alone: nobody can say on which side of the leave it was to be, and whoever leaves in the time of a
 * fault is owed what had reached its instance. In flight is what was handed over within the scenario's deadline before the answer; what is older
 * and has not come by then is owed, so that a deaf client is not hidden by its leave.
 */

import type { MembershipRecord } from '../ledger/ledger.ts'
import type { EpochOrder, Order } from './epochs.ts'
import { excusedUntilMs } from './fault-window.ts'
import type { IndexedRoom, IndexedRun, Member } from './indexed-run.ts'

/** From an answered join to the answered leave; reconnects in between are part of it. Both ends by time and by position. */
export interface Stay {
  readonly fromMs: number
  /** The first message owed by position comes after this. */
  readonly fromOrder: Order
  /** Infinity: never left. */
  readonly untilMs: number
  /** The last message owed by position. */
  readonly untilOrder: Order
}

/** The stays of one client in one room, in order of time. Empty where no join was ever answered. */
export function staysOf(membership: MembershipRecord, epochs: EpochOrder): Stay[] {
  const stays: Stay[] = []
  const leaves = [...membership.leaves].sort((a, b) => a.answeredAtMs - b.answeredAtMs)
  for (const join of membership.joins) {
    const fromMs = join.answeredAtMs
    if (fromMs === null || (stays.length > 0 && fromMs <= stays.at(-1)!.untilMs)) continue
    const leave = leaves.find(candidate => candidate.answeredAtMs >= fromMs)
    stays.push({
      fromMs,
      fromOrder: join.position === null ? Infinity : epochs.orderOf(join.position),
      untilMs: leave?.answeredAtMs ?? Infinity,
      untilOrder: leave === undefined ? Infinity : epochs.orderOf(leave.position),
    })
  }
  return stays
}

/** Whether a place came after the client had left and before it was back, if it came back. */
export function isAway(stays: readonly Stay[], order: Order): boolean {
  return stays.some(({ untilOrder }, index) => order > untilOrder && order <= (stays[index + 1]?.fromOrder ?? Infinity))
}

/** Calls `visit` with the number of each message that the member must get. */
export function eachObligation(
  run: IndexedRun,
  room: IndexedRoom,
  member: Member,
  visit: (message: number) => void,
): void {
  const { handedAtMs, order } = run.messages
  const stays = staysOf(member.membership, room.epochs)
  const excusedMs = excusedUntilMs(run.plan, run.ledger)
  for (const number of room.accepted) {
    // A comparison with NaN (never handed over, place not known) is false, so that reading owes nothing.
    const atMs = handedAtMs[number]!
    const place = order[number]!
    for (const stay of stays) {
      const isInFlight = stay.untilMs < Infinity && (atMs >= stay.untilMs - run.plan.deadlineMs || atMs <= excusedMs)
      const isOwedByTime = atMs > stay.fromMs && atMs < stay.untilMs && !isInFlight
      const isOwedByPlace = place > stay.fromOrder && place <= stay.untilOrder
      if (!isOwedByTime && !isOwedByPlace) continue
      visit(number)
      break
    }
  }
}

/** Deliveries owed over the whole run, warm-up and roll call included. */
export function countObligations(run: IndexedRun): number {
  let count = 0
  for (const room of run.rooms) {
    for (const member of room.members) eachObligation(run, room, member, () => count++)
  }
  return count
}
