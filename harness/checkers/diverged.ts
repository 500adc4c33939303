/**
 * Diverged: clients, acks and log do not tell the same story of a room. Either a place `(room, epoch, seq)` holds different messages, or
 * a client's deliveries do not rise, neither in the places that it was told nor in those that their messages have, so that it saw another
 * order than the room's: each delivery counts that comes after one of a later place, but not a mere repetition of a message or a place, which is
 * a duplicate or a phantom.
 *
 * The log is taken as the truth where it knows the place, else the ack, else the first delivery; each statement that disagrees counts.
 */

import type { DeliveryRun } from '../ledger/ledger.ts'
import { attribute } from './attribution.ts'
import type { Order } from './epochs.ts'
import { type Finding, FindingCollector } from './finding.ts'
import { belongsTo, type IndexedRoom, type IndexedRun, type Member } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

interface Context {
  readonly run: IndexedRun
  readonly phases: PhaseMap
  readonly found: FindingCollector
  readonly received: Received
}

/** What the present member has got. */
class Received {
  readonly #stampOf: Int32Array
  #stamp = 0
  #highest: Order = -Infinity

  constructor(count: number) {
    this.#stampOf = new Int32Array(count)
  }

  beginMember(): void {
    this.#stamp++
    this.#highest = -Infinity
  }

  /** Whether a message of the plan has come before; from now on it has. */
  isRepeated(message: number): boolean {
    if (message < 0 || message >= this.#stampOf.length) return false
    const isRepeated = this.#stampOf[message] === this.#stamp
    this.#stampOf[message] = this.#stamp
    return isRepeated
  }

  /** Whether a message of that place in the room comes after one that stands behind it. */
  isOvertaken(place: Order): boolean {
    if (place < this.#highest) return true
    this.#highest = place
    return false
  }
}

export function checkDiverged(run: IndexedRun, phases: PhaseMap): Finding {
  const context = { run, phases, found: new FindingCollector(), received: new Received(run.messages.count) }
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
      found.add(attribute(run, phases, { what, room, message: entry.number, order }))
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
      found.add(attribute(run, phases, { what, room, message, order }))
    }
  }
}

function compareDeliveries(context: Context, room: IndexedRoom, member: Member, numberAt: Map<Order, number>): void {
  const { run, phases, found, received } = context
  const { deliveries } = member.membership
  received.beginMember()
  let highest = -Infinity
  /** Null as long as the places rise. */
  let seen: Set<Order> | null = null
  for (const [index, delivery] of deliveries.entries()) {
    const first = room.epochs.orderOf({ epoch: delivery.epoch, seq: delivery.fromSeq })
    if (first < highest) seen ??= placesOf(room, deliveries.slice(0, index))
    for (let i = 0; i < delivery.numbers.length; i++) {
      const message = delivery.numbers[i]!
      const order = first + i
      const other = numberAt.get(order)
      if (other === undefined) numberAt.set(order, message)
      const isElsewhere = other !== undefined && other !== message
      const isRepeated = received.isRepeated(message) || seen?.has(order) === true
      const isOwn = belongsTo(run.messages, message, room.room)
      const isOvertaken = !isRepeated && isOwn && received.isOvertaken(run.messages.order[message]!)
      const isStepBack = !isRepeated && order < highest
      if (isElsewhere || isOvertaken || isStepBack) {
        const what = isElsewhere
          ? `delivered at the place of message ${other}`
          : 'delivered after a message of a later place'
        found.add(attribute(run, phases, { what, room, member, message, order }))
      }
      highest = Math.max(highest, order)
      seen?.add(order)
    }
  }
}

function placesOf(room: IndexedRoom, deliveries: readonly DeliveryRun[]): Set<Order> {
  const places = new Set<Order>()
  for (const { epoch, fromSeq, numbers } of deliveries) {
    const first = room.epochs.orderOf({ epoch, seq: fromSeq })
    for (let i = 0; i < numbers.length; i++) places.add(first + i)
  }
  return places
}
