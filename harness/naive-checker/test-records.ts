/**
 * Test support: histories written down literally. Two clients in one room, client 0 on chat-1 and client 1 on chat-2. A place is written as
 * 'A3': epoch A, seq 3.
 */

import type { FaultRecord, Position, RoomLog } from '../ledger/ledger.ts'
import type { RunFile } from '../ledger/ledger-records.ts'
import type { Plan } from '../plan/plan.ts'
import { type NaiveCounts, naiveCounts } from './naive-checker.ts'
import type { RawRecord } from './raw-record.ts'

/** Message 3 is a spare one: the run of {@link CLEAN} never comes to it. Messages 4 and 5 are the roll call. */
export const PLAN: Plan = {
  schema: 1,
  scenario: 'test',
  seed: 1,
  instances: ['chat-1', 'chat-2'],
  instancesAtStart: 2,
  instancesDownMax: 1,
  rooms: ['room-1', 'room-2'],
  clients: [
    { name: 'client-1', instance: 0, rooms: [0] },
    { name: 'client-2', instance: 1, rooms: [0] },
  ],
  messages: { atMs: [0, 100, 200, 300], client: [0, 1, 0, 0], room: [0, 0, 0, 0] },
  rollCall: { atMs: [0, 100], client: [0, 1], room: [0, 0] },
  faults: [],
  textBytes: 60,
  warmUpMs: 0,
  loadMs: 1000,
  settleMsMax: 1000,
  deadlineMs: 1000,
}

const SENDERS = [...PLAN.messages.client, ...PLAN.rollCall.client]

function place(text: string): Position {
  return { epoch: text.slice(0, 1), seq: Number(text.slice(1)) }
}

export function opened(client: number, instance: number, atMs: number): RawRecord {
  return ['opened', client, instance, atMs]
}

export function closed(client: number, code: number, atMs: number): RawRecord {
  return ['closed', client, code, 0, atMs]
}

export function joined(client: number, at: string, atMs: number): RawRecord {
  const { epoch, seq } = place(at)
  return ['joined', client, 0, epoch, seq, 1, atMs]
}

export function left(client: number, at: string, atMs: number): RawRecord {
  const { epoch, seq } = place(at)
  return ['left', client, 0, epoch, seq, atMs]
}

/** Message n is sent at n * 100, as planned, and the roll call goes on from there; through the instance that has its sender's number. */
export function sent(number: number, atMs = number * 100): RawRecord {
  return ['sent', number, SENDERS[number]!, atMs]
}

export function acked(number: number, at: string, atMs = number * 100 + 20): RawRecord {
  const { epoch, seq } = place(at)
  return ['acked', number, SENDERS[number]!, epoch, seq, atMs]
}

/** @param number -1 for none of the plan */
export function gets(client: number, number: number, at: string, atMs = number * 100 + 10, room = 0): RawRecord {
  const { epoch, seq } = place(at)
  return ['delivered', client, room, epoch, seq, number, atMs]
}

export function jump(kind: 'gap' | 'hole', client: number, after: string, next: string): RawRecord {
  const from = place(after)
  const to = place(next)
  return [kind, client, 0, from.epoch, from.seq, to.epoch, to.seq, 900]
}

export function phantom(client: number, at: string): RawRecord {
  const { epoch, seq } = place(at)
  return ['phantom', client, 0, epoch, seq, 'x/1', 'who wrote this?', 'not-sent', 900]
}

export function end(client: number, at: string, { isConnected = true, isJoined = true } = {}): RawRecord[] {
  const { epoch, seq } = place(at)
  return [
    ['end', client, isConnected ? 1 : 0],
    ['end-of-room', client, 0, epoch, seq, isJoined ? 1 : 0],
  ]
}

/** The messages as each client got them, one after the other from A1 on. */
export const CLEAN: readonly RawRecord[] = [
  opened(0, 0, -90),
  opened(1, 1, -90),
  joined(0, 'A0', -80),
  joined(1, 'A0', -80),
  ...[0, 1, 2, 4, 5].flatMap((number, index) => {
    const at = `A${index + 1}`
    return [sent(number), gets(0, number, at), gets(1, number, at), acked(number, at)]
  }),
  ...end(0, 'A5'),
  ...end(1, 'A5'),
]

export const CLEAN_COUNTS: NaiveCounts = {
  sent: 5,
  ok: 5,
  // The spare one was never written.
  rejected: 1,
  unknown: 0,
  obligations: 10,
  delivered: 10,
  deliveredAcross: 5,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  diverged: 0,
  phantom: 0,
  declaredGaps: 0,
  stranded: 0,
  holes: 0,
  duplicatedOnWire: 0,
  late: 0,
  uncleanDrains: 0,
  reconnectsPerSecondMax: 0,
  slowReadersWithoutCode: 0,
  connectsFailed: 0,
}

/** Of entries such as 'A1': 0, in order. */
export function logWith(entries: Readonly<Record<string, number>>, firstSeq = 1): RoomLog {
  const list = Object.entries(entries).map(([at, number]) => ({ ...place(at), number }))
  const { epoch, seq } = list.at(-1)!
  return { top: { epoch, seq }, firstSeq, entries: list }
}

export const CLEAN_LOG = logWith({ A1: 0, A2: 1, A3: 2, A4: 4, A5: 5 })

/** A list with the record replaced, by nothing or by several. Throws where it is not in the list once. */
export function replaced(
  records: readonly RawRecord[],
  record: RawRecord,
  ...others: readonly RawRecord[]
): RawRecord[] {
  const isIt = (other: RawRecord) => JSON.stringify(other) === JSON.stringify(record)
  if (records.filter(isIt).length !== 1) throw new Error(`not in the list once: ${JSON.stringify(record)}`)
  return records.flatMap(other => (isIt(other) ? others : [other]))
}

/** The list with two records at each other's place. */
export function swapped(records: readonly RawRecord[], one: RawRecord, other: RawRecord): RawRecord[] {
  const mark: RawRecord = ['unknown', -1]
  return replaced(replaced(replaced(records, one, mark), other, one), mark, other)
}

export function stop(exit: FaultRecord['exit'], changes: Partial<FaultRecord> = {}): FaultRecord {
  return {
    kind: 'stop-instance',
    target: 'chat-2',
    plannedAtMs: 110,
    firedAtMs: 110,
    effectAtMs: 115,
    healedAtMs: 180,
    status: 'fired',
    evidence: 'exited',
    exit,
    ...changes,
  }
}

interface Changes {
  readonly plan?: Partial<Plan>
  readonly run?: Partial<RunFile>
  readonly log?: RoomLog | null
}

export function countsOf(records: readonly RawRecord[], { plan, run, log = CLEAN_LOG }: Changes = {}): NaiveCounts {
  const runFile: RunFile = {
    schema: 1,
    workers: 1,
    zeroAtMs: 0,
    rollCallAtMs: 400,
    healedAtMs: 0,
    residue: [],
    faults: [],
    logs: [log, null],
    ...run,
  }
  return naiveCounts({ ...PLAN, ...plan }, records, runFile)
}
