/** Test support: a room's log in memory, under the contract of `RoomLog.read`. */

import type { Position } from './protocol.ts'
import type { KnownRoom, LogPage, ReadStart } from './room-log.ts'

export interface TestEntry extends Position {
  readonly frame: string
}

export class TestLog {
  epoch = 'a'
  /** Seq of the last entry that has survived, of epochs that have ended. */
  readonly ended = new Map<string, number>()
  entries: TestEntry[] = []
  firstSeq = 1
  reads = 0
  topReads = 0
  /** Most entries in one page, below what the reader asks for. */
  pageEntriesMax = Number.POSITIVE_INFINITY
  /** So many reads to come do not know of the last entries, as with a replica that lags. */
  readonly lag = { reads: 0, entries: 0 }
  /** Rooms whose tops cannot be read. */
  readonly brokenRooms = new Set<string>()

  append(): TestEntry {
    const position = { epoch: this.epoch, seq: this.top + 1 }
    const entry = { ...position, frame: `${position.epoch}:${position.seq}` }
    this.entries.push(entry)
    return entry
  }

  get top(): number {
    return this.entries.at(-1)?.seq ?? this.firstSeq - 1
  }

  /** The server lost the last writes and goes on in a new epoch. */
  lose(count: number, epoch: string): void {
    this.entries = this.entries.slice(0, this.entries.length - count)
    this.ended.set(this.epoch, this.top)
    for (const [ended, last] of this.ended) this.ended.set(ended, Math.min(last, this.top))
    this.epoch = epoch
  }

  /** The server lost everything, and what it knew of epochs too. */
  forget(epoch: string): void {
    this.entries = []
    this.ended.clear()
    this.firstSeq = 1
    this.epoch = epoch
  }

  trim(firstSeq: number): void {
    this.firstSeq = firstSeq
    this.entries = this.entries.filter(({ seq }) => seq >= firstSeq)
  }

  /** Every room has this one log. */
  async tops(rooms: readonly KnownRoom[]): Promise<(Position | Error)[]> {
    this.topReads++
    return rooms.map(({ name }) => {
      return this.brokenRooms.has(name) ? new Error('WRONGTYPE') : { epoch: this.epoch, seq: this.top }
    })
  }

  async read(_room: string, start: ReadStart, limit: number, _known?: Position | null): Promise<LogPage> {
    this.reads++
    const isLate = this.lag.reads > 0
    if (isLate) this.lag.reads--
    const lastSeq = isLate ? this.top - this.lag.entries : this.top
    const top = { epoch: this.epoch, seq: lastSeq }
    if (limit === 0) return { top, from: top, isComplete: true, reason: 'trimmed', end: top.seq, entries: [] }
    const asked = 'after' in start ? start.after : { epoch: this.epoch, seq: lastSeq - start.last }
    const isKnown = asked.epoch === this.epoch || this.ended.has(asked.epoch)
    const last = asked.epoch === this.epoch ? lastSeq : (this.ended.get(asked.epoch) ?? this.firstSeq - 1)
    const from = Math.max(Math.min(asked.seq, last), this.firstSeq - 1)
    const entries = this.entries
      .filter(({ seq }) => seq > from && seq <= lastSeq)
      .slice(0, Math.min(limit, this.pageEntriesMax))
    return {
      top,
      from: { epoch: entries[0]?.epoch ?? this.epoch, seq: from },
      isComplete: !('after' in start) || (isKnown && asked.seq <= last && from === asked.seq),
      reason: isKnown && from > asked.seq ? 'trimmed' : 'epoch-lost',
      end: isKnown ? last : -1,
      entries,
    }
  }
}

/** A frame in short: a message as it is, others as in "joined a:3 of 5" and "gap a:3 to b:2". */
export function inShort(frame: string): string {
  if (!frame.startsWith('{')) return frame
  const { type, position, complete, top, after, next, reason } = JSON.parse(frame)
  if (type === 'joined') return `joined ${complete ? '' : 'in'}complete at ${position.epoch}:${position.seq} of ${top}`
  if (type === 'gap') return `gap (${reason}) ${after.epoch}:${after.seq} to ${next.epoch}:${next.seq}`
  return type
}
