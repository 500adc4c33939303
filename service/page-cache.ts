/**
 * Reads of the past, shared: when many members come back at once, each page of the log is read once for all who stand at the same place or
 * within it, and kept for a while in a bounded memory.
 *
 * Why that is right: within one epoch a log only grows at its end and is trimmed at its beginning. So a page that was read in the epoch
 * in which the room is now is what the log answers still, or answered before it was trimmed, to whoever asks after one of the
 * page's own positions, epoch and seq. Only who knows of messages behind his position is answered so. Everything else goes to the log: opening a
 * room, repairs, and whoever is where his room is or ahead of it. Pages that declare something missing are not kept.
 */

import type { Epoch, Position } from './protocol.ts'
import { isAt, isStale, PAGE_ENTRIES, type RoomReader } from './room.ts'
import type { LogEntry, LogPage, ReadStart } from './room-log.ts'

/** Memory for pages, whatever the number of rooms. Members that are further apart than this read for themselves. */
const BYTES_MAX = 16_777_216
/** About what an entry takes besides its frame. */
const ENTRY_BYTES = 100
/**
 * Pages at a time. If hundreds of members asked at once, the last answer would come later than a command may take, and in the meantime the
 * instance would do nothing else.
 */
const READS_MAX = 8

/** Messages of one room without a hole, within one page's length of seqs. */
interface Run {
  /** The first entry follows this position. */
  readonly from: Position
  readonly entries: LogEntry[]
  bytes: number
}

/** A read that is under way. */
interface Reading {
  readonly after: Position
  readonly page: Promise<LogPage>
}

export interface PageCacheOptions {
  readonly bytesMax: number
  readonly pageEntries: number
}

export class PageCache implements RoomReader {
  readonly #log: RoomReader
  readonly #options: PageCacheOptions
  /** By room, epoch of the room and number of the page; the one that was used last is the last. */
  readonly #runs = new Map<string, Run>()
  readonly #readings = new Map<string, Reading>()
  readonly #waiting: (() => void)[] = []
  #readsFree = READS_MAX
  #bytes = 0

  constructor(log: RoomReader, options: Partial<PageCacheOptions> = {}) {
    this.#log = log
    this.#options = { bytesMax: BYTES_MAX, pageEntries: PAGE_ENTRIES, ...options }
  }

  /** As the log reads. Pages that are shared end where seq is a multiple of their length, so that readers fall into step. */
  async read(room: string, start: ReadStart, limit: number, known: Position | null): Promise<LogPage> {
    const isPast = 'after' in start && known !== null && !isAtOrBeyond(start.after, known)
    if (!isPast || limit < this.#options.pageEntries) return this.#log.read(room, start, limit, known)
    if (this.#readsFree > 0) this.#readsFree--
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await this.#readInTurn(room, start.after, known)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#readsFree++
      else next()
    }
  }

  /** Nobody is in the room any more, so nobody shares. */
  forget(room: string): void {
    for (const [key, run] of this.#runs) {
      if (!key.startsWith(`${room} `)) continue
      this.#runs.delete(key)
      this.#bytes -= run.bytes
    }
  }

  async #readInTurn(room: string, after: Position, known: Position): Promise<LogPage> {
    const { pageEntries } = this.#options
    const length = pageEntries - (after.seq % pageEntries)
    const key = this.#keyOf(room, known.epoch, after)
    for (;;) {
      const kept = this.#entriesAfter(key, after)
      if (kept.length > 0) {
        // Whoever reads from memory would otherwise leave no time for anybody else.
        await new Promise(resolve => setImmediate(resolve))
        return pageOf(after, kept.slice(0, length), known)
      }
      const reading = this.#readings.get(key)
      if (reading === undefined) break
      const page = await reading.page
      if (isAt(reading.after, after) && !isStale(page, known)) return page
    }
    const page = this.#log.read(room, { after }, length, known)
    this.#readings.set(key, { after, page })
    try {
      const { isComplete, entries, top } = await page
      if (isComplete && entries.length > 0) this.#keep(this.#keyOf(room, top.epoch, after), after, entries)
      return page
    } finally {
      this.#readings.delete(key)
    }
  }

  #keyOf(room: string, epoch: Epoch, { seq }: Position): string {
    return `${room} ${epoch} ${Math.floor(seq / this.#options.pageEntries)}`
  }

  #entriesAfter(key: string, after: Position): readonly LogEntry[] {
    const run = this.#runs.get(key)
    if (run === undefined) return []
    const index = after.seq - run.from.seq
    const position = index === 0 ? run.from : run.entries[index - 1]
    if (!isAt(position, after)) return []
    this.#used(key, run)
    return run.entries.slice(index)
  }

  /** Goes on with what is kept of this page, or takes its place. */
  #keep(key: string, after: Position, entries: readonly LogEntry[]): void {
    const kept = this.#runs.get(key)
    const isNext = kept !== undefined && isAt(kept.entries.at(-1), after)
    if (kept !== undefined && !isNext) this.#bytes -= kept.bytes
    const run: Run = isNext ? kept : { from: after, entries: [], bytes: 0 }
    // A string takes up to two bytes for each character.
    const bytes = entries.reduce((sum, { frame }) => sum + 2 * frame.length + ENTRY_BYTES, 0)
    run.entries.push(...entries)
    run.bytes += bytes
    this.#bytes += bytes
    this.#used(key, run)
    for (const [oldest, { bytes }] of this.#runs) {
      if (this.#bytes <= this.#options.bytesMax) break
      this.#runs.delete(oldest)
      this.#bytes -= bytes
    }
  }

  #used(key: string, run: Run): void {
    this.#runs.delete(key)
    this.#runs.set(key, run)
  }
}

/** In one epoch. Of positions in two epochs nothing is known. */
function isAtOrBeyond(position: Position, known: Position): boolean {
  return position.epoch === known.epoch && position.seq >= known.seq
}

/** The top is what the caller knows, unless the page goes further. */
function pageOf(after: Position, entries: readonly LogEntry[], known: Position): LogPage {
  const { epoch, seq } = entries.at(-1)!
  const top = seq < known.seq ? known : { epoch, seq }
  return { top, from: after, isComplete: true, reason: 'trimmed', end: after.seq, entries }
}
