/** One client of the chat service: the client library that ships, and the WebSocket that it has for the time being. */

import { ChatClient, type Output, type ParsedFrame } from '../../client/client.ts'
import { CLOSE_CODES, type MessageFrame, SUBPROTOCOL, WEBSOCKET_PATH } from '../../service/protocol.ts'
import { holdClock, monotonicMs, releaseClock } from '../monotonic.ts'
import { WebSocket, type WebSocketListener } from '../websocket/web-socket.ts'
import type { AddressChoice } from './address-choice.ts'
import type { ConnectGate } from './connect-gate.ts'
import type { RoomNames } from './room-names.ts'
import type { FrameHearer, SharedFrames } from './shared-frames.ts'
import type { TargetClient, TargetListener } from './target.ts'

/** A connection attempt that hangs is given up after this. */
const CONNECT_MS_MAX = 3000
/** Over a hundred times what the service sends at most in one frame. */
const MESSAGE_BYTES_MAX = 16_777_216

/** What all clients of one process have in common. */
export interface SharedByClients {
  readonly random: () => number
  /** Silence after which a client asks for a sign of life. */
  readonly idlePingMs: number
  /** Address to connect from to a host, undefined for any. */
  readonly localAddress: (client: number, host: string) => string | undefined
  readonly gate: ConnectGate
  readonly frames: SharedFrames
  readonly rooms: RoomNames
  /** What each of the plan's instances calls itself in `welcome`, by index. */
  readonly welcomeNames: readonly string[]
}

export interface TuesdayClientOptions {
  readonly name: string
  /** Any that differs from client to client. */
  readonly number: number
  /** Name of its sender sessions. */
  readonly sender: string
  readonly choice: AddressChoice
  readonly listener: TargetListener
  readonly shared: SharedByClients
}

/** Of all clients. */
const JOIN_OPTIONS = Object.freeze({})

export class TuesdayClient implements TargetClient, WebSocketListener, FrameHearer {
  /** What was heard last on this connection of what others hear as well. */
  last: FrameHearer['last'] = null
  readonly #name: string
  readonly #number: number
  readonly #listener: TargetListener
  readonly #shared: SharedByClients
  readonly #chat: ChatClient
  readonly #choice: AddressChoice
  /** By the plan's names. */
  #rooms: readonly string[] = []
  #socket: WebSocket | null = null
  #connecting: NodeJS.Timeout | null = null
  /** Lets the next one open, while this one's socket is opening. */
  #release: (() => void) | null = null
  #isOpen = false
  /** The listener knows of the connection. */
  #isTold = false
  #isWelcome = false
  #isAnnounced = false
  /** Before that there is nothing to do for `tick`. */
  #tickAtMs = 0

  constructor({ name, number, sender, choice, listener, shared }: TuesdayClientOptions) {
    this.#name = name
    this.#number = number
    this.#choice = choice
    this.#listener = listener
    this.#shared = shared
    this.#chat = new ChatClient({ sender, random: shared.random, idlePingMs: shared.idlePingMs })
  }

  get instance(): number {
    return this.#isTold ? this.#choice.current.instance : -1
  }

  connect(): void {
    this.#perform(this.#chat.start(monotonicMs()))
  }

  join(room: string): void {
    if (!this.#rooms.includes(room)) this.#rooms = this.#rooms.concat(room)
    // Before the welcome nothing is asked; with it, every room is.
    if (this.#isWelcome) this.#listener.joinAsked(room)
    this.#perform(this.#chat.join(this.#wireRoom(room), JOIN_OPTIONS, monotonicMs()))
  }

  leave(room: string): void {
    this.#rooms = this.#rooms.filter(other => other !== room)
    this.#perform(this.#chat.leave(this.#wireRoom(room), monotonicMs()))
  }

  send(room: string, text: string, handle: number): void {
    this.#perform(this.#chat.send(this.#wireRoom(room), text, handle, monotonicMs()))
  }

  setHome(instance: number): void {
    this.#choice.setHome(instance)
  }

  goHome(): boolean {
    const mustGo = this.#choice.headHome()
    if (mustGo && this.#socket !== null) {
      const { code, why } = CLOSE_CODES.goingAway
      this.#dropSocket(code, why)
      this.#perform(this.#chat.closed(code, monotonicMs()))
    }
    return mustGo
  }

  end(): void {
    this.#perform(this.#chat.end(monotonicMs()))
  }

  /** Cheap where nothing is due, since that is so for nearly all of many clients. */
  tick(nowMs: number): void {
    if (nowMs < this.#tickAtMs) return
    const dueMs = this.#chat.nextTickAtMs() ?? Number.POSITIVE_INFINITY
    if (dueMs <= nowMs) this.#perform(this.#chat.tick(nowMs))
    else this.#tickAtMs = dueMs
  }

  #wireRoom(room: string): string {
    return this.#shared.rooms.onWire(room)
  }

  #planRoom(room: string): string {
    return this.#shared.rooms.inPlan(room)
  }

  #perform(outputs: readonly Output[]): void {
    this.#tickAtMs = 0
    for (const output of outputs) this.#performOne(output)
  }

  #performOne(output: Output): void {
    const listener = this.#listener
    switch (output.type) {
      case 'message':
        listener.delivered(this.#planRoom(output.room), output.message, output.isHistory)
        return
      case 'write':
        this.#socket?.send(output.text)
        return
      case 'acked':
        listener.acked(output.handle as number, output.position)
        return
      case 'rejected':
        listener.rejected(output.handle as number, output.code)
        return
      case 'unconfirmed':
        listener.unknown(output.handle as number)
        return
      case 'connect':
        this.#scheduleConnect(output.afterMs)
        return
      case 'close':
        this.#noteFailed(output.reason)
        this.#dropSocket(output.code, output.reason)
        return
      case 'welcome':
        this.#welcomed(output.instance)
        for (const room of this.#rooms) listener.joinAsked(room)
        return
      case 'joined':
        this.#choice.proven()
        listener.joined(this.#planRoom(output.room), output.position, output.complete, output.top)
        return
      case 'left':
        if (output.position !== null) listener.left(this.#planRoom(output.room), output.position)
        return
      case 'count':
        listener.counted(this.#planRoom(output.room), output.connections, output.participants)
        return
      case 'hole':
        listener.holeSeen(this.#planRoom(output.room), output.after, output.next)
        listener.joinAsked(this.#planRoom(output.room))
        return
      case 'gap':
        listener.gapDeclared(this.#planRoom(output.room), output.after, output.next)
        return
      case 'duplicate':
        listener.duplicateDropped(this.#planRoom(output.room), output.position)
        return
      case 'draining':
        this.#isAnnounced = true
        return
    }
  }

  #scheduleConnect(afterMs: number): void {
    if (this.#connecting !== null) clearTimeout(this.#connecting)
    const timer = setTimeout(() => {
      this.#shared.gate.enter(release => {
        // Replaced or called off while it waited.
        if (this.#connecting !== timer) return release()
        this.#open(release)
      })
    }, afterMs)
    this.#connecting = timer
  }

  #open(release: () => void): void {
    this.#connecting = null
    const { host, port } = this.#choice.next()
    this.#release = release
    this.last = null
    this.#socket = new WebSocket(
      {
        host,
        port,
        path: `${WEBSOCKET_PATH}?guest=${this.#name}`,
        subprotocol: SUBPROTOCOL,
        handshakeMsMax: CONNECT_MS_MAX,
        messageBytesMax: MESSAGE_BYTES_MAX,
        localAddress: this.#shared.localAddress(this.#number, host),
      },
      this,
    )
  }

  opened(socket: WebSocket): void {
    if (socket !== this.#socket) return
    this.#releaseGate()
    this.#isOpen = true
    this.#isAnnounced = false
    if (!this.#choice.current.isBalancer) this.#tellOpened()
    this.#perform(this.#chat.opened(monotonicMs()))
  }

  readBegins(): void {
    holdClock()
  }

  readEnds(): void {
    releaseClock()
  }

  skim(socket: WebSocket, bytes: Buffer, start: number, end: number): number {
    return socket === this.#socket ? this.#shared.frames.skim(this, bytes, start, end) : start
  }

  text(socket: WebSocket, bytes: Buffer, start: number, end: number): void {
    if (socket !== this.#socket) return
    const frame = this.#shared.frames.parse(this, bytes, start, end)
    if (frame !== undefined) this.hear(frame)
    else socket.fail(CLOSE_CODES.notUtf8.code, CLOSE_CODES.notUtf8.why)
  }

  hear(frame: ParsedFrame): boolean {
    const outputs = this.#chat.parsedFrame(frame, monotonicMs())
    // A message that was due puts off what is to be done, if it changes that at all.
    if (outputs.length === 1 && outputs[0]!.type === 'message') this.#performOne(outputs[0]!)
    else this.#perform(outputs)
    return this.#socket !== null
  }

  hearStretch(messages: readonly MessageFrame[]): boolean {
    const isNext = this.#chat.parsedStretch(messages, monotonicMs())
    if (isNext) this.#listener.deliveredStretch(this.#planRoom(messages[0]!.room), messages)
    return isNext
  }

  closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return
    this.#releaseGate()
    this.#noteFailed(socket.failure ?? `closed with ${code} before the welcome`)
    this.#socket = null
    this.#noteClosed(code)
    this.#perform(this.#chat.closed(code, monotonicMs()))
  }

  #releaseGate(): void {
    this.#release?.()
    this.#release = null
  }

  #dropSocket(code: number, reason: string): void {
    if (this.#connecting !== null) clearTimeout(this.#connecting)
    this.#connecting = null
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    this.#releaseGate()
    const { normal, goingAway } = CLOSE_CODES
    if (code === normal.code || (code === goingAway.code && this.#isOpen)) socket.close(code, reason)
    // Whoever goes elsewhere does not wait for the answer: an instance that is frozen has none.
    if (code !== normal.code) socket.terminate()
    this.#noteClosed(code)
  }

  /** Throws where the name is none of the run's: nobody could say what crosses instances. */
  #welcomed(name: string): void {
    this.#isWelcome = true
    if (!this.#choice.current.isBalancer) return
    const { welcomeNames } = this.#shared
    const instance = welcomeNames.indexOf(name)
    if (instance === -1)
      throw new Error(`welcome names the instance "${name}", which is none of ${welcomeNames.join(', ')}`)
    this.#choice.landed(instance)
    this.#tellOpened()
  }

  #tellOpened(): void {
    this.#isTold = true
    this.#listener.opened(this.#choice.current.instance)
  }

  /** A try to connect that was not welcomed. */
  #noteFailed(why: string): void {
    if (this.#socket === null || this.#isWelcome) return
    const { instance, isBalancer } = this.#choice.current
    this.#listener.connectFailed(isBalancer ? -1 : instance, why)
  }

  #noteClosed(code: number): void {
    this.#isOpen = false
    this.#isWelcome = false
    if (!this.#isTold) return
    this.#isTold = false
    this.#listener.closed(code, this.#isAnnounced)
  }
}
