/**
 * Carries out what the client library asks for, on the browser's WebSocket, and tells what becomes of the connection.
 * docs/protocol.md and client/client.ts say what is expected of a host.
 */

import { ChatClient, type JoinOptions, type Output, parseServiceFrame } from '../../client/client.ts'
import { CLOSE_CODES, type Limits, type ServiceFrame } from '../../service/protocol.ts'
import { AddressChoice } from './address-choice.ts'
import { type Credentials, SignInRefused, socketArguments } from './credentials.ts'

/** What of a WebSocket is used. */
export interface Socket {
  readonly readyState: number
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  send(text: string): void
  close(code?: number, reason?: string): void
}

/** Timers on the clock of `nowMs`. */
export interface Clock {
  nowMs(): number
  after(ms: number, then: () => void): () => void
}

export type ConnectionStatus = 'connecting' | 'open' | 'waiting' | 'draining' | 'offline' | 'ended'

export interface ConnectionView {
  readonly status: ConnectionStatus
  /** The instance that greeted last. */
  readonly instance: string | null
  /** While `waiting`: when the next attempt is due, by the host's clock. */
  readonly retryAtMs: number | null
  /** Once `ended`: a sentence for the person. */
  readonly reason: string | null
}

export interface HostOptions {
  /** Absolute; at least one. */
  readonly addresses: readonly string[]
  readonly sender: string
  readonly random: () => number
  readonly clock: Clock
  /** Asked for at the start and whenever the service wants a fresh token. */
  signIn(): Promise<Credentials>
  openSocket(url: string, protocols: string[]): Socket
  onOutput(output: Output): void
  /** Something in `connection` may have changed. */
  onConnection(): void
  /** The service has greeted, and said who the person is. */
  onWelcome(user: string, limits: Limits): void
}

/** Ready state of a WebSocket that takes what is written. */
const OPEN = 1
/** An attempt that is neither open nor refused after this time has hung. */
const OPEN_LIMIT_MS = 10_000
/** Between two requests for a token where the endpoint cannot be reached. */
const SIGN_IN_RETRY_MS = 2_000
/** A person who is offline for a minute would rather find the message sent than failed. */
const SEND_DEADLINE_MS = 60_000
/** Nothing of the client is more precise than that. */
const TICK_MS_MIN = 10
/** Places of acks are forgotten in this order; one is asked for right after it came. */
const ACKS_MAX = 256

export class ChatHost {
  readonly #options: HostOptions
  readonly #client: ChatClient
  readonly #addresses: AddressChoice
  #credentials: Credentials | null = null
  #socket: Socket | null = null
  #address: string | null = null
  #isOffline = false
  #isOver = false
  #connectAtMs: number | null = null
  #cancelConnect = () => {}
  #cancelSignIn = () => {}
  #cancelOpenLimit = () => {}
  #cancelTick = () => {}
  #tickAtMs = Number.POSITIVE_INFINITY
  #reason: string | null = null
  /** `room epoch seq` → id of the message, from acks. */
  readonly #acked = new Map<string, string>()

  constructor(options: HostOptions) {
    const { addresses, sender, random } = options
    this.#options = options
    this.#addresses = new AddressChoice(addresses, random)
    this.#client = new ChatClient({ sender, random, sendDeadlineMs: SEND_DEADLINE_MS })
  }

  get connection(): ConnectionView {
    const { state, instance } = this.#client
    const isEnded = this.#isOver || this.#reason !== null
    const status = isEnded ? 'ended' : this.#isOffline ? 'offline' : (state ?? 'connecting')
    const isRenewing = status === 'ended' && !isEnded
    return {
      status: isRenewing ? 'connecting' : status,
      instance,
      retryAtMs: status === 'waiting' ? this.#connectAtMs : null,
      reason: this.#reason,
    }
  }

  /** Where the older messages are asked for; null before the first attempt. */
  get address(): string | null {
    return this.#address
  }

  get credentials(): Credentials | null {
    return this.#credentials
  }

  /** The id of a message that was acknowledged at this place a moment ago. */
  ackedId(room: string, epoch: string, seq: number): string | undefined {
    return this.#acked.get(`${room} ${epoch} ${seq}`)
  }

  start(): void {
    void this.#signIn()
  }

  join(room: string, options: JoinOptions): void {
    this.#perform(this.#client.join(room, options, this.#nowMs))
  }

  leave(room: string): void {
    this.#perform(this.#client.leave(room, this.#nowMs))
  }

  send(room: string, text: string, handle: string): void {
    this.#perform(this.#client.send(room, text, handle, this.#nowMs))
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#perform(this.#client.end(this.#nowMs))
    this.#cancelSignIn()
    this.#cancelConnect()
    this.#cancelTick()
  }

  /** The browser has lost the network: nothing that is open can still be alive, and trying is pointless until it is back. */
  wentOffline(): void {
    this.#isOffline = true
    this.#cancelConnect()
    if (this.#socket !== null) this.#lost(CLOSE_CODES.abnormal.code)
    this.#options.onConnection()
  }

  wentOnline(): void {
    this.#isOffline = false
    if (this.#connectAtMs !== null) this.#open()
    this.#options.onConnection()
  }

  /** The page may have been asleep, and timers late. */
  woke(): void {
    this.#perform(this.#client.tick(this.#nowMs))
    if (this.#connectAtMs !== null && this.#connectAtMs <= this.#nowMs && !this.#isOffline) this.#open()
  }

  get #nowMs(): number {
    return this.#options.clock.nowMs()
  }

  async #signIn(): Promise<void> {
    try {
      this.#credentials = await this.#options.signIn()
    } catch (error) {
      if (this.#isOver) return
      if (error instanceof SignInRefused) this.#giveUp(error.message)
      else this.#cancelSignIn = this.#options.clock.after(SIGN_IN_RETRY_MS, () => void this.#signIn())
      return
    }
    if (!this.#isOver) this.#perform(this.#client.start(this.#nowMs))
  }

  #giveUp(reason: string): void {
    this.#reason = reason
    this.#options.onConnection()
  }

  #perform(outputs: readonly Output[]): void {
    for (const output of outputs) {
      if (output.type === 'write') this.#write(output.text)
      else if (output.type === 'connect') this.#connectAfter(output.afterMs)
      else if (output.type === 'close') this.#closeSocket(output.code, output.reason)
      else if (output.type === 'ended') this.#ended(output.code, output.after)
      this.#options.onOutput(output)
    }
    this.#armTick()
    if (outputs.length > 0) this.#options.onConnection()
  }

  /** While a socket closes, until it says so, it takes nothing: what the client has given to it is given to the next one. */
  #write(text: string): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(text)
  }

  #connectAfter(ms: number): void {
    this.#cancelConnect()
    this.#connectAtMs = this.#nowMs + ms
    if (!this.#isOffline) this.#cancelConnect = this.#options.clock.after(ms, () => this.#open())
  }

  #open(): void {
    this.#cancelConnect()
    if (this.#credentials === null) return
    this.#connectAtMs = null
    this.#address = this.#addresses.next()
    const { url, protocols } = socketArguments(this.#address, this.#credentials)
    const mine = this.#options.openSocket(url, protocols)
    this.#socket = mine
    mine.onopen = () => {
      if (mine !== this.#socket) return
      this.#cancelOpenLimit()
      this.#perform(this.#client.opened(this.#nowMs))
    }
    mine.onmessage = ({ data }) => {
      if (mine === this.#socket) this.#heard(String(data))
    }
    mine.onclose = ({ code }) => {
      if (mine === this.#socket) this.#lost(code)
    }
    this.#cancelOpenLimit = this.#options.clock.after(OPEN_LIMIT_MS, () => {
      if (mine === this.#socket) this.#lost(CLOSE_CODES.abnormal.code)
    })
    // Where the wait was cut short, the client still takes itself to be waiting.
    this.#perform(this.#client.tick(this.#nowMs))
  }

  #heard(text: string): void {
    const frame = parseServiceFrame(text)
    if (typeof frame === 'object' && frame !== null) this.#note(frame)
    this.#perform(this.#client.parsedFrame(frame, this.#nowMs))
  }

  /** What the page wants to know and the client does not hand on. */
  #note(frame: ServiceFrame): void {
    if (frame.type === 'welcome') this.#options.onWelcome(frame.user, frame.limits)
    if (frame.type !== 'ack') return
    this.#acked.set(`${frame.room} ${frame.epoch} ${frame.seq}`, `${frame.session}/${frame.n}`)
    if (this.#acked.size > ACKS_MAX) this.#acked.delete(this.#acked.keys().next().value!)
  }

  #lost(code: number): void {
    this.#forgetSocket()?.close()
    this.#perform(this.#client.closed(code, this.#nowMs))
  }

  #closeSocket(code: number, reason: string): void {
    this.#cancelConnect()
    this.#connectAtMs = null
    this.#forgetSocket()?.close(code, reason)
  }

  #forgetSocket(): Socket | null {
    this.#cancelOpenLimit()
    const socket = this.#socket
    this.#socket = null
    return socket
  }

  #ended(code: number, after: 'fresh-token' | 'final'): void {
    this.#forgetSocket()
    if (this.#isOver) return
    if (after === 'fresh-token' && this.#credentials !== null && 'token' in this.#credentials) void this.#signIn()
    else this.#giveUp(Object.values(CLOSE_CODES).find(entry => entry.code === code)?.why ?? `closed with code ${code}`)
  }

  #armTick(): void {
    const atMs = this.#client.nextTickAtMs() ?? Number.POSITIVE_INFINITY
    if (this.#isOver || atMs >= this.#tickAtMs) return
    this.#cancelTick()
    this.#tickAtMs = atMs
    this.#cancelTick = this.#options.clock.after(Math.max(TICK_MS_MIN, atMs - this.#nowMs), () => {
      this.#tickAtMs = Number.POSITIVE_INFINITY
      this.#perform(this.#client.tick(this.#nowMs))
    })
  }
}
