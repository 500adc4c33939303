/**
 * One client in one room: joining, the position, and what of the stream is handed on.
 *
 * Only one join is unanswered at a time, so every `joined` belongs to the newest one, and whatever else the room says while a join is
 * unanswered belongs to an older one and is ignored: the new answer begins at the position again.
 *
 * Not handled: a service that tells the same place twice with different messages is not noticed, only holes and repetitions are.
 */

import type {
  ClientFrame,
  ErrorFrame,
  GapFrame,
  JoinedFrame,
  JoinFrame,
  LeftFrame,
  MessageFrame,
  Position,
} from '../service/protocol.ts'
import { REJOINS_MAX } from './options.ts'
import type { Emit } from './output.ts'

export interface JoinOptions {
  /** Resume after it. */
  readonly position?: Position
  /** Without a position: begin with the last so many messages. */
  readonly history?: number
}

/** What a membership asks of the connection that it lives on. */
export interface MembershipLink {
  readonly emit: Emit
  write(frame: ClientFrame): void
  /** A join was answered as it should be. */
  proven(): void
  /** Asking again does not help on this connection. */
  giveUp(reason: string): void
}

/** `none`: not on this connection. While `leaving` the stream is still owed, up to `left`. */
type Stage = 'none' | 'joining' | 'joined' | 'leaving'

export class Membership {
  readonly room: string
  readonly #link: MembershipLink
  #stage: Stage = 'none'
  #isWanted = false
  #options: JoinOptions = {}
  /** The host left while a join was unanswered. */
  #leavesOnceJoined = false
  /** A hole was seen while leaving: nothing more is handed on. */
  #isDeaf = false
  #isPositionKnown = false
  #epoch = ''
  #seq = 0
  #top = 0
  #isCatchingUp = false
  #rejoins = 0
  #rejoinedFrom: Position | null = null
  #askedAtMs = 0

  constructor(room: string, link: MembershipLink) {
    this.room = room
    this.#link = link
  }

  get position(): Position | null {
    return this.#isPositionKnown ? { epoch: this.#epoch, seq: this.#seq } : null
  }

  get isJoined(): boolean {
    return this.#stage === 'joined'
  }

  /** Whether anything about the room is expected on this connection. */
  get isActive(): boolean {
    return this.#stage !== 'none'
  }

  /** A send written now comes after the join on this connection. */
  get acceptsSends(): boolean {
    return this.#stage === 'joined' || (this.#stage === 'joining' && !this.#leavesOnceJoined)
  }

  /** Since when an answer to a join or leave is awaited, or null. */
  get askedAtMs(): number | null {
    return this.#stage === 'joining' || this.#stage === 'leaving' ? this.#askedAtMs : null
  }

  /** Does nothing where the room is wanted already. */
  join(options: JoinOptions, isConnected: boolean, nowMs: number): void {
    if (this.#isWanted) return
    this.#isWanted = true
    this.#options = options
    if (isConnected && this.#stage === 'none') this.#ask(nowMs)
  }

  /** Does nothing where the room is not wanted. */
  leave(nowMs: number): void {
    if (!this.#isWanted) return
    this.#isWanted = false
    if (this.#stage === 'none') this.#becomeLeft(this.position)
    else if (this.#stage === 'joined') this.#beginLeaving(nowMs)
    else if (this.#stage === 'joining') this.#leavesOnceJoined = true
  }

  /** A new connection is ready. */
  connected(nowMs: number): void {
    this.#rejoins = 0
    if (this.#isWanted) this.#ask(nowMs)
  }

  /** The connection is gone. Leaving is over then: nothing about this client lives on in the service. */
  disconnected(): void {
    if (this.#stage === 'leaving' || this.#leavesOnceJoined) this.#becomeLeft(this.position)
    this.#stage = 'none'
  }

  joined(frame: JoinedFrame, nowMs: number): void {
    if (this.#stage !== 'joining') return
    const { position } = frame
    this.#stage = 'joined'
    if (!this.#isPositionKnown) this.#moveTo(position.epoch, position.seq)
    else if (frame.complete && position.seq !== this.#seq) {
      // Complete means that nothing is missing after our position; an answer that begins elsewhere contradicts itself.
      this.#hole({ epoch: position.epoch, seq: position.seq + 1 }, nowMs)
      return
    }
    // With an incomplete answer the position stays until the gap frame says how far it moves.
    this.#top = frame.top
    this.#isCatchingUp = !frame.complete || this.#seq < frame.top
    this.#link.proven()
    this.#link.emit({ type: 'joined', room: this.room, position, complete: frame.complete, top: frame.top })
    if (this.#leavesOnceJoined) this.#beginLeaving(nowMs)
  }

  left(frame: LeftFrame, nowMs: number): void {
    if (this.#stage !== 'leaving') return
    if (!this.#isDeaf && frame.position.seq > this.#seq) {
      const next = { epoch: frame.position.epoch, seq: this.#seq + 1 }
      this.#link.emit({ type: 'hole', room: this.room, after: { epoch: this.#epoch, seq: this.#seq }, next })
    }
    this.#becomeLeft(frame.position)
    if (this.#isWanted) this.#ask(nowMs)
  }

  message(frame: MessageFrame, nowMs: number): void {
    if ((this.#stage !== 'joined' && this.#stage !== 'leaving') || this.#isDeaf) return
    const { seq } = frame
    if (seq === this.#seq + 1) {
      // Also across epochs: seq goes on by one where the service knows that nothing was lost between them.
      this.#moveTo(frame.epoch, seq)
      const isHistory = this.#isCatchingUp && seq <= this.#top
      if (seq >= this.#top) this.#isCatchingUp = false
      this.#link.emit({ type: 'message', room: this.room, message: frame, isHistory })
    } else if (frame.epoch === this.#epoch && seq <= this.#seq) {
      this.#link.emit({ type: 'duplicate', room: this.room, position: { epoch: frame.epoch, seq } })
    } else {
      this.#hole({ epoch: frame.epoch, seq }, nowMs)
    }
  }

  /** See `ChatClient.parsedStretch`; the room's part of it. */
  stretch(messages: readonly MessageFrame[]): boolean {
    if ((this.#stage !== 'joined' && this.#stage !== 'leaving') || this.#isDeaf || this.#isCatchingUp) return false
    if (messages[0]!.seq !== this.#seq + 1) return false
    const { epoch, seq } = messages[messages.length - 1]!
    this.#moveTo(epoch, seq)
    return true
  }

  gap(frame: GapFrame, nowMs: number): void {
    if ((this.#stage !== 'joined' && this.#stage !== 'leaving') || this.#isDeaf) return
    const { after, next } = frame
    if (after.seq > this.#seq) {
      // The gap begins later than we are: what stands between is neither delivered nor declared.
      this.#hole({ epoch: after.epoch, seq: after.seq + 1 }, nowMs)
      return
    }
    // A new epoch may go on below our seq, since it uses those again that were lost. Within one epoch there is no way back.
    if (next.epoch !== this.#epoch || next.seq > this.#seq) this.#moveTo(next.epoch, next.seq - 1)
    if (this.#seq >= this.#top) this.#isCatchingUp = false
    this.#link.emit({ type: 'gap', room: this.room, after, next, reason: frame.reason })
  }

  /** An `error` frame about this room. Answers whether it was an answer to a join or leave. */
  refused(frame: ErrorFrame, nowMs: number): boolean {
    if (this.#stage === 'leaving' && frame.code === 'not-joined') {
      this.#becomeLeft(this.position)
      if (this.#isWanted) this.#ask(nowMs)
      return true
    }
    if (this.#stage !== 'joining') return false
    if (frame.code === 'not-joined') return true // The leave of a rejoin; the answer to its join is still to come.
    if (frame.code === 'already-joined') {
      this.rejoin(nowMs)
      return true
    }
    if (frame.code !== 'too-many-rooms' && frame.code !== 'bad-field' && frame.code !== 'forbidden') return false
    this.#refuse(frame, nowMs)
    return true
  }

  /**
   * Leaves and joins again from the position. After {@link REJOINS_MAX} times at one position the connection is given up instead, so
   * that a stream that stays broken costs a backoff and no busy loop.
   */
  rejoin(nowMs: number): void {
    const from = this.#rejoinedFrom
    const isSamePlace = from !== null && from.epoch === this.#epoch && from.seq === this.#seq
    this.#rejoins = isSamePlace ? this.#rejoins + 1 : 1
    this.#rejoinedFrom = { epoch: this.#epoch, seq: this.#seq }
    if (this.#rejoins > REJOINS_MAX) {
      this.#link.giveUp(`the stream of room ${this.room} stays broken`)
      return
    }
    this.#link.write({ type: 'leave', room: this.room })
    this.#ask(nowMs)
  }

  #ask(nowMs: number): void {
    this.#stage = 'joining'
    this.#askedAtMs = nowMs
    const { position, history } = this.#options
    if (!this.#isPositionKnown && position !== undefined) this.#moveTo(position.epoch, position.seq)
    let frame: JoinFrame = { type: 'join', room: this.room }
    if (this.#isPositionKnown) frame = { ...frame, position: { epoch: this.#epoch, seq: this.#seq } }
    else if (history !== undefined) frame = { ...frame, history }
    this.#link.write(frame)
  }

  #beginLeaving(nowMs: number): void {
    this.#stage = 'leaving'
    this.#leavesOnceJoined = false
    this.#askedAtMs = nowMs
    this.#link.write({ type: 'leave', room: this.room })
  }

  #becomeLeft(position: Position | null): void {
    this.#stage = 'none'
    this.#isPositionKnown = false
    this.#leavesOnceJoined = false
    this.#isDeaf = false
    this.#link.emit({ type: 'left', room: this.room, position })
  }

  #refuse(frame: ErrorFrame, nowMs: number): void {
    if (this.#leavesOnceJoined) {
      this.#becomeLeft(this.position)
      if (this.#isWanted) this.#ask(nowMs)
      return
    }
    this.#stage = 'none'
    this.#isWanted = false
    this.#isPositionKnown = false
    this.#link.emit({ type: 'refused', room: this.room, code: frame.code, message: frame.message })
  }

  #moveTo(epoch: string, seq: number): void {
    this.#epoch = epoch
    this.#seq = seq
    this.#isPositionKnown = true
  }

  /** Also where the host has left meanwhile: what comes up to the answered leave is owed. */
  #hole(next: Position, nowMs: number): void {
    this.#link.emit({ type: 'hole', room: this.room, after: { epoch: this.#epoch, seq: this.#seq }, next })
    if (this.#stage === 'leaving') this.#isDeaf = true
    else this.rejoin(nowMs)
  }
}
