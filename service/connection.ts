/** One WebSocket: reads frames, answers them, and writes what its rooms deliver. */

import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { readFrame } from './frames.ts'
import { type Identity, mayEnter } from './identity.ts'
import { Membership } from './membership.ts'
import type { Metrics, SendOutcome } from './metrics.ts'
import type { Presence } from './presence.ts'
import {
  CLOSE_CODES,
  type CloseName,
  ERROR_CODES,
  type ErrorCode,
  type JoinFrame,
  type LeaveFrame,
  type Limits,
  type RejectCode,
  SESSION_PATTERN,
  type SendFrame,
} from './protocol.ts'
import { NotRun, type RedisLink } from './redis-link.ts'
import type { RoomDirectory } from './room-directory.ts'
import type { RoomLog } from './room-log.ts'
import { type SlowReaderListener, SocketWriter, type Transport } from './socket-writer.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

/** How long the other end may take to answer a close before the socket is cut. */
const CLOSE_MS_MAX = 1000
/** The same for a slow reader, who has to read what is before the close; what that holds is bounded by the cap. */
const SLOW_CLOSE_MS_MAX = 30_000
/** A drain waits for answers to sends that Redis has for the deadline of a command, and this. */
const SETTLE_MARGIN_MS = 1000
const SETTLE_POLL_MS = 5

/** What ws closes a socket with by itself; see its error codes. */
const CLOSES_OF_WS: Readonly<Record<string, CloseName>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'frameTooLong',
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 'frameTooLong',
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 'tooManyPieces',
  WS_ERR_INVALID_UTF8: 'notUtf8',
}

export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly transport: Transport
  readonly identity: Identity
  readonly common: CommonOptions
}

/** What all connections of an instance have in common. */
export interface CommonOptions {
  readonly instance: string
  readonly limits: Limits
  readonly frameRate: Rate
  readonly slowReaderBytesMax: number
  readonly redisWaitMsMax: number
  readonly redisCommandMsMax: number
  readonly idlePingMs: number
  readonly idleMsMax: number
  readonly rooms: RoomDirectory
  readonly presence: Presence
  readonly roomLog: RoomLog
  readonly commands: RedisLink
  readonly metrics: Metrics
  readonly log: Logger
}

export class Connection implements SlowReaderListener {
  readonly #common: CommonOptions
  readonly #socket: WebSocket
  readonly #writer: SocketWriter
  readonly #identity: Identity
  readonly #memberships = new Map<string, Membership>()
  #unanswered = 0
  /** Frames that come in from now on are not read; their senders send them again elsewhere. */
  #isDeaf = false
  readonly #bucket: TokenBucket
  #heardAtMs = performance.now()
  #pingedAtMs = this.#heardAtMs

  constructor(options: ConnectionOptions) {
    this.#common = options.common
    this.#socket = options.socket
    this.#writer = new SocketWriter(options.socket, options.transport, options.common.slowReaderBytesMax, this)
    this.#identity = options.identity
    this.#bucket = new TokenBucket(options.common.frameRate, this.#heardAtMs)
    this.#socket.on('message', (data, isBinary) => {
      this.#heard()
      this.#receive(String(data), isBinary)
    })
    this.#socket.on('pong', () => this.#heard())
    this.#socket.on('ping', () => this.#heard())
    this.#socket.on('error', error => this.#failed(error))
    this.#socket.on('close', () => this.#leaveAll())
    const { instance, limits } = options.common
    this.#writer.write(JSON.stringify({ type: 'welcome', instance, user: this.user, limits }))
  }

  get user(): string {
    return this.#identity.user
  }

  /** To be called about once a second: ends what has outlived its token or its client, and asks the silent for a sign of life. */
  check(): void {
    const { idlePingMs, idleMsMax } = this.#common
    const nowMs = performance.now()
    const silentMs = nowMs - this.#heardAtMs
    // The client said goodbye or broke the protocol; ws alone would wait half a minute for the end of the connection.
    if (this.#socket.readyState === this.#socket.CLOSING && !this.#isDeaf) this.#cutOff()
    else if (this.#identity.expiresAtMs !== null && Date.now() >= this.#identity.expiresAtMs) this.close('badToken')
    else if (silentMs >= idleMsMax) this.close('timedOut')
    else if (silentMs >= idlePingMs && nowMs - this.#pingedAtMs >= idlePingMs && this.isOpen) {
      this.#pingedAtMs = nowMs
      this.#socket.ping()
    }
  }

  get isOpen(): boolean {
    return this.#writer.isOpen
  }

  readTooSlowly(): void {
    this.close('slowReader')
  }

  close(name: CloseName): void {
    if (!this.isOpen) return
    this.#isDeaf = true
    this.#common.metrics.closes[CLOSE_CODES[name].code].inc()
    this.#socket.close(CLOSE_CODES[name].code, CLOSE_CODES[name].why)
    this.#cutAfter(name === 'slowReader' ? SLOW_CLOSE_MS_MAX : CLOSE_MS_MAX)
    this.#leaveAll()
  }

  /** Of a socket that ws is closing: nothing more is told to it, and it has to be gone soon. */
  #cutOff(): void {
    this.#isDeaf = true
    this.#cutAfter(CLOSE_MS_MAX)
    this.#leaveAll()
  }

  #cutAfter(ms: number): void {
    setTimeout(() => this.#socket.terminate(), ms).unref()
  }

  announceDrain(closesInMs: number): void {
    this.#writer.write(JSON.stringify({ type: 'draining', closesInMs: Math.round(closesInMs) }))
  }

  /** Stops reading, lets the sends that Redis has be answered, and closes. Resolves when the socket is gone. */
  async finish(): Promise<void> {
    if (this.#socket.readyState === this.#socket.CLOSED) return
    const closed = new Promise(resolve => this.#socket.once('close', resolve))
    this.#isDeaf = true
    const deadlineMs = performance.now() + this.#common.redisCommandMsMax + SETTLE_MARGIN_MS
    while (this.#unanswered > 0 && this.isOpen && performance.now() < deadlineMs) {
      await new Promise(resolve => setTimeout(resolve, SETTLE_POLL_MS))
    }
    this.close('restart')
    // Also where the other end had begun to close, and does not finish it.
    this.#cutAfter(CLOSE_MS_MAX)
    await closed
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #receive(text: string, isBinary: boolean): void {
    if (this.#isDeaf) return
    const admission = this.#bucket.take(this.#heardAtMs)
    if (admission === 'flood') return this.close('tooMany')
    if (isBinary) return this.#fail('binary-frame', 'frames are JSON text')
    const read = readFrame(text)
    if ('error' in read) return this.#fail(read.error.code, read.error.message, read.error.room)
    const { frame } = read
    if (admission === 'refused') {
      if (frame.type === 'send') return void this.#send(frame, 'too-fast')
      return this.#fail('too-fast', 'frames come faster than the instance takes them')
    }
    switch (frame.type) {
      case 'join':
        return void this.#join(frame)
      case 'leave':
        return this.#leave(frame)
      case 'send':
        return void this.#send(frame)
      case 'ping':
        return this.#writer.write(`{"type":"pong","nonce":${frame.nonce}}`)
    }
  }

  async #join(frame: JoinFrame): Promise<void> {
    const { rooms, roomLog, commands, redisWaitMsMax, limits, metrics, log } = this.#common
    const { room: name } = frame
    if (!mayEnter(this.#identity, name)) return this.#fail('forbidden', 'the token does not allow this room', name)
    if (this.#memberships.has(name)) return this.#fail('already-joined', 'leave the room before joining it again', name)
    if (this.#memberships.size >= limits.roomsMax) {
      return this.#fail('too-many-rooms', `a connection may be in ${limits.roomsMax} rooms`, name)
    }
    const membership = new Membership(name, this.#writer)
    this.#memberships.set(name, membership)
    try {
      const room = await rooms.enter(name, membership)
      if (!commands.isUsable) await commands.waitUntilUsable(redisWaitMsMax)
      if (membership.isEnded) return rooms.leave(name, membership)
      this.#common.presence.entered(name, this.user)
      membership.isCounted = true
      const outcome = await membership.begin(room, frame, roomLog)
      if (outcome !== 'fresh') metrics.resumes[outcome].inc()
    } catch (error) {
      if (membership.isEnded) return
      log.warn({ room: name, reason: String(error) }, 'join failed')
      this.#fail('unavailable', 'the log could not be reached', name)
    }
  }

  #leave({ room: name }: LeaveFrame): void {
    const membership = this.#memberships.get(name)
    if (membership === undefined) return this.#fail('not-joined', 'join the room first', name)
    const position = membership.settle()
    this.#end(membership)
    this.#memberships.delete(name)
    if (position === null) return this.#fail('not-joined', 'left before the join was answered', name)
    this.#writer.write(JSON.stringify({ type: 'left', room: name, position }))
  }

  /** With a code it is refused at once. */
  async #send(frame: SendFrame, code: RejectCode | null = null): Promise<void> {
    const readAtMs = this.#heardAtMs
    const outcome = code === null ? await this.#publish(frame) : this.#reject(frame, code)
    this.#common.metrics.sendDuration.websocket[outcome].observe((performance.now() - readAtMs) / 1000)
  }

  /** Answers a send. */
  async #publish(frame: SendFrame): Promise<SendOutcome> {
    const { limits, roomLog, commands, metrics, redisWaitMsMax } = this.#common
    const membership = this.#memberships.get(frame.room)
    if (membership === undefined) return this.#reject(frame, 'not-joined')
    if (frame.text.length === 0) return this.#reject(frame, 'text-empty')
    if (Buffer.byteLength(frame.text) > limits.textBytesMax) return this.#reject(frame, 'text-too-long')
    if (membership.inFlight >= limits.inFlightMax) return this.#reject(frame, 'too-many-in-flight')
    membership.inFlight++
    this.#unanswered++
    try {
      if (!commands.isUsable && !(await commands.waitUntilUsable(redisWaitMsMax)))
        return this.#reject(frame, 'unavailable')
      const [, sender, generation] = SESSION_PATTERN.exec(frame.session)!
      const { room, n, text } = frame
      const known = membership.room?.position ?? null
      const published = await roomLog.publish({
        room,
        user: this.user,
        sender: sender!,
        generation: Number(generation),
        n,
        text,
        known,
      })
      if (published.is === 'out-of-order') return this.#reject(frame, 'out-of-order', { last: published.last })
      if (published.is === 'stale-session')
        return this.#reject(frame, 'stale-session', { generation: published.generation })
      if (!published.isRepeat) metrics.accepted.inc()
      const { epoch, seq } = published.position
      this.#writer.write(
        `{"type":"ack","room":"${room}","session":"${frame.session}","n":${n},"epoch":"${epoch}","seq":${seq}}`,
      )
      return 'accepted'
    } catch (error) {
      if (error instanceof NotRun) return this.#reject(frame, 'unavailable')
      metrics.unconfirmed.inc()
      this.#writer.write(`{"type":"unconfirmed","room":"${frame.room}","session":"${frame.session}","n":${frame.n}}`)
      return 'unconfirmed'
    } finally {
      membership.inFlight--
      this.#unanswered--
    }
  }

  #reject(frame: SendFrame, code: RejectCode, detail: { last?: number; generation?: number } = {}): 'refused' {
    this.#common.metrics.refused[code].inc()
    const { room, session, n } = frame
    this.#writer.write(JSON.stringify({ type: 'reject', room, session, n, code, ...detail }))
    return 'refused'
  }

  #fail(code: ErrorCode, message: string, room?: string): void {
    this.#common.metrics.errors[code].inc()
    this.#writer.write(JSON.stringify({ type: 'error', code, message, room }))
    const { closes } = ERROR_CODES[code]
    if (closes !== null) this.close(closes)
  }

  #heard(): void {
    this.#heardAtMs = performance.now()
  }

  /** ws closes the socket by itself, with a code where the protocol has one. */
  #failed(error: Error & { code?: string }): void {
    // What comes after the service's own close is not read, and has no close of its own.
    if (this.#isDeaf || !error.code?.startsWith('WS_ERR_')) return
    const name = CLOSES_OF_WS[error.code] ?? 'protocolError'
    this.#common.metrics.closes[CLOSE_CODES[name].code].inc()
  }

  #leaveAll(): void {
    for (const membership of this.#memberships.values()) this.#end(membership)
    this.#memberships.clear()
  }

  #end(membership: Membership): void {
    membership.end()
    if (membership.isCounted) this.#common.presence.left(membership.roomName, this.user)
    membership.isCounted = false
    this.#common.rooms.leave(membership.roomName, membership)
  }
}
