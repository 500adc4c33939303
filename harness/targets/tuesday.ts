/**
 * The chat service as a target: each virtual client is the client library that ships, over a real WebSocket. This is the only file of
 * the load that knows the wire.
 */

import { WebSocket } from 'ws'
import { ChatClient, type Output } from '../../client/client.ts'
import { CLOSE_CODES, type Position, SUBPROTOCOL, WEBSOCKET_PATH } from '../../service/protocol.ts'
import { monotonicMs } from '../monotonic.ts'
import { AddressChoice } from './address-choice.ts'
import { ConnectGate } from './connect-gate.ts'
import type { Target, TargetAddress, TargetClient, TargetListener, TargetLog } from './target.ts'

/** A connection attempt that hangs is given up after this. */
const CONNECT_MS_MAX = 3000
/** Granularity of the clients' timers; far below their shortest limit. */
const TICK_MS = 50
/** An answer to a page of history that takes longer is an error. */
const READ_MS_MAX = 10_000

export interface TuesdayTargetOptions {
  readonly addresses: readonly TargetAddress[]
  /** Put before every room's name, so that runs that share a Redis never meet. */
  readonly roomPrefix: string
  /** Put before every client's name to make its sender sessions unique; 1 to 20 of A-Z a-z 0-9 _ -. */
  readonly senderPrefix: string
  readonly random: () => number
}

export class TuesdayTarget implements Target, Disposable {
  readonly #options: TuesdayTargetOptions
  readonly #clients = new Set<TuesdayClient>()
  readonly #gate = new ConnectGate()
  readonly #timer: NodeJS.Timeout
  #addresses: readonly TargetAddress[]

  constructor(options: TuesdayTargetOptions) {
    this.#options = options
    this.#addresses = options.addresses
    this.#timer = setInterval(() => {
      const nowMs = monotonicMs()
      for (const client of this.#clients) client.tick(nowMs)
    }, TICK_MS)
  }

  createClient(name: string, instance: number, listener: TargetListener): TargetClient {
    const choice = new AddressChoice(() => this.#addresses, instance, this.#options.random)
    const client = new TuesdayClient(name, choice, listener, this.#options, this.#gate)
    this.#clients.add(client)
    return client
  }

  useAddresses(addresses: readonly TargetAddress[]): void {
    this.#addresses = addresses
  }

  /** Throws where the log cannot be read from any instance. */
  async readLog(room: string): Promise<TargetLog> {
    const entries: TargetLog['entries'][number][] = []
    const path = `/rooms/${this.#options.roomPrefix}${room}/messages?guest=final-reader`
    let after = ''
    for (;;) {
      const page = await this.#readPage(`${path}${after}`)
      for (const { epoch, seq, id, text } of page.messages) entries.push({ position: { epoch, seq }, id, text })
      if (page.position.epoch === page.top.epoch && page.position.seq >= page.top.seq) return { top: page.top, entries }
      if (page.messages.length === 0) throw new Error('a page came without messages, short of the top')
      after = `&after=${page.position.epoch}:${page.position.seq}`
    }
  }

  async #readPage(path: string): Promise<HistoryPage> {
    const failures: string[] = []
    for (const { host, port } of this.#addresses) {
      try {
        const response = await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(READ_MS_MAX) })
        if (response.ok) return (await response.json()) as HistoryPage
        failures.push(`${host}:${port} answered ${response.status}`)
      } catch (error) {
        failures.push(`${host}:${port}: ${(error as Error).message}`)
      }
    }
    throw new Error(`the log could not be read at ${path}: ${failures.join('; ')}`)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

interface HistoryPage {
  readonly position: Position
  readonly top: Position
  readonly messages: readonly { epoch: string; seq: number; id: string; text: string }[]
}

class TuesdayClient implements TargetClient {
  readonly #name: string
  readonly #listener: TargetListener
  readonly #options: TuesdayTargetOptions
  readonly #chat: ChatClient
  readonly #gate: ConnectGate
  readonly #choice: AddressChoice
  readonly #rooms = new Set<string>()
  #socket: WebSocket | null = null
  #connecting: NodeJS.Timeout | null = null
  #isOpen = false
  #isWelcome = false
  #isAnnounced = false

  constructor(
    name: string,
    choice: AddressChoice,
    listener: TargetListener,
    options: TuesdayTargetOptions,
    gate: ConnectGate,
  ) {
    this.#name = name
    this.#choice = choice
    this.#listener = listener
    this.#options = options
    this.#gate = gate
    this.#chat = new ChatClient({ sender: `${options.senderPrefix}${name}`, random: options.random })
  }

  get instance(): number {
    return this.#isOpen ? this.#choice.current.instance : -1
  }

  connect(): void {
    this.#perform(this.#chat.start(monotonicMs()))
  }

  join(room: string): void {
    this.#rooms.add(room)
    // Before the welcome nothing is asked; with it, every room is.
    if (this.#isWelcome) this.#listener.joinAsked(room)
    this.#perform(this.#chat.join(this.#wireRoom(room), {}, monotonicMs()))
  }

  leave(room: string): void {
    this.#rooms.delete(room)
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

  tick(nowMs: number): void {
    const dueMs = this.#chat.nextTickAtMs()
    if (dueMs !== null && dueMs <= nowMs) this.#perform(this.#chat.tick(nowMs))
  }

  #wireRoom(room: string): string {
    return this.#options.roomPrefix + room
  }

  #planRoom(room: string): string {
    return room.slice(this.#options.roomPrefix.length)
  }

  #perform(outputs: readonly Output[]): void {
    for (const output of outputs) this.#performOne(output)
  }

  #performOne(output: Output): void {
    const listener = this.#listener
    switch (output.type) {
      case 'message': {
        const { epoch, seq, id, from, text } = output.message
        listener.delivered(this.#planRoom(output.room), { epoch, seq }, id, from, text, output.isHistory)
        return
      }
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
        this.#dropSocket(output.code, output.reason)
        return
      case 'welcome':
        this.#isWelcome = true
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
      this.#gate.enter(release => {
        // Replaced or called off while it waited.
        if (this.#connecting !== timer) return release()
        this.#open(release)
      })
    }, afterMs)
    this.#connecting = timer
  }

  #open(release: () => void): void {
    this.#connecting = null
    const { instance, host, port } = this.#choice.next()
    const url = `ws://${host}:${port}${WEBSOCKET_PATH}?guest=${this.#name}`
    const socket = new WebSocket(url, SUBPROTOCOL, {
      handshakeTimeout: CONNECT_MS_MAX,
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    this.#socket = socket
    socket.on('open', () => {
      release()
      if (socket !== this.#socket) return
      this.#isOpen = true
      this.#isAnnounced = false
      this.#listener.opened(instance)
      this.#perform(this.#chat.opened(monotonicMs()))
    })
    socket.on('message', data => {
      if (socket === this.#socket) this.#perform(this.#chat.frame(String(data), monotonicMs()))
    })
    socket.on('close', code => {
      release()
      if (socket !== this.#socket) return
      this.#socket = null
      this.#noteClosed(code)
      this.#perform(this.#chat.closed(code, monotonicMs()))
    })
    // The close event follows and says what there is to say.
    socket.on('error', () => {})
  }

  #dropSocket(code: number, reason: string): void {
    if (this.#connecting !== null) clearTimeout(this.#connecting)
    this.#connecting = null
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    const { normal, goingAway } = CLOSE_CODES
    if (code === normal.code || (code === goingAway.code && this.#isOpen)) socket.close(code, reason)
    // Whoever goes elsewhere does not wait for the answer: an instance that is frozen has none.
    if (code !== normal.code) socket.terminate()
    this.#noteClosed(code)
  }

  #noteClosed(code: number): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#isWelcome = false
    this.#listener.closed(code, this.#isAnnounced)
  }
}
