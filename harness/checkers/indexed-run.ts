/**
 * Plan and ledger, indexed by message and by room for the checkers: who sent what, where it stands, whether it counts as accepted.
 */

import type { ClientRecord, Ledger, MembershipRecord, MessageRecord, RoomLog } from '../ledger/ledger.ts'
import { NEVER_SENT } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { type EpochOrder, type EpochSighting, type Order, orderEpochs } from './epochs.ts'

export interface IndexedRun {
  readonly plan: Plan
  readonly ledger: Ledger
  /** Load first, then the roll call. All columns below have one element for each message. */
  readonly messages: MessageColumns
  readonly rooms: readonly IndexedRoom[]
}

export interface MessageColumns {
  readonly count: number
  /** Messages of the load; those from here on are the roll call's. */
  readonly loadCount: number
  readonly sender: Int32Array
  readonly room: Int32Array
  /** Intended time on the run's clock. NaN for a roll call that never began. */
  readonly plannedAtMs: Float64Array
  /** NaN: never handed over. */
  readonly handedAtMs: Float64Array
  /** From the log, else the ack, else the first client's delivery that tells. NaN: not known. */
  readonly order: Float64Array
  /** 1: delivered to anybody in its room, or in the room's log. */
  readonly isSeen: Uint8Array
  /** 1: acknowledged, or of unknown fate and seen. What was rejected never counts; where it is seen, it is a phantom. */
  readonly isAccepted: Uint8Array
}

export interface IndexedRoom {
  readonly room: number
  readonly name: string
  readonly epochs: EpochOrder
  readonly log: RoomLog | null
  readonly members: readonly Member[]
  /** Numbers of the accepted messages, rising. */
  readonly accepted: readonly number[]
}

export interface Member {
  readonly client: number
  readonly name: string
  readonly record: ClientRecord
  readonly membership: MembershipRecord
}

/** The ledger's record of a message; one that the run never came to counts as never written. */
export function messageRecord(ledger: Ledger, number: number): MessageRecord {
  return ledger.messages[number] ?? NEVER_SENT
}

/** Whether the number is a message of the plan for that room. */
export function belongsTo(messages: MessageColumns, number: number, room: number): boolean {
  return number >= 0 && number < messages.count && messages.room[number] === room
}

/** Throws where plan and ledger cannot be of the same run. */
export function indexRun(plan: Plan, ledger: Ledger): IndexedRun {
  if (ledger.clients.length !== plan.clients.length || ledger.rooms.length !== plan.rooms.length) {
    throw new Error(
      `the ledger has ${ledger.clients.length} clients and ${ledger.rooms.length} rooms, ` +
        `the plan ${plan.clients.length} and ${plan.rooms.length}: they are not of the same run`,
    )
  }
  const messages = plannedColumns(plan, ledger)
  const members = membersByRoom(plan, ledger)
  const epochs = epochsByRoom(ledger, messages, members)

  for (let room = 0; room < plan.rooms.length; room++)
    placeByLog(ledger.rooms[room]!.log, room, messages, epochs[room]!)
  placeByAcks(ledger, messages, epochs)
  for (let room = 0; room < plan.rooms.length; room++) placeByDeliveries(members[room]!, room, messages, epochs[room]!)
  const accepted = acceptedByRoom(plan, ledger, messages)
  const rooms = plan.rooms.map((name, room) => ({
    room,
    name,
    epochs: epochs[room]!,
    log: ledger.rooms[room]!.log,
    members: members[room]!,
    accepted: accepted[room]!,
  }))
  return { plan, ledger, messages, rooms }
}

function plannedColumns(plan: Plan, ledger: Ledger): MessageColumns {
  const loadCount = plan.messages.atMs.length
  const count = loadCount + plan.rollCall.atMs.length
  const columns = {
    count,
    loadCount,
    sender: new Int32Array(count),
    room: new Int32Array(count),
    plannedAtMs: new Float64Array(count),
    handedAtMs: new Float64Array(count).fill(Number.NaN),
    order: new Float64Array(count).fill(Number.NaN),
    isSeen: new Uint8Array(count),
    isAccepted: new Uint8Array(count),
  }
  for (let number = 0; number < count; number++) {
    const isLoad = number < loadCount
    const part = isLoad ? plan.messages : plan.rollCall
    const index = isLoad ? number : number - loadCount
    columns.sender[number] = part.client[index]!
    columns.room[number] = part.room[index]!
    columns.plannedAtMs[number] = part.atMs[index]! + (isLoad ? 0 : (ledger.rollCallAtMs ?? Number.NaN))
    columns.handedAtMs[number] = messageRecord(ledger, number).handedAtMs ?? Number.NaN
  }
  return columns
}

function membersByRoom(plan: Plan, ledger: Ledger): Member[][] {
  const members: Member[][] = plan.rooms.map(() => [])
  ledger.clients.forEach((record, client) => {
    for (const membership of record.memberships) {
      members[membership.room]!.push({ client, name: plan.clients[client]!.name, record, membership })
    }
  })
  return members
}

function epochsByRoom(ledger: Ledger, messages: MessageColumns, members: Member[][]): EpochOrder[] {
  const sightings: EpochSighting[][] = members.map(inRoom => inRoom.flatMap(({ membership }) => epochsTold(membership)))
  ledger.messages.forEach((message, number) => {
    if (message.position === null || number >= messages.count) return
    const inRoom = sightings[messages.room[number]!]!
    const told = { epoch: message.position.epoch, atMs: message.ackedAtMs ?? Infinity }
    const before = inRoom.at(-1)
    // Nearly all messages tell the epoch of the one before, later than it, so the list stays short.
    if (before === undefined || before.epoch !== told.epoch || told.atMs < before.atMs) inRoom.push(told)
  })
  return sightings.map((inRoom, room) => {
    const log = ledger.rooms[room]!.log
    return orderEpochs(inRoom, log === null ? [] : [...log.entries.map(entry => entry.epoch), log.top.epoch])
  })
}

function epochsTold(membership: MembershipRecord): EpochSighting[] {
  const told: EpochSighting[] = []
  for (const { position, answeredAtMs } of membership.joins) {
    if (position !== null && answeredAtMs !== null) told.push({ epoch: position.epoch, atMs: answeredAtMs })
  }
  for (const { epoch, firstAtMs } of membership.deliveries) told.push({ epoch, atMs: firstAtMs })
  for (const { after, next, atMs } of [...membership.gaps, ...membership.holes]) {
    told.push({ epoch: after.epoch, atMs }, { epoch: next.epoch, atMs })
  }
  for (const { position, atMs } of membership.phantoms) told.push({ epoch: position.epoch, atMs })
  for (const { position, answeredAtMs } of membership.leaves) told.push({ epoch: position.epoch, atMs: answeredAtMs })
  if (membership.positionAtEnd !== null) told.push({ epoch: membership.positionAtEnd.epoch, atMs: Infinity })
  return told
}

/** The log is the truth. */
function placeByLog(log: RoomLog | null, room: number, messages: MessageColumns, epochs: EpochOrder): void {
  for (const entry of log?.entries ?? []) see(messages, room, entry.number, epochs.orderOf(entry))
}

function placeByAcks(ledger: Ledger, messages: MessageColumns, epochs: EpochOrder[]): void {
  for (let number = 0; number < messages.count; number++) {
    const { position } = messageRecord(ledger, number)
    if (position !== null && Number.isNaN(messages.order[number]!)) {
      messages.order[number] = epochs[messages.room[number]!]!.orderOf(position)
    }
  }
}

function placeByDeliveries(
  members: readonly Member[],
  room: number,
  messages: MessageColumns,
  epochs: EpochOrder,
): void {
  for (const { membership } of members) {
    for (const run of membership.deliveries) {
      const first = epochs.orderOf({ epoch: run.epoch, seq: run.fromSeq })
      for (let i = 0; i < run.numbers.length; i++) see(messages, room, run.numbers[i]!, first + i)
    }
  }
}

/** Marks what was seen in its room, and places what nothing has placed before. */
function see(messages: MessageColumns, room: number, number: number, order: Order): void {
  if (!belongsTo(messages, number, room)) return
  messages.isSeen[number] = 1
  if (Number.isNaN(messages.order[number]!)) messages.order[number] = order
}

function acceptedByRoom(plan: Plan, ledger: Ledger, messages: MessageColumns): number[][] {
  const accepted: number[][] = plan.rooms.map(() => [])
  for (let number = 0; number < messages.count; number++) {
    const { outcome } = messageRecord(ledger, number)
    if (outcome === 'ok' || (outcome === 'unknown' && messages.isSeen[number] === 1)) {
      messages.isAccepted[number] = 1
      accepted[messages.room[number]!]!.push(number)
    }
  }
  return accepted
}
