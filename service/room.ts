/**
 * One room on one instance: knows its position, delivers the live stream in order without holes, and repairs a hole by one
 * read of the log, whatever the number of members. Holds no sockets and does no I/O of its own; the log is passed in.
 *
 * Live messages are hints that may be lost, repeated or late. The log is the truth.
 */

import type { Flush } from './flush-schedule.ts'
import { FrameBatch } from './frame-batch.ts'
import type { Count } from './presence.ts'
import type { GapReason, Position } from './protocol.ts'
import type { LogEntry, LogPage, ReadStart } from './room-log.ts'

/** Entries in one read of the log. Large enough for few round trips, small enough that Redis answers others in between. */
export const PAGE_ENTRIES = 200
/** Live messages kept while a repair runs. What does not fit is read from the log. */
const BUFFERED_MAX = 1000
/** Characters that are written at once, so that what a batch holds is bounded and a slow reader is found early. */
const BATCH_LENGTH_MAX = 65_536
/** Wait before a repair that failed is tried again. */
const REPAIR_RETRY_MS = 250
/** Reads of one page before one that is older than what is known is given up, and the wait between them. */
const STALE_READS_MAX = 5
const STALE_RETRY_MS = 100

/** A message as it came over the room's channel. `frame` is null in a bare hint. */
export interface LiveMessage {
  readonly epoch: string
  readonly seq: number
  readonly frame: string | null
}

/** One joined connection. */
export interface Member {
  /** Writes a frame to the socket. Never waits. */
  write(frame: string): void
  /** Writes what every listener of the room gets. Never waits. */
  writeBatch(batch: FrameBatch): void
  /** What it has read as history beyond the room's position: live messages up to here are skipped. Set by the room. */
  ahead: Position | null
}

/** What a room needs of the log. `known` is the newest position that the caller knows. */
export interface RoomReader {
  read(room: string, start: ReadStart, limit: number, known: Position | null): Promise<LogPage>
}

export interface RoomEvents {
  /** There is something to write and was nothing before, or there is as much as last time; `flush` is to be called soon. */
  pending(room: Room): void
  /** So many messages were written to so many members, to each in one write. */
  delivered(messages: number, members: number): void
  /** So many members are told of a gap. */
  gapDeclared(reason: GapReason, during: GapMoment, members: number): void
  repaired(cause: RepairCause, entryCount: number): void
}

/** Whether a gap was told to members who were there, or to one who came back, perhaps after very long. */
export const GAP_MOMENTS = ['live', 'resume'] as const
export type GapMoment = (typeof GAP_MOMENTS)[number]

export const REPAIR_CAUSES = ['hole', 'heartbeat', 'reconnect', 'catch-up'] as const
export type RepairCause = (typeof REPAIR_CAUSES)[number]

export class Room {
  readonly name: string
  readonly members = new Set<Member>()
  /** Null until the room is open. */
  position: Position | null = null
  readonly #log: RoomReader
  readonly #events: RoomEvents
  /** The `count` frame that was written last; null where the numbers are not known yet. */
  countFrame: string | null = null
  lastFlush: Flush = { atMs: Number.NEGATIVE_INFINITY, tookMs: 0, frames: 0 }
  /** Members in the live stream: those that hear what the room hears, and those that have read ahead of it. */
  readonly #listeners = new Set<Member>()
  readonly #readers = new Set<Member>()
  /** What the listeners have still to be written; the room's position is behind it already. */
  #pending: string[] = []
  #pendingLength = 0
  #pendingMessages = 0
  #buffered: LiveMessage[] = []
  #repairing: Promise<void> | null = null
  #isClosed = false

  constructor(name: string, log: RoomReader, events: RoomEvents) {
    this.name = name
    this.#log = log
    this.#events = events
  }

  /** To be called once subscribed: takes the position from the log. Live messages may come in before and meanwhile. */
  async open(): Promise<void> {
    const page = await this.#log.read(this.name, { last: 0 }, 0, null)
    this.position = page.top
    this.#drainBuffered()
  }

  close(): void {
    this.#isClosed = true
    this.#buffered = []
  }

  /** Writes the numbers to everybody where they have changed. */
  setCount({ connections, participants }: Count): void {
    const frame = JSON.stringify({ type: 'count', room: this.name, connections, participants })
    if (frame === this.countFrame) return
    this.countFrame = frame
    for (const member of this.#readers) member.write(frame)
    this.#append(frame)
  }

  /** Brings a member that has read up to this position into the live stream. */
  goLive(member: Member, position: Position): void {
    if (isAt(position, this.position!)) return this.#listen(member)
    member.ahead = position
    this.#readers.add(member)
  }

  /** Takes a member out of the live stream. What is pending is not written to it any more. */
  goQuiet(member: Member): void {
    this.#listeners.delete(member)
    this.#readers.delete(member)
  }

  /** The frame that declares to so many members what is missing between a position and a page that does not continue it. */
  gapFrame(
    after: Position,
    { from, reason }: Pick<LogPage, 'from' | 'reason'>,
    during: GapMoment,
    members = 1,
  ): string {
    this.#events.gapDeclared(reason, during, members)
    const next: Position = { epoch: from.epoch, seq: from.seq + 1 }
    return JSON.stringify({ type: 'gap', room: this.name, after, next, reason })
  }

  get pendingFrames(): number {
    return this.#pending.length
  }

  /** Writes to the listeners what is pending, in one write each. */
  flush(): void {
    if (this.#pending.length === 0) return
    const batch = new FrameBatch(this.#pending)
    const messages = this.#pendingMessages
    this.#pending = []
    this.#pendingLength = 0
    this.#pendingMessages = 0
    const atMs = performance.now()
    if (messages > 0) this.#events.delivered(messages, this.#listeners.size)
    for (const member of this.#listeners) member.writeBatch(batch)
    this.lastFlush = { atMs, tookMs: performance.now() - atMs, frames: batch.frames.length }
  }

  /** What is pending is from before this member. */
  #listen(member: Member): void {
    this.flush()
    this.#readers.delete(member)
    member.ahead = null
    this.#listeners.add(member)
  }

  #append(frame: string): void {
    if (this.#listeners.size === 0) return
    this.#pending.push(frame)
    this.#pendingLength += frame.length
    if (this.#pendingLength >= BATCH_LENGTH_MAX) this.flush()
    else if (this.#pending.length === 1 || this.#pending.length === this.lastFlush.frames) this.#events.pending(this)
  }

  /** A message came over the channel. */
  offer(message: LiveMessage): void {
    if (this.position === null || this.#repairing !== null) {
      if (this.#buffered.length < BUFFERED_MAX) this.#buffered.push(message)
      return
    }
    if (!this.#accept(message)) void this.repair('hole')
  }

  /** Whether the room is behind this top of the log. A room in another epoch is. */
  isBehind(top: Position): boolean {
    return this.position !== null && (this.position.epoch !== top.epoch || this.position.seq < top.seq)
  }

  /** Reads the log on from the room's position until it has the top. Callers meanwhile share the one read. */
  repair(cause: RepairCause): Promise<void> {
    this.#repairing ??= this.#repairUntilDone(cause).finally(() => {
      this.#repairing = null
      this.#drainBuffered()
    })
    return this.#repairing
  }

  /** False where there is a hole before the message, or its epoch is another one. */
  #accept(message: LiveMessage): boolean {
    const { epoch, seq } = this.position!
    if (message.epoch !== epoch) return false
    if (message.seq <= seq) return true
    if (message.seq !== seq + 1 || message.frame === null) return false
    this.position = { epoch, seq: message.seq }
    this.#deliver({ epoch, seq: message.seq, frame: message.frame })
    return true
  }

  #drainBuffered(): void {
    const buffered = this.#buffered
    this.#buffered = []
    for (const message of buffered) this.offer(message)
  }

  async #repairUntilDone(cause: RepairCause): Promise<void> {
    while (!this.#isClosed && this.position !== null) {
      try {
        if (await this.#repairByOnePage(cause)) return
      } catch {
        await new Promise(resolve => setTimeout(resolve, REPAIR_RETRY_MS))
      }
    }
  }

  /** True once the room has the top. */
  async #repairByOnePage(cause: RepairCause): Promise<boolean> {
    const after = this.position!
    const page = await readFresh(this.#log, this.name, after, PAGE_ENTRIES, after)
    this.#declareGaps(after, page)
    for (const entry of page.entries) this.#deliver(entry)
    this.position = endOf(page)
    this.#events.repaired(cause, page.entries.length)
    return this.position.seq >= page.top.seq
  }

  #deliver(entry: LogEntry): void {
    for (const member of this.#readers) if (!this.#hasRead(member, entry)) this.#listen(member)
    if (this.#listeners.size === 0) return
    this.#pendingMessages++
    this.#append(entry.frame)
  }

  /** Whether the member has the entry from reading ahead of the room. Where a new epoch took back what it has, it is told. */
  #hasRead(member: Member, { epoch, seq }: Position): boolean {
    const ahead = member.ahead!
    if (epoch === ahead.epoch && seq <= ahead.seq) return true
    if (seq <= ahead.seq) {
      member.write(this.gapFrame(ahead, { from: { epoch, seq: seq - 1 }, reason: 'epoch-lost' }, 'live'))
    }
    return false
  }

  /** Tells each member what of its own is gone, before the entries of the page. */
  #declareGaps(after: Position, page: LogPage): void {
    if (!page.isComplete) this.#append(this.gapFrame(after, page, 'live', this.#listeners.size))
    for (const member of this.#readers) {
      const ahead = member.ahead!
      if (isLost(ahead, after, page)) {
        // What has survived of its reading stays read.
        const seq = Math.max(page.end, page.from.seq)
        const next = page.entries.find(entry => entry.seq > seq)
        // Told with the page that has what comes next.
        if (next === undefined && endOf(page).seq < page.top.seq) continue
        member.ahead = { epoch: after.epoch, seq }
        const from = { epoch: next?.epoch ?? page.top.epoch, seq }
        member.write(this.gapFrame(ahead, { from, reason: 'epoch-lost' }, 'live'))
      } else if (!page.isComplete && !isBefore(page, after, ahead)) {
        member.write(this.gapFrame(ahead, page, 'live'))
        this.#listen(member)
      }
    }
  }
}

/**
 * Reads again where the page is older than what is known or asked for, as from a replica that lags. In the end it throws where it is older than
 * what is known, which is never believed. A position that was only asked for may be one that the log has lost.
 */
export async function readFresh(
  log: RoomReader,
  room: string,
  after: Position,
  limit: number,
  known: Position,
): Promise<LogPage> {
  for (let reads = 1; ; reads++) {
    const page = await log.read(room, { after }, limit, known)
    const isBelowKnown = isStale(page, known)
    if (!isBelowKnown && !isStale(page, after)) return page
    if (reads === STALE_READS_MAX) {
      if (!isBelowKnown) return page
      throw new Error(`the log of the room ends at seq ${page.top.seq}, and ${known.seq} is known`)
    }
    await new Promise(resolve => setTimeout(resolve, STALE_RETRY_MS))
  }
}

/** A log that has lost what is known goes on in another epoch; one that says less in the same epoch has not heard of it yet. */
export function isStale({ top }: LogPage, known: Position): boolean {
  return top.epoch === known.epoch && top.seq < known.seq
}

export function isAt(position: Position | undefined, other: Position): boolean {
  return position?.epoch === other.epoch && position.seq === other.seq
}

/** The position of somebody who has read this page. At the top it is told in the newest epoch. */
export function endOf(page: LogPage): Position {
  const last: LogEntry | undefined = page.entries.at(-1)
  const seq = last?.seq ?? page.from.seq
  return seq >= page.top.seq ? page.top : { epoch: last?.epoch ?? page.from.epoch, seq }
}

/** Whether the last of what somebody has read, in the epoch in which the room was, has not survived that epoch. */
function isLost(ahead: Position, after: Position, page: LogPage): boolean {
  return ahead.epoch === after.epoch && after.epoch !== page.top.epoch && page.end >= 0 && ahead.seq > page.end
}

/** Whether what the page has lost lies before what somebody has. Of reading in an epoch between the two nothing is known: a gap then, rather. */
function isBefore(page: LogPage, after: Position, ahead: Position): boolean {
  const hasSurvived = ahead.epoch === page.top.epoch || (ahead.epoch === after.epoch && page.end >= 0)
  return hasSurvived && ahead.seq >= page.from.seq
}
