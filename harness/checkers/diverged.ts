/**
 * Diverged: clients, acks and log do not tell the same story of a room. Either a place `(room, epoch, seq)` holds different messages, or
 * a client's deliveries do not rise in place, so that it saw another order than the room's.
 *
 * The log is taken as the truth where it knows the place, else the ack, else the first delivery; each statement that disagrees counts.
 */

import { attribute } from './attribution.ts'
import type { Order } from './epochs.ts'
import { type Finding, FindingCollector } from './finding.ts'
import type { IndexedRoom, IndexedRun, Member } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

interface Context {
  readonly run: IndexedRun
  readonly phases: PhaseMap
  readonly found: FindingCollector
}

export function checkDiverged(run: IndexedRun, phases: PhaseMap): Finding {
  const context = { run, phases, found: new FindingCollector() }
  const ackedByRoom = acknowledgedByRoom(run)
  for (const room of run.rooms) {
    const numberAt = new Map<Order, number>()
    compareLog(context, room, numberAt)
    compareAcks(context, room, numberAt, ackedByRoom[room.room]!)
    for (const member of room.members) compareDeliveries(context, room, member, numberAt)
  }
  return context.found.finding()
}

function acknowledgedByRoom(run: IndexedRun): number[][] {
  const acknowledged: number[][] = run.plan.rooms.map(() => [])
  run.ledger.messages.forEach((message, number) => {
    if (message.position !== null && number < run.messages.count) {
      acknowledged[run.messages.room[number]!]!.push(number)
    }
  })
  return acknowledged
}

function compareLog({ run, phases, found }: Context, room: IndexedRoom, numberAt: Map<Order, number>): void {
  for (const entry of room.log?.entries ?? []) {
    const order = room.epochs.orderOf(entry)
    const other = numberAt.get(order)
    if (other !== undefined && other !== entry.number) {
      const what = `the log has message ${other} at this place, and this one too`
      found.add(() => attribute(run, phases, { what, room, message: entry.number, order }))
    }
    if (other === undefined) numberAt.set(order, entry.number)
  }
}

function compareAcks(context: Context, room: IndexedRoom, numberAt: Map<Order, number>, acked: number[]): void {
  const { run, phases, found } = context
  for (const message of acked) {
    const order = room.epochs.orderOf(run.ledger.messages[message]!.position!)
    const other = numberAt.get(order)
    if (other === undefined) numberAt.set(order, message)
    else if (other !== message) {
      const what = `acknowledged at the place of message ${other}`
      found.add(() => attribute(run, phases, { what, room, message, order }))
    }
  }
}

function compareDeliveries(context: Context, room: IndexedRoom, member: Member, numberAt: Map<Order, number>): void {
  const { run, phases, found } = context
  let highest = -Infinity
  for (const delivery of member.membership.deliveries) {
    const first = room.epochs.orderOf({ epoch: delivery.epoch, seq: delivery.fromSeq })
    for (let i = 0; i < delivery.numbers.length; i++) {
      const message = delivery.numbers[i]!
      const order = first + i
      const other = numberAt.get(order)
      if (other === undefined) numberAt.set(order, message)
      else if (other !== message) {
        const what = `delivered at the place of message ${other}`
        found.add(() => attribute(run, phases, { what, room, member, message, order }))
      }
    }
    // Within a run the places rise; only its beginning can step back. A mere repetition of the client's last place is a duplicate.
    if (first < highest && !isRepetition(room, member, delivery, first)) {
      const what = 'delivered after a message of a later place'
      const message = delivery.numbers[0]!
      found.add(() => attribute(run, phases, { what, room, member, message, order: first }))
    }
    highest = Math.max(highest, first + delivery.numbers.length - 1)
  }
}

/** Whether an earlier run of the same client had this place already. */
function isRepetition(
  room: IndexedRoom,
  member: Member,
  delivery: Member['membership']['deliveries'][number],
  place: Order,
): boolean {
  for (const earlier of member.membership.deliveries) {
    if (earlier === delivery) return false
    const from = room.epochs.orderOf({ epoch: earlier.epoch, seq: earlier.fromSeq })
    if (place >= from && place < from + earlier.numbers.length) return true
  }
  return false
}
