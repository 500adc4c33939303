/** The whole of a person's chat: the connection, the rooms, which of them is looked at. Components draw {@link Chat.view} and call the rest. */

import type { Output } from '../../client/client.ts'
import { REJECT_CODES, ROOM_PATTERN } from '../../service/protocol.ts'
import type { Credentials } from './credentials.ts'
import { readOlder } from './history.ts'
import { ChatHost, type Clock, type ConnectionView, type Socket } from './host.ts'
import type { Outbox, UnsentMessage } from './outbox.ts'
import { Room, type RoomSummary, type RoomView } from './room.ts'
import type { Storage } from './storage.ts'
import type { DeliveredEntry } from './timeline.ts'

/** Immutable; a new one for each change. */
export interface ChatView {
  readonly connection: ConnectionView
  /** As the service calls the person; until it has said so, the name that was given. */
  readonly user: string
  /** UTF-8 bytes that a text may have; null until the service has said so. */
  readonly textBytesMax: number | null
  readonly rooms: readonly RoomSummary[]
  /** The one that is looked at. */
  readonly room: RoomView | null
  readonly unreadCount: number
}

/** A message as the page's hook for tests tells it. */
export interface DeliveredMessage {
  readonly room: string
  readonly id: string
  readonly epoch: string
  readonly seq: number
  readonly from: string
  readonly text: string
}

export interface AckedMessage {
  readonly room: string
  readonly handle: string
  /** Null where the ack came too long ago to know it. */
  readonly id: string | null
  readonly epoch: string
  readonly seq: number
}

export interface ChatOptions {
  readonly name: string
  readonly addresses: readonly string[]
  readonly storage: Storage
  readonly outbox: Outbox
  readonly random: () => number
  readonly clock: Clock
  /** Unix milliseconds. */
  readonly wallClockMs: () => number
  /** Random and never used again, 1 to 32 of A-Z a-z 0-9 _ -. */
  readonly sender: string
  signIn(): Promise<Credentials>
  openSocket(url: string, protocols: string[]): Socket
  onDelivered(message: DeliveredMessage): void
  onAcked(message: AckedMessage): void
}

/** What is shown at first; the rest is read when somebody scrolls up. */
const HISTORY_COUNT = 50
/** Many messages at once are drawn once. */
const DRAW_DELAY_MS = 16
const NEVER_WRITTEN = 'Not sent: there was no connection for too long.'

export class Chat {
  readonly #options: ChatOptions
  readonly #host: ChatHost
  readonly #rooms = new Map<string, Room>()
  /** Of the page before a reload. */
  readonly #left: Map<string, readonly UnsentMessage[]>
  readonly #listeners = new Set<() => void>()
  #view: ChatView | null = null
  #user: string
  #textBytesMax: number | null = null
  #open: Room | null = null
  #isAtEnd = true
  #isVisible = true
  #handleCount = 0
  #cancelDraw: (() => void) | null = null

  constructor(options: ChatOptions) {
    this.#options = options
    this.#user = options.name
    this.#left = new Map(Object.entries(options.outbox.read()))
    const { addresses, sender, random, clock } = options
    this.#host = new ChatHost({
      ...{ addresses, sender, random, clock },
      signIn: () => options.signIn(),
      openSocket: (url, protocols) => options.openSocket(url, protocols),
      onOutput: output => this.#handle(output),
      onConnection: () => this.#draw(),
      onWelcome: (user, limits) => {
        this.#user = user
        this.#textBytesMax = limits.textBytesMax
        this.#draw()
      },
    })
  }

  get view(): ChatView {
    this.#view ??= this.#makeView()
    return this.#view
  }

  /** Whether a message would be lost with the tab. */
  get isSending(): boolean {
    return [...this.#rooms.values()].some(room => room.isSending)
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  start(): void {
    for (const name of this.#options.storage.rooms) this.#join(name)
    this.#host.start()
  }

  end(): void {
    this.#host.end()
    this.#cancelDraw?.()
  }

  wentOffline(): void {
    this.#host.wentOffline()
  }

  wentOnline(): void {
    this.#host.wentOnline()
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible
    if (isVisible) this.#host.woke()
    this.#noteReading()
  }

  /** Whether the newest messages of the open room are in sight. */
  setAtEnd(isAtEnd: boolean): void {
    if (this.#isAtEnd === isAtEnd) return
    this.#isAtEnd = isAtEnd
    this.#noteReading()
  }

  /** Looks at a room, and joins it where the person is not in it. Null looks at none. */
  open(name: string | null): void {
    if (this.#open?.name === name) return
    this.#open?.setBeingRead(false)
    this.#open?.forgetUnreadLine()
    this.#isAtEnd = true
    this.#open = name !== null && ROOM_PATTERN.test(name) ? this.#join(name) : null
    const { storage } = this.#options
    if (this.#open !== null && !storage.rooms.includes(this.#open.name))
      storage.rooms = [...storage.rooms, this.#open.name]
    this.#noteReading()
    this.#drawNow()
  }

  leave(name: string): void {
    const { storage } = this.#options
    if (this.#open?.name === name) this.open(null)
    storage.rooms = storage.rooms.filter(room => room !== name)
    this.#leave(name)
    this.#drawNow()
  }

  /** Another tab of this person has joined or left rooms. */
  roomsChangedElsewhere(): void {
    const names = this.#options.storage.rooms
    for (const name of names) this.#join(name)
    // Not the one that is looked at: it would go from under the person's eyes.
    for (const name of this.#rooms.keys()) if (!names.includes(name) && name !== this.#open?.name) this.#leave(name)
    this.#draw()
  }

  send(room: string, text: string): void {
    const there = this.#rooms.get(room)
    if (there === undefined || text.trim() === '') return
    this.#handleCount += 1
    const handle = `own ${this.#handleCount}`
    there.send(handle, this.#user, text, this.#options.wallClockMs())
    this.#host.send(room, text, handle)
    this.#drawNow()
  }

  retry(room: string, key: string): void {
    const text = this.#rooms.get(room)?.take(key) ?? null
    if (text !== null) this.send(room, text)
  }

  discard(room: string, key: string): void {
    this.#rooms.get(room)?.take(key)
    this.#drawNow()
  }

  setDraft(name: string, draft: string): void {
    const room = this.#rooms.get(name)
    if (room === undefined || room.draft === draft) return
    room.setDraft(draft)
    this.#options.storage.setDraft(name, draft)
    this.#drawNow()
  }

  /** Reads what lies before the oldest message here. Does nothing while that is under way. */
  async readOlder(name: string): Promise<void> {
    const room = this.#rooms.get(name)
    const oldest = room?.oldest ?? null
    const { address, credentials } = this.#host
    if (room === undefined || oldest === null || address === null || credentials === null) return
    if (room.view.older !== 'more' && room.view.older !== 'failed') return
    room.beginOlder()
    this.#draw()
    const answer = await readOlder({ address, credentials, room: name, oldest }).catch(() => null)
    // What came meanwhile at the end is drawn first, and alone: who draws rows that came at the start takes all that are new in one drawing for those.
    // React draws in the next microtask, before anything else can come.
    this.#drawNow()
    await Promise.resolve()
    room.endOlder(oldest, answer)
    this.#drawNow()
  }

  /** All delivered messages of the room that the page holds, in the order of the room. */
  history(name: string): Omit<DeliveredMessage, 'room'>[] {
    return (this.#rooms.get(name)?.messages ?? []).map(deliveredMessage)
  }

  #join(name: string): Room {
    const known = this.#rooms.get(name)
    if (known !== undefined) return known
    const { storage, sender } = this.#options
    const kept = { draft: storage.draft(name), read: storage.read(name), unsent: this.#left.get(name) ?? [] }
    this.#left.delete(name)
    const room = new Room({ name, sender, user: this.#user, ...kept })
    this.#rooms.set(name, room)
    this.#host.join(name, { history: HISTORY_COUNT })
    return room
  }

  #leave(name: string): void {
    if (this.#rooms.delete(name)) this.#host.leave(name)
  }

  #handle(output: Output): void {
    if (output.type === 'state') {
      if (output.state === 'waiting') for (const room of this.#rooms.values()) room.forgetCount()
      return
    }
    const room = 'room' in output ? this.#rooms.get(output.room) : undefined
    if (room === undefined) return
    switch (output.type) {
      case 'joined':
        room.joined(output.position, output.top)
        break
      case 'refused':
        room.refused(output.message)
        break
      case 'message': {
        const entry = room.deliver(output.message, this.#user)
        this.#options.onDelivered({ room: room.name, ...deliveredMessage(entry) })
        break
      }
      case 'gap':
        room.gap(output.after, output.next, output.reason)
        break
      case 'count':
        room.count(output.connections, output.participants)
        break
      case 'acked': {
        const { position, handle } = output
        const id = this.#host.ackedId(room.name, position.epoch, position.seq) ?? null
        room.acked(String(handle), id, position)
        this.#options.onAcked({ room: room.name, handle: String(handle), id, ...position })
        break
      }
      case 'rejected':
        room.failed(String(output.handle), rejection(output.code))
        break
      case 'unconfirmed':
        room.failed(String(output.handle))
        break
    }
    this.#draw()
  }

  /** A message that is in the log must not look as if it were not: whoever sends it again says it twice. */
  #seekOwn(): void {
    if (this.#host.address === null) return
    for (const room of this.#rooms.values()) if (room.takeSeek()) void this.readOlder(room.name)
  }

  #noteReading(): void {
    this.#open?.setBeingRead(this.#isVisible && this.#isAtEnd)
    this.#draw()
  }

  #keepUnsent(): void {
    const unsent = [...this.#rooms.values()].map(room => [room.name, room.unsent] as const)
    this.#options.outbox.keep(Object.fromEntries(unsent.filter(([, messages]) => messages.length > 0)))
  }

  #makeView(): ChatView {
    const rooms = [...this.#rooms.values()].map(room => room.summary)
    return {
      connection: this.#host.connection,
      user: this.#user,
      textBytesMax: this.#textBytesMax,
      rooms,
      room: this.#open?.view ?? null,
      unreadCount: rooms.reduce((sum, room) => sum + room.unreadCount, 0),
    }
  }

  #draw(): void {
    this.#cancelDraw ??= this.#options.clock.after(DRAW_DELAY_MS, () => this.#drawNow())
  }

  #drawNow(): void {
    this.#cancelDraw?.()
    this.#cancelDraw = null
    this.#view = null
    for (const room of this.#rooms.values()) {
      const read = room.takeRead()
      if (read !== null) this.#options.storage.setRead(room.name, read)
    }
    this.#keepUnsent()
    for (const listener of this.#listeners) listener()
    this.#seekOwn()
  }
}

function deliveredMessage({ id, position, from, text }: DeliveredEntry): Omit<DeliveredMessage, 'room'> {
  return { id, ...position, from, text }
}

function rejection(code: keyof typeof REJECT_CODES | 'never-written'): string {
  return code === 'never-written' ? NEVER_WRITTEN : `Not sent: ${REJECT_CODES[code].why}.`
}
