/**
 * A run as the naive checker sees it: what the records say of each message and of each client's stay in each room, found by walking over all
 * records again and again. Nothing here is quick, and nothing is judged.
 */

import type { Position, RoomLog } from '../ledger/ledger.ts'
import type { RunFile } from '../ledger/ledger-records.ts'
import type { Plan } from '../plan/plan.ts'
import type { RawRecord } from './raw-record.ts'

export interface History {
  readonly plan: Plan
  readonly records: readonly RawRecord[]
  readonly run: RunFile
  /** Load first, then the roll call; index = number. */
  readonly messages: readonly Message[]
  readonly memberships: readonly Membership[]
}

export interface Message {
  readonly number: number
  readonly sender: number
  readonly room: number
  /** When it was handed to the client machine. Null: never. */
  readonly sentAtMs: number | null
  /** A message with a lower one was sent earlier; -1 for one that never was. */
  readonly sentOrder: number
  /** Where its sender was connected when it was sent, -1 for nowhere. */
  readonly sentInstance: number
  /** The instance that acknowledged it, -1 for none. */
  readonly ackedInstance: number
  readonly outcome: 'ok' | 'rejected' | 'unknown'
  /** Whether it was delivered to anybody in its room, or stands in the room's log. */
  readonly isSeen: boolean
  /** Its place by the log; else by the acknowledgement; else by a delivery, that of the first client that got it. Null: nobody says. */
  readonly place: Position | null
}

/** One client in one of its rooms. */
export interface Membership {
  readonly client: number
  readonly room: number
  /** In order of arrival. */
  readonly deliveries: readonly Delivery[]
  readonly stays: readonly Stay[]
  readonly gaps: readonly Range[]
  readonly holes: readonly Range[]
}

export interface Delivery extends Position {
  readonly number: number
  /** Where the receiver was connected, -1 for nowhere. */
  readonly instance: number
}

/** From the answer to a join until the answer to the next leave, whatever the connection does meanwhile. */
export interface Stay {
  readonly joinedAtMs: number
  readonly joinedAt: Position
  /** Null: stayed to the end. */
  left: { readonly atMs: number; readonly at: Position } | null
}

/** The places behind `after` and before `next`. */
export interface Range {
  readonly after: Position
  readonly next: Position
}

export interface Connection {
  readonly client: number
  readonly instance: number
  readonly openedAtMs: number
  closed: { readonly atMs: number; readonly code: number } | null
}

export function historyOf(plan: Plan, records: readonly RawRecord[], run: RunFile): History {
  return {
    plan,
    records,
    run,
    messages: messagesOf(plan, records, run),
    memberships: plan.clients.flatMap((planned, client) =>
      planned.rooms.map(room => membershipOf(client, room, records)),
    ),
  }
}

function messagesOf(plan: Plan, records: readonly RawRecord[], run: RunFile): Message[] {
  const senders = [...plan.messages.client, ...plan.rollCall.client]
  const rooms = [...plan.messages.room, ...plan.rollCall.room]
  return senders.map((sender, number) => {
    const room = rooms[number]!
    let sentAtMs: number | null = null
    let sentOrder = -1
    let sentInstance = -1
    let ackedInstance = -1
    let acked: Position | null = null
    const delivered: { client: number; place: Position }[] = []
    for (const [index, record] of records.entries()) {
      if (record[0] === 'sent' && record[1] === number) {
        sentInstance = record[2]
        sentAtMs = record[3]
        sentOrder = index
      }
      if (record[0] === 'acked' && record[1] === number) {
        ackedInstance = record[2]
        acked = { epoch: record[3], seq: record[4] }
      }
      if (record[0] === 'delivered' && record[5] === number && record[2] === room) {
        delivered.push({ client: record[1], place: { epoch: record[3], seq: record[4] } })
      }
    }
    const logged = (run.logs[room]?.entries ?? []).find(entry => entry.number === number) ?? null
    const firstClient = Math.min(...delivered.map(({ client }) => client))
    const byDelivery = delivered.find(({ client }) => client === firstClient)?.place ?? null
    const place = logged ?? acked ?? byDelivery
    const isSeen = logged !== null || delivered.length > 0
    const outcome = outcomeOf(number, records)
    return { number, sender, room, sentAtMs, sentOrder, sentInstance, ackedInstance, outcome, isSeen, place }
  })
}

/** `ok`: any attempt acknowledged. `rejected`: every attempt definitely refused, or never written. `unknown`: anything else. */
function outcomeOf(number: number, records: readonly RawRecord[]): Message['outcome'] {
  const has = (kind: 'sent' | 'acked' | 'rejected' | 'unknown') =>
    records.some(record => record[0] === kind && record[1] === number)
  if (has('acked')) return 'ok'
  if (has('unknown')) return 'unknown'
  if (has('rejected')) return 'rejected'
  return has('sent') ? 'unknown' : 'rejected'
}

function membershipOf(client: number, room: number, records: readonly RawRecord[]): Membership {
  const deliveries: Delivery[] = []
  const stays: Stay[] = []
  const gaps: Range[] = []
  const holes: Range[] = []
  let instance = -1
  for (const record of records) {
    if (record[0] === 'opened' && record[1] === client) instance = record[2]
    if (record[0] === 'delivered' && record[1] === client && record[2] === room) {
      deliveries.push({ epoch: record[3], seq: record[4], number: record[5], instance })
    }
    if (record[0] === 'joined' && record[1] === client && record[2] === room) {
      const isStaying = stays.length > 0 && stays.at(-1)!.left === null
      const joinedAt = { epoch: record[3], seq: record[4] }
      if (!isStaying) stays.push({ joinedAtMs: record[6], joinedAt, left: null })
    }
    if (record[0] === 'left' && record[1] === client && record[2] === room) {
      const stay = stays.at(-1)
      if (stay?.left === null) stay.left = { atMs: record[5], at: { epoch: record[3], seq: record[4] } }
    }
    if ((record[0] === 'gap' || record[0] === 'hole') && record[1] === client && record[2] === room) {
      const after = { epoch: record[3], seq: record[4] }
      const next = { epoch: record[5], seq: record[6] }
      if (record[0] === 'gap') gaps.push({ after, next })
      else holes.push({ after, next })
    }
  }
  return { client, room, deliveries, stays, gaps, holes }
}

export function connectionsOf(history: History): Connection[] {
  const connections: Connection[] = []
  for (const record of history.records) {
    if (record[0] === 'opened') {
      connections.push({ client: record[1], instance: record[2], openedAtMs: record[3], closed: null })
    }
    if (record[0] === 'closed') {
      const connection = connections.findLast(({ client }) => client === record[1])
      if (connection !== undefined) connection.closed = { atMs: record[4], code: record[2] }
    }
  }
  return connections
}

export function logOf(history: History, room: number): RoomLog | null {
  return history.run.logs[room] ?? null
}

export function isSamePlace(one: Position, other: Position): boolean {
  return one.epoch === other.epoch && one.seq === other.seq
}

/** Whether a place of a room stands behind another: by seq within an epoch, else by the order of the epochs. */
export function isBehind(history: History, room: number, place: Position, other: Position): boolean {
  if (place.epoch === other.epoch) return place.seq > other.seq
  return isLaterEpoch(history, room, place.epoch, other.epoch)
}

/** By the log where both stand in it, since its seqs rise over the epochs; else by which one was told of first. */
function isLaterEpoch(history: History, room: number, epoch: string, other: string): boolean {
  const entries = logOf(history, room)?.entries ?? []
  const inLog = (name: string) => entries.findIndex(entry => entry.epoch === name)
  if (inLog(epoch) >= 0 && inLog(other) >= 0) return inLog(epoch) > inLog(other)
  return firstToldAtMs(history, room, epoch) > firstToldAtMs(history, room, other)
}

/** By an acknowledgement, an answer, a delivery, a gap or a hole. */
function firstToldAtMs(history: History, room: number, epoch: string): number {
  const times = history.records.flatMap(record => {
    switch (record[0]) {
      case 'acked':
        return history.messages[record[1]]?.room === room && record[3] === epoch ? [record[5]] : []
      case 'left':
        return record[2] === room && record[3] === epoch ? [record[5]] : []
      case 'joined':
      case 'delivered':
        return record[2] === room && record[3] === epoch ? [record[6]] : []
      case 'gap':
      case 'hole':
        return record[2] === room && (record[3] === epoch || record[5] === epoch) ? [record[7]] : []
      case 'phantom':
        return record[2] === room && record[3] === epoch ? [record[8]] : []
      default:
        return []
    }
  })
  return Math.min(...times)
}
