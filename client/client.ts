/**
 * The reconnecting chat client: a state machine without I/O, clock or timers. It is fed with what happens (`opened`, `frame`, `closed`,
 * `tick`, `send` …), each with the time on any monotonic clock, and answers with what to do ({@link Output}). Browser front end and load
 * generator run this same code. A whole host:
 *
 * ```ts
 * const client = new ChatClient({ sender: crypto.randomUUID().replaceAll('-', ''), random: Math.random })
 * let socket: WebSocket | undefined, timer: ReturnType<typeof setTimeout> | undefined
 * function perform(outputs: readonly Output[]) {
 *   for (const output of outputs) {
 *     if (output.type === 'write') socket?.send(output.text)
 *     else if (output.type === 'message') show(output.message)
 *     else if (output.type === 'connect') (clearTimeout(timer), (timer = setTimeout(open, output.afterMs)))
 *     else if (output.type === 'close') (clearTimeout(timer), socket?.close(output.code, output.reason), (socket = undefined))
 *   }
 * }
 * function open() {
 *   const mine = (socket = new WebSocket(url, [SUBPROTOCOL, `token.${token}`]))
 *   mine.onopen = () => mine === socket && perform(client.opened(performance.now()))
 *   mine.onmessage = event => mine === socket && perform(client.frame(event.data, performance.now()))
 *   mine.onclose = event => mine === socket && perform(client.closed(event.code, performance.now()))
 * }
 * setInterval(() => perform(client.tick(performance.now())), 100)
 * perform([...client.start(performance.now()), ...client.join('lobby', { history: 50 }, performance.now())])
 * ```
 *
 * The contract about sockets: each `connect` leads to one socket, reported `opened` at most once and `closed` exactly once (1006 if it never
 * opened; an attempt that hangs is the host's business). After a `close` output that socket is dead, whatever it still says: a half-open
 * connection may report its end in the middle of the next one's life. Hence `mine === socket`.
 */

import type { ClientFrame, MessageFrame, Position, ServiceFrame, WelcomeFrame } from '../service/protocol.ts'
import { afterClose, CLOSE_CODES } from '../service/protocol.ts'
import { Backoff } from './backoff.ts'
import { Connection } from './connection.ts'
import { type ParsedFrame, parseServiceFrame } from './frames.ts'
import type { JoinOptions } from './membership.ts'
import { type ChatClientOptions, type ChatClientSettings, clientSettings } from './options.ts'
import type { ClientState, Output, SendHandle } from './output.ts'
import { Rooms } from './rooms.ts'

export { type ParsedFrame, parseServiceFrame } from './frames.ts'
export type { JoinOptions } from './membership.ts'
export { type ChatClientOptions, CLIENT_DEFAULTS } from './options.ts'
export type * from './output.ts'

const NOTHING: readonly Output[] = Object.freeze<Output[]>([])

export class ChatClient {
  readonly #settings: ChatClientSettings
  readonly #backoff: Backoff
  readonly #rooms: Rooms
  /** Null while there are none, which is nearly always. */
  #outputs: Output[] | null = null
  #state: ClientState | null = null
  /** `start` may be called: before the first time, and when a fresh token is needed. */
  #mayStart = true
  #connection: Connection | null = null
  #connectAtMs = 0
  #avoidInstance = false
  #instance: string | null = null
  /** The time of the input at hand. */
  #nowMs = 0

  /** @throws Error for options that are not allowed */
  constructor(options: ChatClientOptions) {
    this.#settings = clientSettings(options)
    const { backoffBaseMs, backoffCapMs, random } = this.#settings
    this.#backoff = new Backoff({ baseMs: backoffBaseMs, capMs: backoffCapMs, random })
    this.#rooms = new Rooms(this.#settings, {
      emit: output => this.#emit(output),
      write: frame => this.#write(frame),
      proven: () => this.#connection?.answeredJoin(),
      giveUp: reason => {
        this.#connection?.broke()
        this.#lose(CLOSE_CODES.brokenStream.code, reason)
      },
    })
  }

  /** Null before `start`. */
  get state(): ClientState | null {
    return this.#state
  }

  /** Name of the instance that greeted last, or null. */
  get instance(): string | null {
    return this.#instance
  }

  /** The place of the last message that was handed on, or null where none is known. */
  position(room: string): Position | null {
    return this.#rooms.get(room)?.membership.position ?? null
  }

  isJoined(room: string): boolean {
    return this.#rooms.get(room)?.membership.isJoined ?? false
  }

  /** Sends that have not been reported yet, over all rooms. */
  get openSendCount(): number {
    return this.#rooms.openSendCount
  }

  /** @throws Error where the client has been started, or has ended for good */
  start(nowMs: number): readonly Output[] {
    if (!this.#mayStart) throw new Error(`start: expected a client that waits for it, found one that is ${this.#state}`)
    this.#mayStart = false
    this.#connect(this.#backoff.attempt === 0 ? 0 : this.#backoff.nextMs(), nowMs)
    return this.#take()
  }

  /** @throws Error where the socket before has not been reported closed */
  opened(nowMs: number): readonly Output[] {
    if (this.#connection !== null) throw new Error('opened: expected the socket before to be reported closed first')
    if (this.#state === 'ended' || this.#state === null) {
      this.#emitClose(CLOSE_CODES.normal.code, 'no socket was asked for')
    } else {
      this.#setState('connecting')
      this.#connection = new Connection(this.#settings, nowMs)
    }
    return this.#take()
  }

  frame(text: string, nowMs: number): readonly Output[] {
    return this.#connection === null ? NOTHING : this.parsedFrame(parseServiceFrame(text), nowMs)
  }

  /**
   * The same for a host that has parsed the frame already: one with many clients, who are all told the same. The frame is neither changed nor kept,
   * and a message is handed on as it is.
   */
  parsedFrame(frame: ParsedFrame, nowMs: number): readonly Output[] {
    if (this.#connection === null) return NOTHING
    this.#nowMs = nowMs
    this.#connection.heard(nowMs)
    if (frame === null) return NOTHING
    if (typeof frame === 'string') this.#emit({ type: 'error', code: 'bad-field', message: frame })
    else this.#handle(frame, this.#connection)
    return this.#take()
  }

  /**
   * Several messages at once, for the same kind of host: of one room and one epoch, with seqs that rise by one. True: each of them is to be handed on as a
   * live message, and there is nothing else to do. False: nothing has happened, and they are to be given to `parsedFrame` one by one.
   */
  parsedStretch(messages: readonly MessageFrame[], nowMs: number): boolean {
    if (this.#connection === null) return false
    const isNext = this.#rooms.get(messages[0]!.room)?.membership.stretch(messages) ?? false
    if (isNext) this.#connection.heard(nowMs)
    return isNext
  }

  /** The socket ended with this code, or never opened. */
  closed(code: number, nowMs: number): readonly Output[] {
    if (this.#state === 'ended' || this.#state === null) return NOTHING
    this.#nowMs = nowMs
    this.#disconnected(code)
    return this.#take()
  }

  /** Does what is due. Call it at {@link nextTickAtMs} or simply every 100 ms. */
  tick(nowMs: number): readonly Output[] {
    this.#nowMs = nowMs
    if (this.#state === 'waiting' && nowMs >= this.#connectAtMs) this.#setState('connecting')
    this.#rooms.tick(nowMs)
    if (this.#connection !== null) this.#checkConnection(this.#connection)
    return this.#take()
  }

  /** When `tick` has something to do next; null while there is nothing to wait for. */
  nextTickAtMs(): number | null {
    let nextMs = Math.min(this.#rooms.dueAtMs, this.#connection?.dueAtMs ?? Number.POSITIVE_INFINITY)
    if (this.#state === 'waiting') nextMs = Math.min(nextMs, this.#connectAtMs)
    return nextMs === Number.POSITIVE_INFINITY ? null : nextMs
  }

  /**
   * Wants to be in the room, over all connections to come, until `leave`. Does nothing where it wants that already.
   * @throws Error for a name that cannot be a room
   */
  join(room: string, options: JoinOptions, nowMs: number): readonly Output[] {
    this.#nowMs = nowMs
    this.#rooms.join(room, options, nowMs)
    return this.#take()
  }

  /** Sends that are open stay open: they go on when the room is joined again, or are given up at their deadline. */
  leave(room: string, nowMs: number): readonly Output[] {
    this.#nowMs = nowMs
    this.#rooms.get(room)?.membership.leave(nowMs)
    return this.#take()
  }

  /**
   * Says something in a room. Reported exactly once under `handle`, as `acked`, `rejected` or `unconfirmed`.
   * @throws Error for a name that cannot be a room
   */
  send(room: string, text: string, handle: SendHandle, nowMs: number): readonly Output[] {
    this.#nowMs = nowMs
    this.#rooms.send(room, text, handle, nowMs)
    if (this.#state === 'ended' && !this.#mayStart) this.#rooms.end()
    return this.#take()
  }

  /** Ends for good and reports every open send. */
  end(nowMs: number): readonly Output[] {
    this.#nowMs = nowMs
    const hasEnded = this.#state === 'ended'
    const code = CLOSE_CODES.normal.code
    if (!hasEnded) this.#emitClose(code, CLOSE_CODES.normal.why)
    this.#mayStart = false
    this.#forgetConnection()
    this.#rooms.end()
    this.#setState('ended')
    if (!hasEnded) this.#emit({ type: 'ended', code, after: 'final' })
    return this.#take()
  }

  #handle(frame: ServiceFrame, connection: Connection): void {
    if (frame.type === 'welcome') this.#welcomed(frame, connection)
    else if (frame.type === 'draining') this.#beginDraining(frame.closesInMs, connection)
    else if (frame.type !== 'pong') {
      const room = frame.room === undefined ? undefined : this.#rooms.get(frame.room)
      if (frame.type === 'error') {
        if (room?.membership.refused(frame, this.#nowMs)) return
        this.#emit({ type: 'error', code: frame.code, message: frame.message })
      } else if (room !== undefined) this.#rooms.handle(frame, room, this.#nowMs)
    }
  }

  #welcomed(frame: WelcomeFrame, connection: Connection): void {
    if (!connection.welcomed(this.#nowMs)) return
    this.#instance = frame.instance
    this.#avoidInstance = false
    this.#setState('open')
    this.#emit({ type: 'welcome', instance: frame.instance })
    this.#rooms.connected(frame.limits, this.#nowMs)
  }

  #beginDraining(closesInMs: number, connection: Connection): void {
    connection.isDraining = true
    this.#avoidInstance = true
    this.#setState('draining')
    this.#emit({ type: 'draining', closesInMs })
  }

  #checkConnection(connection: Connection): void {
    const { answerLimitMs, welcomeLimitMs } = this.#settings
    const { code } = CLOSE_CODES.timedOut
    const health = connection.check(this.#nowMs)
    const unanswering = this.#rooms.waitingSince(this.#nowMs - answerLimitMs)
    if (health === 'no-welcome') this.#lose(code, `no welcome within ${welcomeLimitMs} ms`)
    else if (health === 'silent') this.#lose(code, 'nothing was heard, not even a pong')
    else if (unanswering !== null) this.#lose(code, `room ${unanswering}: no answer within ${answerLimitMs} ms`)
    else if (health !== 'alive') this.#write({ type: 'ping', nonce: health.pingNonce })
  }

  /** Closes the socket and goes on as if that had been reported already. */
  #lose(code: number, reason: string): void {
    this.#emitClose(code, reason)
    this.#reconnect()
  }

  #disconnected(code: number): void {
    const after = afterClose(code)
    if (after === 'reconnect') return this.#reconnect()
    this.#forgetConnection()
    this.#mayStart = after === 'fresh-token'
    if (after === 'final') this.#rooms.end()
    else this.#backoff.nextMs() // So that `start` waits: the fresh token may not please either.
    this.#setState('ended')
    this.#emit({ type: 'ended', code, after })
  }

  #reconnect(): void {
    const wasDraining = this.#connection?.isDraining ?? false
    const wasGood = this.#forgetConnection()
    const { random, plannedJitterMs } = this.#settings
    this.#connect(wasDraining && wasGood ? random() * plannedJitterMs : this.#backoff.nextMs(), this.#nowMs)
  }

  /** Starts the backoff anew if the connection had proven itself, and answers whether it had. */
  #forgetConnection(): boolean {
    const wasGood = this.#connection?.hasProvenItself(this.#nowMs) ?? false
    if (wasGood) this.#backoff.reset()
    this.#connection = null
    this.#rooms.disconnected()
    return wasGood
  }

  #connect(afterMs: number, nowMs: number): void {
    this.#connectAtMs = nowMs + afterMs
    this.#setState(afterMs > 0 ? 'waiting' : 'connecting')
    this.#emit({ type: 'connect', afterMs, avoidInstance: this.#avoidInstance })
  }

  #write(frame: ClientFrame): void {
    this.#emit({ type: 'write', text: JSON.stringify(frame) })
  }

  #emitClose(code: number, reason: string): void {
    this.#emit({ type: 'close', code, reason })
  }

  #setState(state: ClientState): void {
    if (this.#state === state) return
    this.#state = state
    this.#emit({ type: 'state', state })
  }

  #emit(output: Output): void {
    if (this.#outputs === null) this.#outputs = [output]
    else this.#outputs.push(output)
  }

  #take(): readonly Output[] {
    const outputs = this.#outputs ?? NOTHING
    this.#outputs = null
    return outputs
  }
}
