/**
 * One client's sends into one room: numbering, order, retries, and the truth about their outcome.
 *
 * **Rounds.** Sends are written in order, up to `inFlightMax` ahead of the oldest open one. The first answer that is not an ack breaks the
 * round: nothing more is written until every write of the round is answered, then everything open is written again from the
 * oldest. So one cause that refuses many writes is handled once, and no answer of an older round can be taken for one of the newer.
 * After a pause the oldest goes alone, and each ack lets one more out than it brought back: who has more to say than the service takes of one
 * connection would else repeat all in flight at each attempt, which is what the service calls a flood.
 *
 * **Outcome.** `mayBeInLog` is set as soon as the fate of a single write is unknown: the socket ended before the answer, or the
 * answer was `unconfirmed`. Only a send without it may be reported as `rejected`.
 *
 * **Generations.** Whoever gives a number up must begin a new session, or a late copy could land after later sends; the service
 * refuses lower generations then. What moves to the new session is numbered again, and a send that may stand in the log under its old
 * number would then stand there twice. The log takes n + 1 only after n. So from the first send on that is certainly not in the log, all
 * later ones are not either, and can never be: those move. What stands before it with an unknown fate is given up, as `unconfirmed`. One
 * case moves all: the service's last number is below one that it had acked, so Redis lost the record, and with it what followed, since one
 * script wrote both. (Someone may have seen such a message before; hence it keeps its mark. The record may also have expired after long
 * silence; that takes far longer than any send stays open here. Not handled: a paused instance which, after that loss, still lands a
 * copy of every number in between.)
 */

import type { AckFrame, Limits, RejectFrame, SendFrame, UnconfirmedFrame } from '../service/protocol.ts'
import { Backoff, type BackoffOptions } from './backoff.ts'
import { newOpenSend, type OpenSend } from './open-send.ts'
import type { Emit, SendHandle } from './output.ts'
import { textProblem } from './text.ts'

export interface SenderOptions {
  readonly room: string
  /** Name part of the session. */
  readonly sender: string
  readonly backoff: BackoffOptions
  readonly sendDeadlineMs: number
  readonly emit: Emit
  readonly write: (frame: SendFrame) => void
}

/** Why the rest needs a new session: see the top of the file. */
type NewSessionCause = 'given-up' | 'stale' | 'record-lost'

export class Sender {
  readonly #options: SenderOptions
  readonly #backoff: Backoff
  /** Oldest first; those with a number come first and without a break. */
  #sends: OpenSend[] = []
  /** How many of them, from the oldest, have been written in this round. */
  #writtenCount = 0
  #unansweredCount = 0
  /** How many may be, where `inFlightMax` allows it. */
  #windowCount = Number.POSITIVE_INFINITY
  #generation = 1
  #session: string
  #nextN = 1
  #firstNOfRound = 1
  #isRoundBroken = false
  #isPaused = false
  #roundsWithoutAck = 0
  #resumeAtMs = 0
  #newSessionCause: NewSessionCause | null = null
  #lastAnswerAtMs = 0

  constructor(options: SenderOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.backoff)
    this.#session = `${options.sender}.${this.#generation}`
  }

  /** Sends that have not been reported. */
  get openCount(): number {
    return this.#sends.reduce((count, send) => (send.outcome === 'open' ? count + 1 : count), 0)
  }

  /** Since when the service owes an answer without having given any, or null. */
  get waitingSinceMs(): number | null {
    return this.#unansweredCount > 0 ? this.#lastAnswerAtMs : null
  }

  /** When the oldest send is to be given up, or null. */
  get giveUpAtMs(): number | null {
    return this.#sends[0]?.giveUpAtMs ?? null
  }

  /** When a pause ends after which `flush` has something to write, or null. */
  get resumeAtMs(): number | null {
    return this.#isRoundBroken && this.#unansweredCount === 0 && this.#sends.length > 0 ? this.#resumeAtMs : null
  }

  add(text: string, handle: SendHandle, nowMs: number): void {
    const giveUpAtMs = nowMs + this.#options.sendDeadlineMs
    this.#sends.push(newOpenSend(handle, text, giveUpAtMs))
  }

  /** Writes what may be written. Call it while joining or joined on an open socket. */
  flush(limits: Limits, nowMs: number): void {
    if (this.#isRoundBroken) {
      if (this.#unansweredCount > 0 || nowMs < this.#resumeAtMs) return
      if (this.#newSessionCause !== null) this.#beginSession(this.#newSessionCause)
      this.#beginRound()
    }
    const writtenMax = Math.min(this.#windowCount, limits.inFlightMax)
    while (this.#writtenCount < this.#sends.length && this.#writtenCount < writtenMax) {
      const send = this.#sends[this.#writtenCount]!
      if (send.n === 0) {
        // A text that is too long for its frame would cost the whole socket, so it is not put to the test.
        const problem = textProblem(send.text, limits.textBytesMax)
        if (problem !== null) {
          send.lastCode = problem
          this.#report(send)
          this.#sends.splice(this.#writtenCount, 1)
          continue
        }
        send.n = this.#nextN++
      }
      if (send.outcome === 'open') this.#write(send, nowMs)
      this.#writtenCount += 1
    }
  }

  ack(frame: AckFrame, nowMs: number): void {
    const send = this.#find(frame)
    if (send === null || send.outcome !== 'open') return
    this.#noteAnswer(send, nowMs)
    send.outcome = 'acked'
    this.#roundsWithoutAck = 0
    this.#windowCount += 1
    this.#backoff.reset()
    const position = { epoch: frame.epoch, seq: frame.seq }
    this.#options.emit({ type: 'acked', handle: send.handle, room: this.#options.room, position })
    this.#dropReported()
  }

  unconfirmed(frame: UnconfirmedFrame, nowMs: number): void {
    const send = this.#find(frame)
    if (!send?.isUnanswered) return
    this.#noteAnswer(send, nowMs)
    send.mayBeInLog = true
    this.#breakRound('pause', nowMs)
  }

  reject(frame: RejectFrame, nowMs: number): void {
    const send = this.#find(frame)
    if (send === null || !send.isUnanswered) return
    this.#noteAnswer(send, nowMs)
    send.lastCode = frame.code
    switch (frame.code) {
      case 'out-of-order':
        this.#handleOutOfOrder(send, frame.last)
        this.#breakRound('at-once', nowMs)
        break
      case 'stale-session':
        this.#generation = Math.max(this.#generation, frame.generation ?? 0)
        this.#newSessionCause = 'stale'
        this.#breakRound('at-once', nowMs)
        break
      case 'text-empty':
      case 'text-too-long':
        this.#report(send)
        this.#newSessionCause ??= 'given-up'
        this.#breakRound('at-once', nowMs)
        break
      default:
        this.#breakRound('pause', nowMs)
    }
  }

  /** The socket is gone, and with it every answer that was still owed. */
  disconnected(): void {
    this.#loseAnswers()
    if (this.#newSessionCause !== null) this.#beginSession(this.#newSessionCause)
    this.#beginRound()
    this.#windowCount = Number.POSITIVE_INFINITY
  }

  /** Gives up what is past its deadline. */
  expire(nowMs: number): void {
    for (let oldest = this.#sends[0]; oldest !== undefined && nowMs >= oldest.giveUpAtMs; oldest = this.#sends[0]) {
      if (oldest.isUnanswered) oldest.mayBeInLog = true
      if (oldest.outcome === 'open') this.#report(oldest)
      if (oldest.n > 0) this.#beginSession('given-up')
      else this.#dropReported()
    }
  }

  /** Gives up everything. */
  end(): void {
    this.#loseAnswers()
    for (const send of this.#sends) if (send.outcome === 'open') this.#report(send)
    this.#sends = []
    this.#writtenCount = 0
  }

  #write(send: OpenSend, nowMs: number): void {
    if (this.#unansweredCount === 0) this.#lastAnswerAtMs = nowMs
    this.#unansweredCount += 1
    send.isUnanswered = true
    this.#options.write({ type: 'send', room: this.#options.room, session: this.#session, n: send.n, text: send.text })
  }

  /** Null for what belongs to an older session, was reported long ago, or was never written. */
  #find(frame: { readonly session: string; readonly n: number }): OpenSend | null {
    const oldestN = this.#sends[0]?.n ?? 0
    if (frame.session !== this.#session || oldestN === 0) return null
    const send = this.#sends[frame.n - oldestN]
    return send !== undefined && send.n === frame.n ? send : null
  }

  #noteAnswer(send: OpenSend, nowMs: number): void {
    if (!send.isUnanswered) return
    send.isUnanswered = false
    this.#unansweredCount -= 1
    this.#lastAnswerAtMs = nowMs
  }

  #handleOutOfOrder(send: OpenSend, last: number | undefined): void {
    if (last === undefined) return
    if (last >= send.n) {
      // It stands in the log, by an attempt whose answer the service no longer remembers: its place cannot be learned.
      send.mayBeInLog = true
      this.#report(send)
      this.#dropReported()
    } else if (last < this.#firstNOfRound - 1) this.#newSessionCause = 'record-lost'
    // Else a predecessor of this round has failed, and all are written again anyway.
  }

  /** `at-once` turns into a pause where the round before brought no ack either. No pause is so short that many could follow each other. */
  #breakRound(how: 'pause' | 'at-once', nowMs: number): void {
    if (!this.#isRoundBroken) {
      this.#isRoundBroken = true
      this.#roundsWithoutAck += 1
      this.#resumeAtMs = nowMs
    }
    if (this.#isPaused || (how === 'at-once' && this.#roundsWithoutAck === 1)) return
    this.#isPaused = true
    this.#resumeAtMs = nowMs + Math.max(this.#options.backoff.baseMs / 2, this.#backoff.nextMs())
  }

  #beginRound(): void {
    if (this.#isPaused) this.#windowCount = 1
    this.#isRoundBroken = false
    this.#isPaused = false
    this.#writtenCount = 0
    this.#firstNOfRound = this.#sends[0]?.n || this.#nextN
  }

  #beginSession(cause: NewSessionCause): void {
    this.#loseAnswers()
    this.#generation += 1
    this.#session = `${this.#options.sender}.${this.#generation}`
    this.#nextN = 1
    this.#firstNOfRound = 1
    this.#writtenCount = 0
    this.#newSessionCause = null
    let moves = cause === 'record-lost'
    const moved: OpenSend[] = []
    for (const send of this.#sends) {
      if (send.outcome === 'rejected') moves = true
      if (send.outcome !== 'open') continue
      if (!moves && send.mayBeInLog) {
        this.#report(send)
        continue
      }
      moves = true
      send.n = 0
      if (cause !== 'record-lost' && send.mayBeInLog) {
        send.mayBeInLog = false
        send.lastCode = 'out-of-order' // What the service said, or would have said.
      }
      moved.push(send)
    }
    this.#sends = moved
  }

  #loseAnswers(): void {
    for (const send of this.#sends) {
      if (!send.isUnanswered) continue
      send.isUnanswered = false
      send.mayBeInLog = true
    }
    this.#unansweredCount = 0
  }

  #report(send: OpenSend): void {
    const { handle, lastCode, mayBeInLog } = send
    const { room, emit } = this.#options
    send.outcome = mayBeInLog ? 'unconfirmed' : 'rejected'
    emit(mayBeInLog ? { type: 'unconfirmed', handle, room } : { type: 'rejected', handle, room, code: lastCode })
  }

  /** Not while a new session is due: that has to see what was refused, and drops it then. */
  #dropReported(): void {
    if (this.#newSessionCause !== null) return
    while (this.#sends.length > 0 && this.#sends[0]!.outcome !== 'open') {
      this.#sends.shift()
      if (this.#writtenCount > 0) this.#writtenCount -= 1
    }
  }
}
