/**
 * The log of rooms: the truth about what was said, in which order. Instances publish into it and read from it by two atomic
 * scripts; see `log-scripts.ts`.
 */

import { randomBytes } from 'node:crypto'
import { evaluate, loadedScript } from './loaded-script.ts'
import { EMPTY_ROOM_EXPIRY_MS, PUBLISH_SCRIPT, READ_SCRIPT, TOPS_SCRIPT } from './log-scripts.ts'
import type { Metrics } from './metrics.ts'
import { PageCache } from './page-cache.ts'
import type { Epoch, GapReason, Position } from './protocol.ts'
import { PublishQueue } from './publish-queue.ts'
import type { RedisLink } from './redis-link.ts'

export interface Publication {
  readonly room: string
  readonly user: string
  readonly sender: string
  readonly generation: number
  readonly n: number
  readonly text: string
  /** The newest position of the room that this instance knows, so that a server that lost writes is found out. */
  readonly known: Position | null
}

/** A number that is used once: a text that differs is refused, and the session is remembered for so long. */
export interface Once {
  readonly digest: string
  readonly expiryMs: number
}

export type Published =
  | { readonly is: 'accepted'; readonly position: Position; readonly isRepeat: boolean }
  | { readonly is: 'out-of-order'; readonly last: number }
  | { readonly is: 'stale-session'; readonly generation: number }

/** The same number came with another text before. */
export type Changed = { readonly is: 'changed' }

type Message = Publication & { readonly once: Once | undefined }

/** What the script answers to one message. */
type PublishAnswer = readonly [
  is: 'ok' | 'again' | 'out-of-order' | 'stale-session' | 'changed',
  detail: string | number,
  seq: number,
]

/** An entry of the log: the frame is ready to be sent. */
export interface LogEntry {
  readonly epoch: Epoch
  readonly seq: number
  readonly frame: string
}

export interface LogPage {
  /** The newest position of the room at the time of reading. */
  readonly top: Position
  /** The entries follow this position. */
  readonly from: Position
  /** False where messages between the asked position and `from` are gone. */
  readonly isComplete: boolean
  readonly reason: GapReason
  /** The last seq of the asked epoch that survived; -1 where nobody remembers the epoch. */
  readonly end: number
  readonly entries: readonly LogEntry[]
}

/** Where to begin to read: after a position, or with the last so many messages. */
export type ReadStart = { readonly after: Position } | { readonly last: number }

export interface RoomLogOptions {
  readonly link: RedisLink
  readonly instance: string
  readonly logLengthMax: number
  readonly logExpiryMs: number
  readonly sessionExpiryMs: number
  /** Answers that are remembered for each sender session. */
  readonly memory: number
  readonly metrics: Pick<Metrics, 'redisPublishDuration'>
}

/** A room, and what an instance knows of it. */
export interface KnownRoom {
  readonly name: string
  readonly position: Position | null
}

const PUBLISH = loadedScript(PUBLISH_SCRIPT)
const READ = loadedScript(READ_SCRIPT)
const TOPS = loadedScript(TOPS_SCRIPT)

/** To be loaded on each new connection. */
export const LOG_SCRIPTS = [PUBLISH, READ, TOPS]

const EPOCH_BYTES = 9
const NAMES_DRAWN = 256
/** Names of rooms that are remembered for a connection. */
const TOUCHED_ROOMS_MAX = 100_000
/** A page ends with the frame that reaches this, so that one of long messages is not many megabytes. */
const PAGE_BYTES_MAX = 262_144
/** The heartbeat keeps its rooms alive once in this share of their expiry. */
const KEEP_ALIVE_SHARE = 1 / 4
/** Whose keys a heartbeat keeps alive, as the script has it. */
const KEPT = { none: 0, empty: 1, all: 2 }
/** Rooms in one call for tops: some 2 ms of Redis' time, which is a short wait for everybody else. */
export const TOPS_BATCH = 500

export function channelOf(room: string): string {
  return `tuesday:{${room}}:live`
}

export class RoomLog {
  readonly #options: RoomLogOptions
  /** When the heartbeat has to keep its rooms alive again. Whoever opens a room does so too. */
  #keepAllAtMs = 0
  #keepEmptyAtMs = 0
  readonly #queue = new PublishQueue<Message, Published | Changed>((...asked) => this.#publishAll(...asked))
  readonly #pages = new PageCache({ read: (...asked) => this.#readNow(...asked) })

  /** Rooms that this connection has been used for, where the server does not tell its incarnation. */
  readonly #touched = new Set<string>()

  constructor(options: RoomLogOptions) {
    this.#options = options
    options.link.on('lost', () => this.#touched.clear())
  }

  /**
   * Appends a message and publishes it, in one step, together with the others of this turn. Throws `NotRun` where nothing was written, `Unconfirmed` where nobody
   * knows.
   */
  publish(publication: Publication): Promise<Published>
  publish(publication: Publication, once: Once): Promise<Published | Changed>
  publish(publication: Publication, once?: Once): Promise<Published | Changed> {
    return this.#queue.add({ ...publication, once })
  }

  async #publishAll(room: string, messages: readonly Message[]): Promise<(Published | Changed)[]> {
    const { link, instance, logLengthMax, logExpiryMs, sessionExpiryMs, memory, metrics } = this.#options
    const known = messages.findLast(({ known }) => known !== null)?.known ?? null
    const senders = [...new Set(messages.map(({ user, sender }) => `tuesday:{${room}}:sender:${user}/${sender}`))]
    const values = [...this.#epochArguments(known, [room]), channelOf(room), logLengthMax, logExpiryMs, memory]
    values.push(`${Date.now()} ${instance}`, `{"type":"message","room":"${room}",`)
    for (const { user, sender, generation, n, text, once } of messages) {
      const tail = `"id":"${sender}.${generation}/${n}","from":"${user}","text":${JSON.stringify(text)}}`
      const number = senders.indexOf(`tuesday:{${room}}:sender:${user}/${sender}`) + 1
      values.push(number, once?.expiryMs ?? sessionExpiryMs, generation, n, tail, once?.digest ?? '')
    }
    const keys = [...keysOf(room), ...senders]
    const startMs = performance.now()
    const [isPublished, ...answers] = (await evaluate(link, PUBLISH, keys, values)) as [number, ...PublishAnswer[]]
    metrics.redisPublishDuration.observe((performance.now() - startMs) / 1000)
    if (answers.some(([is]) => is === 'ok')) this.#touch([room])
    if (isPublished === 0) this.#publishHint(room, answers)
    return answers.map(publishedOf)
  }

  /** PUBLISH is not allowed inside a script here. The hint carries no frame; who gets it reads the log. */
  #publishHint(room: string, answers: readonly PublishAnswer[]): void {
    const { link, instance } = this.#options
    const [, epoch, seq] = answers.findLast(([is]) => is === 'ok')!
    link.redis.publish(channelOf(room), `h ${epoch} ${seq} ${Date.now()} ${instance}\n`).catch(() => {})
  }

  /**
   * Reads up to `limit` messages, oldest first; fewer where they are long. With limit 0 only the top. Reads of what lies below `known` are
   * shared, see `page-cache.ts`. `known` is null for who opens a room, with limit 0, or does not serve it. Throws `NotRun` or
   * `Unconfirmed` where Redis is away.
   */
  read(room: string, start: ReadStart, limit: number, known: Position | null): Promise<LogPage> {
    return this.#pages.read(room, start, limit, known)
  }

  /** Nobody here serves the room any more. */
  forget(room: string): void {
    this.#pages.forget(room)
  }

  async #readNow(room: string, start: ReadStart, limit: number, known: Position | null): Promise<LogPage> {
    const asked = 'after' in start ? start.after : null
    const isServed = known !== null || limit === 0
    const reply = (await evaluate(this.#options.link, READ, keysOf(room), [
      ...this.#epochArguments(known, [room]),
      this.#options.logExpiryMs,
      asked?.epoch ?? '',
      asked?.seq ?? 0,
      'last' in start ? start.last : 0,
      limit,
      PAGE_BYTES_MAX,
      isServed ? 1 : 0,
    ])) as [string, number, number, number, [string, string[]][]]
    this.#touch([room])
    const [epoch, topSeq, from, end, raw] = reply
    const entries = raw.map(([id, fields]) => ({
      epoch: fields[1]!,
      seq: Number.parseInt(id, 10),
      frame: fields[3]!,
    }))
    const fromEpoch = entries[0]?.epoch ?? epoch
    const isComplete = asked === null || (asked.seq <= end && from === asked.seq)
    return {
      top: { epoch, seq: topSeq },
      from: { epoch: fromEpoch, seq: from },
      isComplete,
      reason: end >= 0 && asked !== null && from > asked.seq ? 'trimmed' : 'epoch-lost',
      end,
      entries,
    }
  }

  /**
   * The tops of many rooms, in few round trips, whatever their number; an error in the place of a room that cannot be read. Throws
   * `NotRun` or `Unconfirmed` where Redis is away.
   */
  async tops(rooms: readonly KnownRoom[]): Promise<(Position | Error)[]> {
    const nowMs = performance.now()
    const kept = nowMs >= this.#keepAllAtMs ? KEPT.all : nowMs >= this.#keepEmptyAtMs ? KEPT.empty : KEPT.none
    const batches: Promise<(Position | Error)[]>[] = []
    for (let start = 0; start < rooms.length; start += TOPS_BATCH)
      batches.push(this.#topsOf(rooms.slice(start, start + TOPS_BATCH), kept))
    const tops = (await Promise.all(batches)).flat()
    const { logExpiryMs } = this.#options
    if (kept >= KEPT.empty) this.#keepEmptyAtMs = nowMs + Math.min(logExpiryMs, EMPTY_ROOM_EXPIRY_MS) * KEEP_ALIVE_SHARE
    if (kept === KEPT.all) this.#keepAllAtMs = nowMs + logExpiryMs * KEEP_ALIVE_SHARE
    return tops
  }

  async #topsOf(rooms: readonly KnownRoom[], kept: number): Promise<(Position | Error)[]> {
    const names = rooms.map(({ name }) => name)
    const keys = names.flatMap(keysOf)
    const known = rooms.flatMap(({ position }) => [position?.epoch ?? '', position?.seq ?? 0])
    const [run, , , candidate] = this.#epochArguments(null, names)
    const values = [run!, candidate!, this.#options.logExpiryMs, kept, ...known]
    const flat = (await evaluate(this.#options.link, TOPS, keys, values)) as (string | number)[]
    this.#touch(names)
    return rooms.map((_, index) => {
      const [epoch, top] = [flat[2 * index], flat[2 * index + 1]]
      return epoch === '' ? new Error(String(top)) : { epoch: String(epoch), seq: Number(top) }
    })
  }

  /**
   * Where the server does not tell its incarnation, each new connection may be to another one that has lost writes, and what somebody else
   * knows of the room is not known here. So what uses a room first on a connection names an incarnation that nobody has, and begins an epoch.
   */
  #epochArguments(known: Position | null, rooms: readonly string[]): (string | number)[] {
    const { runId } = this.#options.link
    const isFirst = runId === '' && rooms.some(room => !this.#touched.has(room))
    return [isFirst ? randomName() : runId, known?.epoch ?? '', known?.seq ?? 0, randomName()]
  }

  #touch(rooms: readonly string[]): void {
    if (this.#options.link.runId !== '') return
    // Those that come in again begin one epoch more.
    if (this.#touched.size > TOUCHED_ROOMS_MAX) this.#touched.clear()
    for (const room of rooms) this.#touched.add(room)
  }
}

function publishedOf([is, detail, seq]: PublishAnswer): Published | Changed {
  if (is === 'changed') return { is }
  if (is === 'out-of-order') return { is, last: Number(detail) }
  if (is === 'stale-session') return { is, generation: Number(detail) }
  return { is: 'accepted', position: { epoch: String(detail), seq }, isRepeat: is === 'again' }
}

/** Random bytes are drawn in advance: a call for each name would be most of what it costs. */
let randomPool = Buffer.alloc(0)

function randomName(): string {
  if (randomPool.length < EPOCH_BYTES) randomPool = randomBytes(EPOCH_BYTES * NAMES_DRAWN)
  const name = randomPool.toString('base64url', 0, EPOCH_BYTES)
  randomPool = randomPool.subarray(EPOCH_BYTES)
  return name
}

function keysOf(room: string): [string, string] {
  return [`tuesday:{${room}}:head`, `tuesday:{${room}}:log`]
}
