/** One WebSocket: reads frames, answers them, and writes what its rooms deliver. */

import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import type { FrameBatch } from './frame-batch.ts'
import { readFrame } from './frames.ts'
import { type Identity, mayEnter } from './identity.ts'
import { type FrameWriter, Membership } from './membership.ts'
import type { Metrics } from './metrics.ts'
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
import { type Rate, TokenBucket } from './token-bucket.ts'

/** Unsent bytes below which history is written on without waiting for the socket. */
const HISTORY_BYTES_LOW = 65_536
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

/** The TCP or TLS socket below a WebSocket: what is written while it is corked goes out as one. */
export interface Transport {
  cork(): void
  uncork(): void
  write(bytes: Buffer): void
}

export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly transport: Transport
  readonly identity: Identity
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

export class Connection implements FrameWriter {
  readonly #options: ConnectionOptions
  readonly #socket: WebSocket
  readonly #memberships = new Map<string, Membership>()
  #unanswered = 0
  /** Bytes of history that the socket has not taken yet. Catching up never counts as slow reading. */
  #historyBytes = 0
  /** Frames that come in from now on are not read; their senders send them again elsewhere. */
  #isDeaf = false
  #isCorked = false
  readonly #bucket: TokenBucket
  #heardAtMs = performance.now()
  #pingedAtMs = this.#heardAtMs

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#socket = options.socket
    this.#bucket = new TokenBucket(options.frameRate, this.#heardAtMs)
    this.#socket.on('message', (data, isBinary) => {
      this.#heard()
      this.#receive(String(data), isBinary)
    })
    this.#socket.on('pong', () => this.#heard())
    this.#socket.on('ping', () => this.#heard())
    this.#socket.on('error', error => this.#failed(error))
    this.#socket.on('close', () => this.#leaveAll())
    const { instance, limits } = options
    this.#write(JSON.stringify({ type: 'welcome', instance, user: this.user, limits }))
  }

  get user(): string {
    return this.#options.identity.user
  }

  /** To be called about once a second: ends what has outlived its token or its client, and asks the silent for a sign of life. */
  check(): void {
    const { identity, idlePingMs, idleMsMax } = this.#options
    const nowMs = performance.now()
    const silentMs = nowMs - this.#heardAtMs
    // The client said goodbye or broke the protocol; ws alone would wait half a minute for the end of the connection.
    if (this.#socket.readyState === this.#socket.CLOSING && !this.#isDeaf) this.#cutOff()
    else if (identity.expiresAtMs !== null && Date.now() >= identity.expiresAtMs) this.close('badToken')
    else if (silentMs >= idleMsMax) this.close('timedOut')
    else if (silentMs >= idlePingMs && nowMs - this.#pingedAtMs >= idlePingMs && this.isOpen) {
      this.#pingedAtMs = nowMs
      this.#socket.ping()
    }
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  writeLive(frame: string): void {
    this.#write(frame)
  }

  writeBatch(batch: FrameBatch): void {
    if (!this.isOpen) return
    // What an extension does to a frame, ws alone knows.
    if (this.#socket.extensions !== '') for (const frame of batch.frames) this.#socket.send(frame)
    else this.#options.transport.write(batch.bytes)
    this.#closeIfSlow()
  }

  async writeHistory(frames: readonly string[]): Promise<void> {
    if (!this.isOpen || frames.length === 0) return
    const { transport } = this.#options
    let bytes = 0
    for (const frame of frames) bytes += Buffer.byteLength(frame)
    this.#historyBytes += bytes
    // One write for all: a system call for each frame is most of what a resume costs.
    transport.cork()
    const flushed = new Promise<void>(resolve => {
      for (const [index, frame] of frames.entries()) {
        if (index < frames.length - 1) this.#socket.send(frame)
        else
          this.#socket.send(frame, () => {
            this.#historyBytes -= bytes
            resolve()
          })
      }
    })
    transport.uncork()
    if (this.#socket.bufferedAmount > HISTORY_BYTES_LOW) await flushed
  }

  close(name: CloseName): void {
    if (!this.isOpen) return
    this.#isDeaf = true
    this.#options.metrics.closes.inc({ code: CLOSE_CODES[name].code })
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
    this.#write(JSON.stringify({ type: 'draining', closesInMs: Math.round(closesInMs) }))
  }

  /** Stops reading, lets the sends that Redis has be answered, and closes. Resolves when the socket is gone. */
  async finish(): Promise<void> {
    if (this.#socket.readyState === this.#socket.CLOSED) return
    const closed = new Promise(resolve => this.#socket.once('close', resolve))
    this.#isDeaf = true
    const deadlineMs = performance.now() + this.#options.redisCommandMsMax + SETTLE_MARGIN_MS
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
      if (frame.type === 'send') return this.#reject(frame, 'too-fast')
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
        return this.#write(`{"type":"pong","nonce":${frame.nonce}}`)
    }
  }

  async #join(frame: JoinFrame): Promise<void> {
    const { rooms, roomLog, commands, identity, redisWaitMsMax, limits, metrics, log } = this.#options
    const { room: name } = frame
    if (!mayEnter(identity, name)) return this.#fail('forbidden', 'the token does not allow this room', name)
    if (this.#memberships.has(name)) return this.#fail('already-joined', 'leave the room before joining it again', name)
    if (this.#memberships.size >= limits.roomsMax) {
      return this.#fail('too-many-rooms', `a connection may be in ${limits.roomsMax} rooms`, name)
    }
    const membership = new Membership(name, this)
    this.#memberships.set(name, membership)
    try {
      const room = await rooms.enter(name, membership)
      if (!commands.isUsable) await commands.waitUntilUsable(redisWaitMsMax)
      if (membership.isEnded) return rooms.leave(name, membership)
      this.#options.presence.entered(name, this.user)
      membership.isCounted = true
      const outcome = await membership.begin(room, frame, roomLog)
      if (outcome !== 'fresh') metrics.resumes.inc({ outcome })
    } catch (error) {
      if (membership.isEnded) return
      log.warn({ room: name, reason: String(error) }, 'join failed')
      this.#fail('unavailable', 'the log could not be reached', name)
    }
  }

  #leave({ room: name }: LeaveFrame): void {
    const membership = this.#memberships.get(name)
    if (membership === undefined) return this.#fail('not-joined', 'join the room first', name)
    const position = membership.leave()
    this.#end(membership)
    this.#memberships.delete(name)
    if (position === null) return this.#fail('not-joined', 'left before the join was answered', name)
    this.#write(JSON.stringify({ type: 'left', room: name, position }))
  }

  async #send(frame: SendFrame): Promise<void> {
    const { limits, roomLog, commands, metrics, redisWaitMsMax } = this.#options
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
      this.#write(
        `{"type":"ack","room":"${room}","session":"${frame.session}","n":${n},"epoch":"${epoch}","seq":${seq}}`,
      )
    } catch (error) {
      if (error instanceof NotRun) return this.#reject(frame, 'unavailable')
      metrics.unconfirmed.inc()
      this.#write(`{"type":"unconfirmed","room":"${frame.room}","session":"${frame.session}","n":${frame.n}}`)
    } finally {
      membership.inFlight--
      this.#unanswered--
    }
  }

  #reject(frame: SendFrame, code: RejectCode, detail: { last?: number; generation?: number } = {}): void {
    this.#options.metrics.refused.inc({ code })
    const { room, session, n } = frame
    this.#write(JSON.stringify({ type: 'reject', room, session, n, code, ...detail }))
  }

  #fail(code: ErrorCode, message: string, room?: string): void {
    this.#options.metrics.errors.inc({ code })
    this.#write(JSON.stringify({ type: 'error', code, message, room }))
    const { closes } = ERROR_CODES[code]
    if (closes !== null) this.close(closes)
  }

  /** Answers count too: who asks and does not read is as slow. */
  #write(frame: string): void {
    if (!this.isOpen) return
    this.#corkForThisTick()
    this.#socket.send(frame)
    this.#closeIfSlow()
  }

  /** Several answers at once, as to the sends that one read of Redis answers, go out as one write. */
  #corkForThisTick(): void {
    if (this.#isCorked) return
    this.#isCorked = true
    const { transport } = this.#options
    transport.cork()
    process.nextTick(() => {
      this.#isCorked = false
      transport.uncork()
    })
  }

  #closeIfSlow(): void {
    if (this.#socket.bufferedAmount - this.#historyBytes > this.#options.slowReaderBytesMax) this.close('slowReader')
  }

  #heard(): void {
    this.#heardAtMs = performance.now()
  }

  /** ws closes the socket by itself, with a code where the protocol has one. */
  #failed(error: Error & { code?: string }): void {
    // What comes after the service's own close is not read, and has no close of its own.
    if (this.#isDeaf || !error.code?.startsWith('WS_ERR_')) return
    const name = CLOSES_OF_WS[error.code] ?? 'protocolError'
    this.#options.metrics.closes.inc({ code: CLOSE_CODES[name].code })
  }

  #leaveAll(): void {
    for (const membership of this.#memberships.values()) this.#end(membership)
    this.#memberships.clear()
  }

  #end(membership: Membership): void {
    membership.end()
    if (membership.isCounted) this.#options.presence.left(membership.roomName, this.user)
    membership.isCounted = false
    this.#options.rooms.leave(membership.roomName, membership)
  }
}
