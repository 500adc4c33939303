/**
 * A second judgement of a run, straight from the definitions and from single records: so simple that a reader believes it at first sight,
 * and quadratic. The checkers that judge runs are compared with it. It shares no code with them.
 *
 * Not here: latencies, recovery, phases and the verdict.
 */

import type { Position } from '../ledger/ledger.ts'
import type { RunFile } from '../ledger/ledger-records.ts'
import type { Plan } from '../plan/plan.ts'
import { connectsFailed, reconnectsPerSecondMax, slowReadersWithoutCode } from './naive-connections.ts'
import {
  type Delivery,
  type History,
  historyOf,
  isBehind,
  isSamePlace,
  type Membership,
  type Message,
} from './naive-history.ts'
import { losses } from './naive-losses.ts'
import { stranded, uncleanDrains } from './naive-survival.ts'
import type { RawRecord } from './raw-record.ts'

/** Measures of which the definition says exactly how many there are. */
export const EXACT_MEASURES = [
  'sent',
  'ok',
  'rejected',
  'unknown',
  'obligations',
  'delivered',
  'deliveredAcross',
  'duplicated',
  'reordered',
  'declaredGaps',
  'stranded',
  'holes',
  'duplicatedOnWire',
  'late',
  'uncleanDrains',
  'reconnectsPerSecondMax',
  'slowReadersWithoutCode',
  'connectsFailed',
] as const

/** Measures of which the definition says only whether there are any: how many is a matter of counting. */
export const ZERO_OR_NOT_MEASURES = ['lost', 'diverged', 'phantom'] as const

/** What this checker has no second opinion about. */
export const NOT_COUNTED = ['counterWrong'] as const

export type NaiveMeasure = (typeof EXACT_MEASURES | typeof ZERO_OR_NOT_MEASURES)[number]
export type NaiveCounts = Readonly<Record<NaiveMeasure, number>>

/** @param records times are plan times; those of one client in order of arrival */
export function naiveCounts(plan: Plan, records: readonly RawRecord[], run: RunFile): NaiveCounts {
  const history = historyOf(plan, records, run)
  return {
    sent: sent(history),
    ok: withOutcome(history, 'ok'),
    rejected: withOutcome(history, 'rejected'),
    unknown: withOutcome(history, 'unknown'),
    delivered: delivered(history),
    deliveredAcross: deliveredAcross(history),
    ...losses(history),
    duplicated: duplicated(history),
    reordered: reordered(history),
    diverged: contradictedPlaces(history) + contradictedOrders(history) + deliveriesAgainstOrder(history),
    phantom: phantom(history),
    stranded: stranded(history),
    holes: holes(history),
    duplicatedOnWire: duplicatedOnWire(history),
    late: late(history),
    uncleanDrains: uncleanDrains(history),
    reconnectsPerSecondMax: reconnectsPerSecondMax(history),
    slowReadersWithoutCode: slowReadersWithoutCode(history),
    connectsFailed: connectsFailed(history),
  }
}

/** Messages handed to the client machine. */
function sent({ messages }: History): number {
  return messages.filter(({ sentAtMs }) => sentAtMs !== null).length
}

/** Planned messages by their fate: acknowledged; definitely refused or never written; anything else. */
function withOutcome({ messages }: History, outcome: Message['outcome']): number {
  return messages.filter(message => message.outcome === outcome).length
}

/** Deliveries after the clients' own de-duplication. */
function delivered({ records }: History): number {
  return records.filter(record => record[0] === 'delivered').length
}

/** Of them, those to a client on another instance than the one through which the message was acknowledged. */
function deliveredAcross({ messages, memberships }: History): number {
  let count = 0
  for (const { deliveries } of memberships) {
    for (const { number, instance } of deliveries) {
      const acknowledgedBy = messages[number]?.ackedInstance ?? -1
      if (acknowledgedBy !== -1 && instance !== -1 && instance !== acknowledgedBy) count++
    }
  }
  return count
}

/** Same client, same room, same message, more than once after the client's own de-duplication: every time after the first. */
function duplicated({ memberships }: History): number {
  let count = 0
  for (const membership of memberships) {
    const numbers = planned(membership)
    count += numbers.filter((number, index) => numbers.indexOf(number) < index).length
  }
  return count
}

/** The numbers that a member was given, in order of arrival, without what is no message of the plan. */
function planned({ deliveries }: Membership): number[] {
  return deliveries.map(({ number }) => number).filter(number => number !== -1)
}

/**
 * Per receiver, a sender's messages not in sending order: first deliveries after a later message of the same sender in that room. A
 * repetition is `duplicated`, a message in the wrong room is `phantom`, and neither reorders anything.
 */
function reordered({ messages, memberships }: History): number {
  let count = 0
  for (const membership of memberships) {
    const received = [...new Set(planned(membership))]
      .flatMap(number => messages[number] ?? [])
      .filter(({ room, sentAtMs }) => room === membership.room && sentAtMs !== null)
    for (const [index, message] of received.entries()) {
      const before = received.slice(0, index)
      if (before.some(({ sender, sentOrder }) => sender === message.sender && sentOrder > message.sentOrder)) count++
    }
  }
  return count
}

/** `(room, epoch, seq) → message` is not a function: statements about a place that another statement contradicts. */
function contradictedPlaces(history: History): number {
  let count = 0
  for (const room of history.plan.rooms.keys()) {
    const statements = statementsAbout(history, room)
    for (const statement of statements) {
      if (statements.some(other => isSamePlace(other, statement) && other.number !== statement.number)) count++
    }
  }
  return count
}

type Statement = Position & { readonly number: number }

/** Whatever says which message stands at a place of the room: deliveries, acknowledgements, entries of the log. */
function statementsAbout({ records, messages, run, memberships }: History, room: number): Statement[] {
  const statements: Statement[] = [...(run.logs[room]?.entries ?? [])]
  for (const membership of memberships) if (membership.room === room) statements.push(...membership.deliveries)
  for (const record of records) {
    if (record[0] !== 'acked' || messages[record[1]]?.room !== room) continue
    statements.push({ number: record[1], epoch: record[3], seq: record[4] })
  }
  return statements
}

/** Two clients, or a client and the log, disagree on a room's order: messages that both have, which come the other way round there. */
function contradictedOrders({ plan, run, memberships }: History): number {
  let count = 0
  for (const room of plan.rooms.keys()) {
    const orders = memberships.filter(membership => membership.room === room).map(planned)
    orders.push((run.logs[room]?.entries ?? []).map(({ number }) => number).filter(number => number !== -1))
    const firsts = orders.map(numbers => [...new Set(numbers)])
    for (const one of firsts) {
      for (const other of firsts) {
        const ranks = one.filter(number => other.includes(number)).map(number => other.indexOf(number))
        count += ranks.filter((rank, index) => index > 0 && rank < ranks[index - 1]!).length
      }
    }
  }
  return count
}

/**
 * Everybody sees the same order, that of epochs and of seq within them: deliveries that repeat neither message nor place, and are behind one of a
 * later place; be it the one that the receiver was told, or the one that the messages have by log, ack or the first client that got them.
 */
function deliveriesAgainstOrder(history: History): number {
  let count = 0
  for (const { room, deliveries } of history.memberships) {
    const placeOf = ({ number }: Delivery) => {
      const message = history.messages[number]
      return message?.room === room ? message.place : null
    }
    for (const [index, delivery] of deliveries.entries()) {
      const before = deliveries.slice(0, index)
      const isRepeated = before.some(
        earlier => (earlier.number !== -1 && earlier.number === delivery.number) || isSamePlace(earlier, delivery),
      )
      if (isRepeated) continue
      const place = placeOf(delivery)
      const isOvertaken = before.some(earlier => {
        const earlierPlace = placeOf(earlier)
        if (isBehind(history, room, earlier, delivery)) return true
        return place !== null && earlierPlace !== null && isBehind(history, room, earlierPlace, place)
      })
      if (isOvertaken) count++
    }
  }
  return count
}

/** Sightings, by a client or in a log, of a message that nobody sent, or definitely rejected, or in the wrong room, or changed. */
function phantom({ plan, records, messages, run }: History): number {
  const isPhantom = (number: number, room: number) => {
    const message = messages[number]
    return message === undefined || message.room !== room || message.outcome === 'rejected'
  }
  const told = records.filter(record => record[0] === 'phantom')
  const isTold = (client: number, room: number, place: Position) =>
    told.some(([, by, where, epoch, seq]) => by === client && where === room && isSamePlace(place, { epoch, seq }))
  let count = told.length
  for (const record of records) {
    if (record[0] !== 'delivered') continue
    const [, client, room, epoch, seq, number] = record
    // What is no message of the plan has a record of its own beside the delivery.
    if (isPhantom(number, room) && !(number === -1 && isTold(client, room, { epoch, seq }))) count++
  }
  for (const room of plan.rooms.keys()) {
    for (const entry of run.logs[room]?.entries ?? []) if (isPhantom(entry.number, room)) count++
  }
  return count
}

/** How often clients saw a hole, and repaired it by themselves. */
function holes({ records }: History): number {
  return records.filter(record => record[0] === 'hole').length
}

/** Repetitions that the clients' own de-duplication removed, as they counted them. */
function duplicatedOnWire({ records }: History): number {
  let count = 0
  for (const record of records) if (record[0] === 'tally') count += record[3]
  return count
}

/** Deliveries after the deadline, catch-up from history apart, as the clients counted them. */
function late({ records }: History): number {
  let count = 0
  for (const record of records) if (record[0] === 'tally') count += record[4]
  return count
}
