/**
 * Test support: the Redis server of a cluster, in memory, as far as the scripts in `log-scripts.ts` use it. Each call is atomic. The
 * server can be restarted with all of its writes, without the last of them, or without any.
 *
 * It also keeps what Redis does not: every message that ever stood in the log, and every state that the log has been in, for a model
 * to judge by. `contract-log.real.test.ts` compares it with the real scripts on a real Redis.
 *
 * Not handled: expiry, and a log that outlives its state.
 */

import type { Epoch, Position } from '../protocol.ts'
import type { KnownRoom, LogPage, Publication, Published, ReadStart } from '../room-log.ts'

/** One message, as it was appended. */
export interface LogRecord extends Position {
  readonly frame: string
  readonly user: string
  readonly sender: string
  readonly generation: number
  readonly n: number
  readonly text: string
  /** What stood at the seq before it when it was appended; null for the first of all. */
  readonly before: LogRecord | null
}

interface SenderState {
  readonly generation: number
  readonly last: number
  /** Slot → number and the place that it was answered with. */
  readonly places: ReadonlyMap<number, { readonly n: number; readonly position: Position }>
}

/** A room at one moment. Never changed, only replaced. */
export interface RoomState {
  /** Empty where nobody has used the room. */
  readonly epoch: Epoch
  readonly run: string
  /** All messages from seq 1 on, also those that have been trimmed. */
  readonly records: readonly LogRecord[]
  readonly firstSeq: number
  /** Earlier epochs that are remembered, and the last seq that survived of each. */
  readonly ended: ReadonlyMap<Epoch, number>
  readonly senders: ReadonlyMap<string, SenderState>
}

export interface LogServerOptions {
  /** Messages that a room keeps. */
  readonly lengthMax: number
  /** Answers that are remembered for each sender session. */
  readonly memory: number
  /** Most messages in one page, below what the reader asks for. */
  readonly pageEntriesMax: number
}

const UNUSED: RoomState = {
  epoch: '',
  run: '',
  records: [],
  firstSeq: 1,
  ended: new Map(),
  senders: new Map(),
}

/** The newest place of a room. */
export function topOf({ epoch, records }: RoomState): Position {
  return { epoch, seq: records.length }
}

export class LogServer {
  /** Identity of the running server; changes with each start. */
  run = 'run1'
  readonly #options: LogServerOptions
  readonly #rooms = new Map<string, RoomState>()
  /** All rooms before each write. */
  readonly #snapshots: ReadonlyMap<string, RoomState>[] = []
  readonly #moments = new Map<string, RoomState[]>()
  /** By room and place. */
  readonly #records = new Map<string, LogRecord>()
  /** By room and epoch: what stood last in the log when the epoch began. */
  readonly #bases = new Map<string, LogRecord | null>()
  /** Places that were given to a second message: never, where callers tell the run. */
  readonly doubled: string[] = []
  #runs = 1
  #epochs = 0

  constructor(options: LogServerOptions) {
    this.#options = options
  }

  room(name: string): RoomState {
    return this.#rooms.get(name) ?? UNUSED
  }

  /** Every state of a room so far, the oldest first; the last is the present one. */
  moments(name: string): readonly RoomState[] {
    return this.#momentsOf(name)
  }

  /** The message that was given this place, whether or not it still stands there. */
  recordAt(name: string, { epoch, seq }: Position): LogRecord | undefined {
    return this.#records.get(`${name} ${epoch}:${seq}`)
  }

  /** What stood last in the log when the epoch began: null for nothing, undefined where there never was such an epoch. */
  baseOf(name: string, epoch: Epoch): LogRecord | null | undefined {
    return this.#bases.get(`${name} ${epoch}`)
  }

  /** Whether some epoch that a room once had is not remembered in this state of it. */
  hasForgotten(name: string, { epoch, ended }: RoomState): boolean {
    const remembered = new Set([epoch, ...ended.keys()].map(known => `${name} ${known}`))
    return [...this.#bases.keys()].some(known => known.startsWith(`${name} `) && !remembered.has(known))
  }

  /** A name for a new epoch, as callers of the scripts have to bring one. */
  candidate(): Epoch {
    this.#epochs++
    return `e${this.#epochs}`
  }

  /** `appended` is null where nothing was: its hint is not published then. */
  publish(
    run: string,
    publication: Publication,
    candidate: Epoch,
  ): Published & { readonly appended: LogRecord | null } {
    const { room: name, user, sender, generation, n, text, known } = publication
    const { memory, lengthMax } = this.#options
    const key = `${user}/${sender}`
    const found = this.room(name).senders.get(key)
    if (found !== undefined && generation < found.generation) {
      return { is: 'stale-session', generation: found.generation, appended: null }
    }
    const session = found?.generation === generation ? found : { generation, last: 0, places: new Map() }
    if (n <= session.last) {
      const answered = session.places.get(n % memory)
      if (answered?.n !== n) return { is: 'out-of-order', last: session.last, appended: null }
      return { is: 'accepted', position: answered.position, isRepeat: true, appended: null }
    }
    if (n !== session.last + 1) return { is: 'out-of-order', last: session.last, appended: null }

    const room = this.#inItsEpoch(name, run, known, candidate)
    const position = { epoch: room.epoch, seq: room.records.length + 1 }
    const id = `${sender}.${generation}/${n}`
    const frame = JSON.stringify({ type: 'message', room: name, ...position, sentAt: 0, id, from: user, text })
    const before = room.records.at(-1) ?? null
    const record: LogRecord = { ...position, frame, user, sender, generation, n, text, before }
    const records = [...room.records, record]
    const places = new Map(session.places).set(n % memory, { n, position })
    this.#write(name, {
      ...room,
      records,
      firstSeq: Math.max(room.firstSeq, records.length - lengthMax + 1),
      senders: new Map(room.senders).set(key, { generation, last: n, places }),
    })
    this.#note(name, record)
    return { is: 'accepted', position, isRepeat: false, appended: record }
  }

  read(run: string, name: string, start: ReadStart, limit: number, known: Position | null, candidate: Epoch): LogPage {
    const room = this.#saved(name, run, known, candidate)
    const top = topOf(room)
    if (limit === 0) return { top, from: top, isComplete: true, reason: 'epoch-lost', end: top.seq, entries: [] }
    const asked = 'after' in start ? start.after : null
    const end = asked === null || asked.epoch === room.epoch ? top.seq : room.ended.get(asked.epoch)
    const wanted = 'last' in start ? top.seq - start.last : Math.min(start.after.seq, end ?? 0)
    const from = Math.max(wanted, room.firstSeq - 1)
    const pageEnd = from + Math.min(limit, this.#options.pageEntriesMax)
    const entries = room.records.slice(from, pageEnd).map(({ epoch, seq, frame }) => ({ epoch, seq, frame }))
    const isKnown = end !== undefined
    return {
      top,
      from: { epoch: entries[0]?.epoch ?? room.epoch, seq: from },
      // A position above the end of its epoch is lost, also where the log has been trimmed to just its seq.
      isComplete: asked === null || (isKnown && asked.seq <= end && from === asked.seq),
      reason: isKnown && asked !== null && from > asked.seq ? 'trimmed' : 'epoch-lost',
      end: end ?? -1,
      entries,
    }
  }

  tops(run: string, rooms: readonly KnownRoom[], candidate: Epoch): Position[] {
    return rooms.map(({ name, position }) => topOf(this.#saved(name, run, position, candidate)))
  }

  /** For {@link restart}. */
  get writeCount(): number {
    return this.#snapshots.length
  }

  /** The oldest messages go; one stays. */
  trim(name: string, count: number): void {
    const room = this.room(name)
    const firstSeq = Math.max(1, Math.min(room.firstSeq + count, room.records.length))
    if (firstSeq > room.firstSeq) this.#write(name, { ...room, firstSeq })
  }

  /** Starts anew, without the last `lostWrites` writes. */
  restart(lostWrites: number): void {
    this.#runs++
    this.run = `run${this.#runs}`
    if (lostWrites === 0) return
    const index = Math.max(0, this.#snapshots.length - lostWrites)
    const snapshot = this.#snapshots[index] ?? new Map()
    this.#snapshots.length = Math.min(index, this.#snapshots.length)
    for (const name of this.#rooms.keys()) this.#put(name, snapshot.get(name) ?? UNUSED)
  }

  restartEmpty(): void {
    this.restart(this.#snapshots.length)
  }

  #inItsEpoch(name: string, run: string, known: Position | null, candidate: Epoch): RoomState {
    const room = this.room(name)
    const top = topOf(room)
    const hasLost = (run !== '' && room.run !== run) || (known?.epoch === room.epoch && known.seq > top.seq)
    if (room.epoch !== '' && !hasLost) return room
    this.#bases.set(`${name} ${candidate}`, room.records.at(-1) ?? null)
    const ended = new Map(room.ended)
    if (room.epoch !== '') ended.set(room.epoch, top.seq)
    return { ...room, epoch: candidate, run, ended }
  }

  #saved(name: string, run: string, known: Position | null, candidate: Epoch): RoomState {
    const room = this.#inItsEpoch(name, run, known, candidate)
    if (room !== this.room(name)) this.#write(name, room)
    return room
  }

  #write(name: string, room: RoomState): void {
    this.#snapshots.push(new Map(this.#rooms))
    this.#put(name, room)
  }

  #put(name: string, room: RoomState): void {
    this.#rooms.set(name, room)
    this.#momentsOf(name).push(room)
  }

  #momentsOf(name: string): RoomState[] {
    const moments = this.#moments.get(name) ?? [UNUSED]
    this.#moments.set(name, moments)
    return moments
  }

  #note(name: string, record: LogRecord): void {
    const key = `${name} ${record.epoch}:${record.seq}`
    if (this.#records.has(key)) this.doubled.push(key)
    this.#records.set(key, record)
  }
}
