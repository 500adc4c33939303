/** Test support: finding and changing single records of a history. Histories are never changed in place. */

import type { RoomLog } from '../ledger/ledger.ts'
import type { RawRecord } from '../naive-checker/raw-record.ts'
import { lastExcuseAtMs } from './honest-faults.ts'
import { isTimed, type TestHistory } from './test-history.ts'

/** Gaps and holes are of one shape, so that a record may have several kinds. */
export type RecordOf<Kind extends RawRecord[0], Each extends RawRecord = RawRecord> = Each extends RawRecord
  ? Kind extends Each[0]
    ? Each
    : never
  : never

/** Where a record stands. */
export interface Spot {
  readonly worker: number
  readonly index: number
  readonly record: RawRecord
}

export interface SpotOf<Kind extends RawRecord[0]> extends Spot {
  readonly record: RecordOf<Kind>
}

export type Delivery = SpotOf<'delivered'>

/** One client's deliveries in one room, in order of arrival. At least one. */
export interface Stream {
  readonly client: number
  readonly room: number
  readonly deliveries: readonly Delivery[]
}

export function spotsOf<Kind extends RawRecord[0]>(history: TestHistory, kind: Kind): SpotOf<Kind>[] {
  return history.workers.flatMap((records, worker) =>
    records.flatMap((record, index) =>
      record[0] === kind ? [{ worker, index, record: record as RecordOf<Kind> }] : [],
    ),
  )
}

export function streamsOf(history: TestHistory): Stream[] {
  const streams = Map.groupBy(spotsOf(history, 'delivered'), ({ record: [, client, room] }) => `${client} ${room}`)
  return [...streams.values()].map(deliveries => {
    const [, client, room] = deliveries[0]!.record
    return { client, room, deliveries }
  })
}

/** Numbers of the messages with the outcome `ok`. */
export function acknowledged(history: TestHistory): Set<number> {
  const numbers = new Set(spotsOf(history, 'acked').map(({ record }) => record[1]))
  for (const { record } of spotsOf(history, 'rejected')) numbers.delete(record[1])
  return numbers
}

/** Handed over after everything had healed, so that no gap excuses their loss. */
export function handedAfterHealing(history: TestHistory): Set<number> {
  const excusedUntilMs = lastExcuseAtMs(history.plan, history.run.faults)
  const after = spotsOf(history, 'sent').filter(({ record }) => record[3] > excusedUntilMs)
  return new Set(after.map(({ record }) => record[1]))
}

export function withRecords(
  history: TestHistory,
  worker: number,
  change: (records: readonly RawRecord[]) => readonly RawRecord[],
): TestHistory {
  return { ...history, workers: history.workers.with(worker, change(history.workers[worker]!)) }
}

/** Puts these records where one was; none: takes it away. */
export function replaced(history: TestHistory, { worker, index }: Spot, ...records: RawRecord[]): TestHistory {
  return withRecords(history, worker, before => before.toSpliced(index, 1, ...records))
}

export function inserted(history: TestHistory, worker: number, index: number, ...records: RawRecord[]): TestHistory {
  return withRecords(history, worker, before => before.toSpliced(index, 0, ...records))
}

export function without(history: TestHistory, spots: readonly Spot[]): TestHistory {
  const gone = new Set(spots.map(({ worker, index }) => `${worker} ${index}`))
  return {
    ...history,
    workers: history.workers.map((records, worker) => records.filter((_, index) => !gone.has(`${worker} ${index}`))),
  }
}

/** The record with which a client's part of the history ends. */
export function endOf(history: TestHistory, client: number): SpotOf<'end'> {
  return spotsOf(history, 'end').find(({ record }) => record[1] === client)!
}

/** Where something more can come to the client of a delivery after it: before these records of its worker, while it is connected. */
export function momentsAfter(history: TestHistory, { worker, index, record }: Delivery): number[] {
  const client = record[1]
  const moments: number[] = []
  let isConnected = true
  for (const [at, { 0: kind, 1: of }] of history.workers[worker]!.entries()) {
    if (at <= index) continue
    if (isConnected) moments.push(at)
    if (of !== client) continue
    if (kind === 'end') break
    if (kind === 'opened' || kind === 'closed') isConnected = kind === 'opened'
  }
  return moments
}

export function withLog(history: TestHistory, room: number, change: (log: RoomLog) => RoomLog): TestHistory {
  const { logs } = history.run
  return { ...history, run: { ...history.run, logs: logs.with(room, change(logs[room]!)) } }
}

/** Rooms whose log was read, with it. */
export function logsOf({ run }: TestHistory): { room: number; log: RoomLog }[] {
  return run.logs.flatMap((log, room) => (log === null ? [] : [{ room, log }]))
}

/** When what is put before that record of a worker happens: when the one before it did. */
export function timeBefore(history: TestHistory, worker: number, index: number): number {
  const before = history.workers[worker]!.slice(0, index)
  return before.findLast(isTimed)!.at(-1) as number
}

export function roomOf({ plan }: TestHistory, message: number): number {
  return [...plan.messages.room, ...plan.rollCall.room][message]!
}

export function senderOf({ plan }: TestHistory, message: number): number {
  return [...plan.messages.client, ...plan.rollCall.client][message]!
}

export function messagesOf({ plan }: TestHistory): number {
  return plan.messages.atMs.length + plan.rollCall.atMs.length
}
