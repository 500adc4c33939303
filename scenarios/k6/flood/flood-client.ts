/** One client of a flood: the client library that ships, and k6's WebSocket that it has for the time being. */

import { clearTimeout, setTimeout, type TimeoutID } from 'k6/timers'
import { WebSocket } from 'k6/websockets'
import { ChatClient, type Output } from '../../../client/client.ts'
import { makeText } from '../../../harness/load/message-text.ts'
import { AddressChoice } from '../../../harness/targets/address-choice.ts'
import { CLOSE_CODES, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../../../service/protocol.ts'
import type { FloodClientPlan, PlannedSend } from './flood-plan.ts'
import type { FloodMetrics } from './metrics.ts'
import { Receipts } from './receipts.ts'

/** A connection attempt that hangs is given up after this; k6 itself would wait for a minute. */
const CONNECT_MS_MAX = 3_000
/** Of what a text says about its sender's instance. */
const TAGS = 1_000_000
const NO_TAG = -1

/** What all clients of a run have in common. */
export interface FloodRun {
  readonly urls: readonly string[]
  readonly token: string | null
  /** What rooms and senders are called by. */
  readonly id: string
  readonly sends: readonly PlannedSend[]
  /** By the plan's indexes; names on the wire. */
  readonly roomName: (room: number) => string
  readonly textBytes: number
  readonly deadlineMs: number
  /** Unix milliseconds of the plan's 0. */
  readonly zeroAtMs: number
  readonly metrics: FloodMetrics
}

export class FloodClient {
  readonly plan: FloodClientPlan
  readonly #run: FloodRun
  readonly #chat: ChatClient
  readonly #choice: AddressChoice<{ readonly instance: number }>
  readonly #receipts: Receipts
  readonly #rooms: ReadonlyMap<string, number>
  readonly #joined = new Set<number>()
  /** Rooms that it has left, by the plan or at the end. */
  readonly #away = new Set<number>()
  #socket: WebSocket | null = null
  #connecting: TimeoutID | null = null
  #tag = NO_TAG
  /** When the connection ended after which not all rooms have been joined again. */
  #closedAtMs: number | null = null
  #isOver = false

  constructor(plan: FloodClientPlan, run: FloodRun) {
    this.plan = plan
    this.#run = run
    const random = Math.random
    // A sender's name must never come again, whatever the run is called.
    const nonce = Math.floor(random() * 2 ** 40).toString(36)
    this.#chat = new ChatClient({ sender: `${plan.name.replace('client-', 'k')}-${nonce}`, random })
    const addresses = run.urls.map((_, instance) => ({ instance }))
    this.#choice = new AddressChoice(() => addresses, plan.instance % addresses.length, random)
    this.#receipts = new Receipts(run.sends, run.textBytes)
    this.#rooms = new Map(plan.rooms.map(room => [run.roomName(room), room]))
  }

  /** Whether nothing is open, and it is where it should be. */
  get isSettled(): boolean {
    return this.#chat.openSendCount === 0 && this.isInAllRooms
  }

  get isInAllRooms(): boolean {
    return this.#joined.size === this.plan.rooms.length
  }

  get hasLeftAllRooms(): boolean {
    return this.#away.size === this.plan.rooms.length && this.#joined.size === 0
  }

  /** Connects and joins, and stays so. */
  start(nowMs: number): void {
    this.#perform(this.#chat.start(nowMs))
    for (const room of this.#rooms.keys()) this.#perform(this.#chat.join(room, {}, nowMs))
  }

  send(number: number, nowMs: number): void {
    const { metrics, textBytes, roomName, sends } = this.#run
    const [, , room] = sends[number]!
    metrics.sent()
    this.#measure('sendLag', number, nowMs)
    this.#perform(this.#chat.send(roomName(room), makeText({ number, instance: this.#tag }, textBytes), number, nowMs))
  }

  /** By the plan: leaves all rooms, unless it is kept out of one of them at the moment. */
  leaveRooms(nowMs: number): void {
    if (this.isInAllRooms) this.#leaveAll(nowMs)
  }

  /** Joins the rooms that it has left, as if for the first time. */
  comeBack(nowMs: number): void {
    const back = [...this.#away]
    this.#away.clear()
    for (const room of back) this.#perform(this.#chat.join(this.#run.roomName(room), {}, nowMs))
  }

  /** Nothing more is owed. Whoever is not in its rooms now is stranded; the others leave, to be told how far they should be. */
  wrapUp(nowMs: number): void {
    this.#isOver = true
    if (!this.isInAllRooms) this.#run.metrics.count('stranded')
    this.#leaveAll(nowMs)
  }

  end(nowMs: number): void {
    // Who was not answered is judged by what it knows.
    for (const room of this.#joined) this.#judgeStay(room, null)
    this.#joined.clear()
    this.#perform(this.#chat.end(nowMs))
  }

  tick(nowMs: number): void {
    const dueMs = this.#chat.nextTickAtMs()
    if (dueMs !== null && dueMs <= nowMs) this.#perform(this.#chat.tick(nowMs))
  }

  #leaveAll(nowMs: number): void {
    for (const [name, room] of this.#rooms) {
      this.#away.add(room)
      this.#perform(this.#chat.leave(name, nowMs))
    }
  }

  #perform(outputs: readonly Output[]): void {
    for (const output of outputs) this.#performOne(output)
  }

  #performOne(output: Output): void {
    const { metrics } = this.#run
    switch (output.type) {
      case 'write':
        if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(output.text)
        return
      case 'connect':
        this.#connectAfter(output.afterMs)
        return
      case 'close':
        this.#dropSocket(output.code, output.reason)
        return
      case 'welcome':
        this.#tag = tagOf(output.instance)
        return
      case 'message': {
        const { epoch, seq, text } = output.message
        this.#told(this.#roomOf(output.room), text, { epoch, seq }, output.isHistory)
        return
      }
      case 'joined':
        this.#hasJoined(this.#roomOf(output.room), output.position)
        return
      case 'left':
        this.#joined.delete(this.#roomOf(output.room))
        this.#judgeStay(this.#roomOf(output.room), output.position)
        return
      case 'acked': {
        const number = output.handle as number
        metrics.acked()
        this.#measure('ack', number, Date.now())
        this.#receipts.acked(this.#roomOf(output.room), number, output.position)
        return
      }
      case 'rejected':
        metrics.count('rejected')
        return
      case 'unconfirmed':
        metrics.count('unknown')
        return
      case 'hole':
        metrics.count('holes')
        return
      case 'gap':
        metrics.count('declaredGaps', this.#receipts.gap(this.#roomOf(output.room), output.after, output.next))
        return
      case 'duplicate':
        metrics.count('duplicatedOnWire')
        return
      case 'draining':
        metrics.drainingNotice()
        return
    }
  }

  #told(room: number, text: string, position: { epoch: string; seq: number }, isHistory: boolean): void {
    const { metrics, deadlineMs } = this.#run
    metrics.delivered()
    const receipt = this.#receipts.told(room, text, position)
    if (receipt.is !== 'new') metrics.count(receipt.is)
    if (receipt.is === 'phantom' || receipt.is === 'duplicated') return
    // Where the sender had no connection at that time, its instance is not known: the slower kind is assumed, as in the harness.
    const isAcross = receipt.senderTag === NO_TAG || receipt.senderTag !== this.#tag
    const latencyMs = this.#measure(isAcross ? 'cross' : 'same', receipt.number, Date.now())
    if (!isHistory && latencyMs > deadlineMs) metrics.count('late')
  }

  /** The warm-up is not timed. */
  #measure(kind: 'cross' | 'same' | 'ack' | 'sendLag', number: number, nowMs: number): number {
    const { sends, zeroAtMs, metrics } = this.#run
    const [atMs] = sends[number]!
    const latencyMs = Math.max(0, nowMs - zeroAtMs - atMs)
    if (atMs >= 0) metrics.latency(kind, latencyMs)
    return latencyMs
  }

  #hasJoined(room: number, position: { epoch: string; seq: number }): void {
    this.#choice.proven()
    this.#receipts.joined(room, position)
    this.#joined.add(room)
    if (this.#closedAtMs === null || !this.isInAllRooms) return
    this.#run.metrics.reconnected(Date.now() - this.#closedAtMs)
    this.#closedAtMs = null
  }

  #judgeStay(room: number, position: { epoch: string; seq: number } | null): void {
    this.#run.metrics.count('lost', this.#receipts.left(room, position, this.#isOver))
  }

  #roomOf(name: string): number {
    return this.#rooms.get(name)!
  }

  #connectAfter(ms: number): void {
    if (this.#connecting !== null) clearTimeout(this.#connecting)
    this.#connecting = setTimeout(() => this.#open(), ms)
  }

  #open(): void {
    const { urls, token } = this.#run
    const url = urls[this.#choice.next().instance]!
    const protocols = token === null ? SUBPROTOCOL : `${SUBPROTOCOL}, ${TOKEN_SUBPROTOCOL_PREFIX}${token}`
    // As a header: the constructor's own parameter for it is not in every version of k6.
    const socket = new WebSocket(token === null ? `${url}?guest=${this.plan.name}` : url, null, {
      headers: { 'Sec-WebSocket-Protocol': protocols },
      tags: { name: 'tuesday' },
    })
    this.#socket = socket
    this.#connecting = setTimeout(() => this.#closed(socket, CLOSE_CODES.abnormal.code), CONNECT_MS_MAX)
    socket.addEventListener('open', () => {
      // k6 cannot call an attempt off, so one that was given up is closed as soon as it opens.
      if (socket !== this.#socket) return socket.close(CLOSE_CODES.normal.code)
      this.#stopWaiting()
      this.#perform(this.#chat.opened(Date.now()))
    })
    socket.addEventListener('message', event => {
      if (socket !== this.#socket || !('data' in event)) return
      this.#perform(this.#chat.frame(event.data as string, Date.now()))
    })
    socket.addEventListener('close', event => {
      // Not in the types, and not in every version: without a code it counts as broken, which is worth another try.
      const { code } = event as unknown as { readonly code?: number }
      this.#closed(socket, code ?? CLOSE_CODES.abnormal.code)
    })
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return
    this.#socket = null
    this.#stopWaiting()
    this.#noteClosed(code)
    this.#perform(this.#chat.closed(code, Date.now()))
  }

  #dropSocket(code: number, reason: string): void {
    this.#stopWaiting()
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    if (socket.readyState === WebSocket.OPEN) socket.close(code, reason)
    this.#noteClosed(code)
  }

  #stopWaiting(): void {
    if (this.#connecting !== null) clearTimeout(this.#connecting)
    this.#connecting = null
  }

  #noteClosed(code: number): void {
    this.#run.metrics.closed(code)
    this.#tag = NO_TAG
    if (this.isInAllRooms && !this.#isOver) this.#closedAtMs = Date.now()
    this.#joined.clear()
  }
}

/**
 * What stands for an instance in the texts, by its name: clients need not know how many there are. Two of 64 instances have the same one in
 * one of five hundred clusters. FNV-1a.
 */
function tagOf(instance: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < instance.length; index++) hash = Math.imul(hash ^ instance.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % TAGS
}
