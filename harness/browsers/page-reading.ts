/**
 * What happens in one page, told to the load as a client's listener is: connections and joins by the frames on the wire, deliveries and
 * acknowledgements by the page's own word. Has no I/O.
 *
 * Not told: what a page drops before it tells of a delivery, other than a message that was delivered before; the frames of a socket after the
 * page has closed it.
 */

import { parseServiceFrame } from '../../client/client.ts'
import type { ClientFrame, ServiceFrame } from '../../service/protocol.ts'
import type { Position } from '../ledger/ledger.ts'
import { claimedNumber } from '../load/message-text.ts'
import type { TargetListener } from '../targets/target.ts'
import type { PageEvent, PageMessage } from './page-event.ts'

/** Of a socket that is replaced before its end was told. */
const NEVER_CLOSED = 1006

export interface PageReadingOptions {
  /** In the plan, and on the wire. */
  readonly room: string
  readonly wireRoom: string
  /** Index of the instance at an address, null where a balancer is there. Throws for an address that nobody gave to the page. */
  readonly instanceAt: (url: string) => number | null
  /** Index of the instance that calls itself so in `welcome`. */
  readonly instanceNamed: (name: string) => number
  readonly listener: TargetListener
}

interface Socket {
  readonly number: number
  /** Index, -1 until the balancer's choice is known. */
  instance: number
  readonly isBalanced: boolean
  isWelcome: boolean
  /** The listener knows of it. */
  isTold: boolean
  isAnnounced: boolean
}

export class PageReading {
  readonly #options: PageReadingOptions
  #socket: Socket | null = null
  /** Of the join that was answered last. */
  #top = 0
  #lastDelivered: Position | null = null
  #lastReceived: Position | null = null
  /** The page has left by itself, and comes back: it has seen a hole. */
  #isRejoining = false
  /** Numbers of messages that were handed over and not reported, and whether they were ever on the wire. */
  readonly #open = new Map<number, { isWritten: boolean }>()
  /** `session/n` of what was written. */
  readonly #numbers = new Map<string, number>()
  /** `epoch/seq` of what was acknowledged on the wire, and not yet by the page. */
  readonly #acknowledged = new Map<string, number>()
  #isOver = false
  #wasConnected = false

  constructor(options: PageReadingOptions) {
    this.#options = options
  }

  /** Index of the instance that the page is connected to, -1 for none. */
  get instance(): number {
    return this.#socket?.isTold ? this.#socket.instance : -1
  }

  /** Whether the page has had a connection at any time. */
  get wasConnected(): boolean {
    return this.#wasConnected
  }

  /** The message of this number is about to be typed. */
  handed(number: number): void {
    this.#open.set(number, { isWritten: false })
  }

  /** The page is about to be closed: what is open is reported, and nothing is heard any more. */
  end(): void {
    this.#isOver = true
    for (const [number, { isWritten }] of this.#open) {
      if (isWritten) this.#options.listener.unknown(number)
      else this.#options.listener.rejected(number, 'never-written')
    }
    this.#open.clear()
  }

  hear(events: readonly PageEvent[]): void {
    for (const event of events) if (!this.#isOver) this.#hearOne(event)
  }

  #hearOne(event: PageEvent): void {
    switch (event.is) {
      case 'delivered':
        return this.#delivered(event)
      case 'acked':
        return this.#acked(event)
      case 'failed':
        return this.#failed(event.text)
      case 'connecting':
        return this.#connecting(event.socket, event.url)
    }
    if (event.socket !== this.#socket?.number) return
    if (event.is === 'open' && !this.#socket.isBalanced) this.#tellOpened(this.#socket)
    if (event.is === 'sent') this.#sent(JSON.parse(event.text) as ClientFrame)
    if (event.is === 'received') this.#received(event.text, this.#socket)
    if (event.is === 'closed') this.#closed(this.#socket, event.code)
  }

  #connecting(number: number, url: string): void {
    if (this.#socket !== null) this.#closed(this.#socket, NEVER_CLOSED)
    const instance = this.#options.instanceAt(url)
    const state = { isWelcome: false, isTold: false, isAnnounced: false }
    this.#socket = { number, instance: instance ?? -1, isBalanced: instance === null, ...state }
  }

  #tellOpened(socket: Socket): void {
    socket.isTold = true
    this.#wasConnected = true
    this.#options.listener.opened(socket.instance)
  }

  #closed(socket: Socket, code: number): void {
    const { listener } = this.#options
    this.#socket = null
    this.#isRejoining = false
    if (!socket.isWelcome) listener.connectFailed(socket.instance, `closed with ${code} before the welcome`)
    if (socket.isTold) listener.closed(code, socket.isAnnounced)
  }

  #sent(frame: ClientFrame): void {
    const { room, wireRoom, listener } = this.#options
    if (frame.type === 'ping' || frame.room !== wireRoom) return
    if (frame.type === 'leave') this.#isRejoining = true
    if (frame.type === 'join') {
      const { position } = frame
      if (this.#isRejoining && position !== undefined && this.#lastReceived !== null) {
        listener.holeSeen(room, position, this.#lastReceived)
      }
      this.#isRejoining = false
      listener.joinAsked(room)
    }
    if (frame.type !== 'send') return
    const number = claimedNumber(frame.text)
    const open = number === null ? undefined : this.#open.get(number)
    // What a person at the page would type is not the plan's.
    if (number === null || open === undefined) return
    open.isWritten = true
    this.#numbers.set(`${frame.session}/${frame.n}`, number)
  }

  #received(text: string, socket: Socket): void {
    const frame = parseServiceFrame(text)
    if (frame === null || typeof frame === 'string') return
    if (frame.type === 'welcome') this.#welcomed(socket, frame.instance)
    else if (frame.type === 'draining') socket.isAnnounced = true
    else if (frame.type !== 'pong' && frame.room === this.#options.wireRoom) this.#receivedOfRoom(frame)
  }

  #welcomed(socket: Socket, name: string): void {
    socket.isWelcome = true
    if (!socket.isBalanced) return
    socket.instance = this.#options.instanceNamed(name)
    this.#tellOpened(socket)
  }

  #receivedOfRoom(frame: ServiceFrame): void {
    const { room, listener } = this.#options
    switch (frame.type) {
      case 'joined':
        this.#top = frame.top
        listener.joined(room, frame.position, frame.complete, frame.top)
        return
      case 'message':
        this.#lastReceived = frame
        if (isUpTo(frame, this.#lastDelivered)) listener.duplicateDropped(room, frame)
        return
      case 'gap':
        listener.gapDeclared(room, frame.after, frame.next)
        return
      case 'count':
        listener.counted(room, frame.connections, frame.participants)
        return
      case 'ack': {
        const number = this.#numbers.get(`${frame.session}/${frame.n}`)
        if (number !== undefined) this.#acknowledged.set(placeOf(frame), number)
        return
      }
    }
  }

  #delivered({ room: wireRoom, id, epoch, seq, from, text }: PageMessage): void {
    const { room, listener } = this.#options
    if (wireRoom !== this.#options.wireRoom) throw new Error(`the page tells of room "${wireRoom}", in which it is not`)
    this.#lastDelivered = { epoch, seq }
    listener.delivered(room, { id, epoch, seq, from, text }, seq <= this.#top)
  }

  #acked({ epoch, seq }: Position): void {
    const place = placeOf({ epoch, seq })
    const number = this.#acknowledged.get(place)
    if (number === undefined) throw new Error(`the page shows as sent what no frame has acknowledged, at ${place}`)
    this.#acknowledged.delete(place)
    if (this.#open.delete(number)) this.#options.listener.acked(number, { epoch, seq })
  }

  #failed(text: string): void {
    const number = claimedNumber(text)
    if (number !== null && this.#open.delete(number)) this.#options.listener.unknown(number)
  }
}

function isUpTo({ epoch, seq }: Position, last: Position | null): boolean {
  return last !== null && epoch === last.epoch && seq <= last.seq
}

function placeOf({ epoch, seq }: Position): string {
  return `${epoch}/${seq}`
}
