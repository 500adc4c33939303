/**
 * Test support: what one connection has to be told, after docs/protocol.md. It is shown each frame that is sent and each that comes back, and
 * throws at the first that is not due.
 *
 * Two orders are certain: answers that need no log come in the order of their frames, and answers to sends in the order of the sends.
 */

import {
  CLOSE_CODES,
  type CloseName,
  ERROR_CODES,
  type ErrorCode,
  type JoinFrame,
  type Limits,
  type Position,
  type RejectCode,
  type SendFrame,
} from '../protocol.ts'
import { type Payload, readPayload } from './frame-reading.ts'
import type { RoomModel } from './room-model.ts'

/** A frame of the service before anything about it is believed. */
export type Told = Readonly<Record<string, unknown>>

export interface Visitor {
  readonly user: string
  /** Rooms that the token allows; null for all. */
  readonly rooms: ReadonlySet<string> | null
}

export interface ConnectionOracleOptions {
  readonly visitor: Visitor
  readonly limits: Limits
  /** Null for a room of others, whose messages cannot be foretold. */
  readonly modelOf: (room: string) => RoomModel | null
}

/** An answer that is due. */
interface Due {
  readonly what: string
  fits(frame: Told): boolean
}

/** A stay in a room. */
interface Stay {
  readonly model: RoomModel | null
  readonly asked: JoinFrame
  /** The room's top when the join was sent. */
  readonly topAtLeast: number
  /** Null until the join is answered. */
  position: Position | null
  /** Due after a `joined` that was not complete. */
  gapNext: Position | null
}

const MESSAGE_CHARACTERS_MAX = 300
const CODES_FROM_LOG: readonly unknown[] = ['out-of-order', 'stale-session']

export class ConnectionOracle {
  readonly #options: ConnectionOracleOptions
  readonly #stays = new Map<string, Stay>()
  /** Rooms that it has been in at all: numbers of them may come a little late. */
  readonly #visited = new Set<string>()
  readonly #due: Due[] = []
  /** By room: those of one room come in the order of its sends, and nothing is said of the order of rooms. */
  readonly #dueFromLog = new Map<string, Due[]>()
  /** A room whose `leave` is not answered. */
  #leaving: string | null = null
  /** With which code the socket has to be closed; null while it has to stay open. */
  closeCode: number | null = null

  constructor(options: ConnectionOracleOptions) {
    this.#options = options
  }

  get visitor(): Visitor {
    return this.#options.visitor
  }

  get rooms(): string[] {
    return [...this.#stays.keys()]
  }

  /** Whether what is sent next could overtake what has been sent. */
  get mustSettle(): boolean {
    return this.#leaving !== null
  }

  /** The next thing that is due; null where there is none. */
  get missing(): string | null {
    const [due] = [...this.#due, ...[...this.#dueFromLog.values()].flat()]
    if (due !== undefined) return due.what
    for (const [room, { position, gapNext, model }] of this.#stays) {
      if (position === null) return `the answer to the join of ${room}`
      if (gapNext !== null) return `the gap of ${room}`
      if (model !== null && position.seq < model.top) return `message ${position.seq + 1} of ${room}`
    }
    return null
  }

  /** Whether the socket has to be closed at this frame. */
  isFatal(payload: Payload): boolean {
    const reading = readPayload(payload, this.#options.limits)
    return reading.is === 'close' || (reading.is === 'error' && ERROR_CODES[reading.code].closes !== null)
  }

  /** The first frame of every socket that is let in. */
  expectWelcome(instance: string): void {
    const { visitor, limits } = this.#options
    const due = JSON.stringify({ type: 'welcome', instance, user: visitor.user, limits })
    this.#due.push({ what: due, fits: frame => JSON.stringify(frame) === due })
  }

  /** Shows a frame that is being sent. */
  sent(payload: Payload): void {
    if (this.closeCode !== null) return
    const reading = readPayload(payload, this.#options.limits)
    if (reading.is === 'close') this.closeCode = reading.code
    else if (reading.is === 'error') this.#expectError([reading.code], reading.room, reading.code === 'unknown-type')
    else if (reading.frame.type === 'ping') this.#expectPong(reading.frame.nonce)
    else if (reading.frame.type === 'join') this.#join(reading.frame)
    else if (reading.frame.type === 'leave') this.#leave(reading.frame.room)
    else this.#send(reading.frame)
  }

  /** Shows a frame that has come. Throws where it is not due. */
  told(frame: Told): void {
    switch (frame.type) {
      case 'welcome':
      case 'pong':
      case 'error':
      case 'left':
        return this.#answered(this.#due, frame)
      case 'reject':
        return this.#answered(CODES_FROM_LOG.includes(frame.code) ? this.#dueFromLogOf(frame.room) : this.#due, frame)
      case 'ack':
        return this.#answered(this.#dueFromLogOf(frame.room), frame)
      case 'count':
        if (this.#visited.has(String(frame.room))) return
        break
      case 'joined':
        return this.#joined(this.#stayOf(frame), frame)
      case 'gap':
        return this.#gap(this.#stayOf(frame), frame)
      case 'message':
        return this.#message(this.#stayOf(frame), frame)
    }
    throw new Error(`${String(frame.type)} is not due`)
  }

  #dueFromLogOf(room: unknown): Due[] {
    const due = this.#dueFromLog.get(String(room)) ?? []
    this.#dueFromLog.set(String(room), due)
    return due
  }

  #answered(due: Due[], frame: Told): void {
    if (due[0]?.fits(frame) !== true) throw new Error(`${String(frame.type)} is not due`)
    due.shift()
  }

  #expectPong(nonce: number): void {
    this.#due.push({ what: `pong ${nonce}`, fits: frame => frame.type === 'pong' && frame.nonce === nonce })
  }

  /** One of the codes, with the room, where there is one; `mayLeaveOut`: or without. */
  #expectError(codes: readonly ErrorCode[], room: string | null, mayLeaveOut = false): void {
    const closes: CloseName | null = ERROR_CODES[codes[0]!].closes
    if (closes !== null) this.closeCode = CLOSE_CODES[closes].code
    this.#due.push({
      what: `error ${codes.join(' or ')}${room === null ? '' : ` of ${room}`}`,
      fits: frame => {
        const { type, code, message } = frame
        const namesRoom = frame.room === (room ?? undefined) || (mayLeaveOut && frame.room === undefined)
        const isSaid = typeof message === 'string' && /\S/.test(message) && message.length <= MESSAGE_CHARACTERS_MAX
        return type === 'error' && codes.includes(code as ErrorCode) && namesRoom && isSaid
      },
    })
  }

  #join(frame: JoinFrame): void {
    const { visitor, limits, modelOf } = this.#options
    const { room } = frame
    const faults: ErrorCode[] = []
    if (visitor.rooms !== null && !visitor.rooms.has(room)) faults.push('forbidden')
    if (this.#stays.has(room)) faults.push('already-joined')
    if (this.#stays.size >= limits.roomsMax) faults.push('too-many-rooms')
    if (faults.length > 0) return this.#expectError(faults, room)
    const model = modelOf(room)
    this.#visited.add(room)
    this.#stays.set(room, { model, asked: frame, topAtLeast: model?.top ?? 0, position: null, gapNext: null })
  }

  #leave(room: string): void {
    const stay = this.#stays.get(room)
    if (stay === undefined || room === this.#leaving) return this.#expectError(['not-joined'], room)
    // Sent after a join that is not answered yet, it may come before the answer, and then there is none.
    const mayBeEarly = stay.position === null
    this.#leaving = room
    this.#due.push({
      what: `left ${room}`,
      fits: frame => {
        const isEarly = mayBeEarly && stay.position === null
        const isFit = isEarly
          ? frame.type === 'error' && frame.code === 'not-joined' && frame.room === room
          : frame.type === 'left' && frame.room === room && isSame(frame.position, stay.position)
        if (!isFit) return false
        this.#stays.delete(room)
        this.#leaving = null
        return true
      },
    })
  }

  #send({ room, session, n, text }: SendFrame): void {
    const { visitor, limits } = this.#options
    const stay = this.#stays.get(room)
    const faults: RejectCode[] = []
    if (stay === undefined || room === this.#leaving) faults.push('not-joined')
    if (text === '') faults.push('text-empty')
    if (Buffer.byteLength(text) > limits.textBytesMax) faults.push('text-too-long')
    const isOfThis = (frame: Told) => frame.room === room && frame.session === session && frame.n === n
    const expectReject = (due: Due[], codes: readonly RejectCode[], detail: object = {}) =>
      due.push({
        what: `reject ${codes.join(' or ')} of ${session}/${n} in ${room}`,
        fits: frame =>
          frame.type === 'reject' && isOfThis(frame) && codes.includes(frame.code as RejectCode) && has(frame, detail),
      })
    if (faults.length > 0) return void expectReject(this.#due, faults)
    if (stay?.model == null) throw new Error(`the attacker must not send into ${room}`)
    const { model } = stay
    const dot = session.lastIndexOf('.')
    const [sender, generation] = [session.slice(0, dot), Number(session.slice(dot + 1))]
    const outcome = model.say({ user: visitor.user, sender, generation, n, text })
    if (outcome.is !== 'accepted') {
      const { is, ...detail } = outcome
      return void expectReject(this.#dueFromLogOf(room), [is], detail)
    }
    this.#dueFromLogOf(room).push({
      what: `ack of ${session}/${n} in ${room} at ${outcome.seq}`,
      fits: frame => {
        if (frame.type !== 'ack' || !isOfThis(frame) || frame.seq !== outcome.seq) return false
        model.learn(frame.epoch)
        return true
      },
    })
  }

  #stayOf(frame: Told): Stay {
    const stay = this.#stays.get(String(frame.room))
    if (stay === undefined) throw new Error('it is not in this room')
    return stay
  }

  #joined(stay: Stay, frame: Told): void {
    const { model, asked } = stay
    if (stay.position !== null) throw new Error('the join has been answered')
    const position = frame.position as Position
    stay.position = { epoch: position.epoch, seq: position.seq }
    if (model === null) return
    model.learn(position.epoch)
    const top = Number(frame.top)
    const isFresh = asked.position === undefined && asked.history === undefined
    // Who comes in fresh begins where the instance is, which may be behind what has just been accepted.
    const topMin = isFresh ? Math.min(model.toldSeq, stay.topAtLeast) : stay.topAtLeast
    if (!(top >= topMin && top <= model.top)) throw new Error(`the top is between ${topMin} and ${model.top}`)
    // The last so many are counted from where the instance is, so that there may be more by the top.
    const history = asked.history ?? 0
    const fromMin = Math.max(0, Math.min(model.toldSeq, top) - history)
    const { from, isComplete } =
      asked.position !== undefined
        ? model.resume(asked.position, top)
        : { from: Math.max(fromMin, Math.min(position.seq, Math.max(0, top - history))), isComplete: true }
    if (position.seq !== from || frame.complete !== isComplete)
      throw new Error(`expected are position ${from} and complete ${isComplete}`)
    if (!isComplete) stay.gapNext = { epoch: position.epoch, seq: from + 1 }
  }

  #gap(stay: Stay, frame: Told): void {
    if (stay.gapNext === null) throw new Error('no gap is due')
    const isRight = isSame(frame.next, stay.gapNext) && isSame(frame.after, stay.asked.position!)
    if (!isRight || frame.reason !== 'epoch-lost') throw new Error(`due is the gap before ${stay.gapNext.seq}`)
    stay.gapNext = null
  }

  #message(stay: Stay, frame: Told): void {
    const { position, model } = stay
    if (position === null || stay.gapNext !== null) throw new Error('it comes before the answer to the join')
    const seq = Number(frame.seq)
    if (seq !== position.seq + 1) throw new Error(`due is message ${position.seq + 1}`)
    model?.check(frame)
    if (model !== null) model.toldSeq = Math.max(model.toldSeq, seq)
    stay.position = { epoch: String(frame.epoch), seq }
  }
}

function isSame(told: unknown, position: Position | null): boolean {
  const { epoch, seq } = (told ?? {}) as Partial<Position>
  return position !== null && epoch === position.epoch && seq === position.seq
}

function has(frame: Told, detail: object): boolean {
  return Object.entries(detail).every(([key, value]) => frame[key] === value)
}
