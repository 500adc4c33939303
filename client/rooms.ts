/** All rooms of one client: each has a membership and, once something was sent there, a sender. A room that was left stays, since its sender session must go on. */

import type { Limits, ServiceFrame } from '../service/protocol.ts'
import { ROOM_PATTERN } from '../service/protocol.ts'
import { type JoinOptions, Membership, type MembershipLink } from './membership.ts'
import type { ChatClientSettings } from './options.ts'
import type { SendHandle } from './output.ts'
import { Sender } from './sender.ts'

/** Frames that concern one room and are no complaint. */
export type RoomFrame = Exclude<ServiceFrame, { type: 'welcome' | 'draining' | 'pong' | 'error' }>

export interface Room {
  readonly membership: Membership
  /** Null while nothing was sent there: most only read. */
  sender: Sender | null
}

export class Rooms {
  readonly #settings: ChatClientSettings
  readonly #link: MembershipLink
  readonly #rooms = new Map<string, Room>()
  /** Told by `welcome`; null while there is no connection that has said it. */
  #limits: Limits | null = null

  constructor(settings: ChatClientSettings, link: MembershipLink) {
    this.#settings = settings
    this.#link = link
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name)
  }

  /** @throws Error for a name that cannot be a room */
  join(name: string, options: JoinOptions, nowMs: number): void {
    const room = this.#getOrAdd(name)
    room.membership.join(options, this.#limits !== null, nowMs)
    this.#flush(room, nowMs)
  }

  /** @throws Error for a name that cannot be a room */
  send(name: string, text: string, handle: SendHandle, nowMs: number): void {
    const room = this.#getOrAdd(name)
    room.sender ??= this.#newSender(name)
    room.sender.add(text, handle, nowMs)
    this.#flush(room, nowMs)
  }

  /** Sends that have not been reported yet. */
  get openSendCount(): number {
    let count = 0
    for (const { sender } of this.#rooms.values()) count += sender?.openCount ?? 0
    return count
  }

  /** The service has said `welcome`: joins every room that is wanted, and writes what is open. */
  connected(limits: Limits, nowMs: number): void {
    this.#limits = limits
    for (const room of this.#rooms.values()) {
      room.membership.connected(nowMs)
      this.#flush(room, nowMs)
    }
  }

  disconnected(): void {
    this.#limits = null
    for (const { membership, sender } of this.#rooms.values()) {
      membership.disconnected()
      sender?.disconnected()
    }
  }

  handle(frame: RoomFrame, room: Room, nowMs: number): void {
    const { membership, sender } = room
    switch (frame.type) {
      case 'message':
        membership.message(frame, nowMs)
        return
      case 'count': {
        const { connections, participants } = frame
        if (membership.isActive) this.#link.emit({ type: 'count', room: frame.room, connections, participants })
        return
      }
      case 'ack':
        sender?.ack(frame, nowMs)
        break
      case 'unconfirmed':
        sender?.unconfirmed(frame, nowMs)
        break
      case 'reject':
        sender?.reject(frame, nowMs)
        if (frame.code === 'not-joined' && membership.isJoined) membership.rejoin(nowMs)
        break
      case 'joined':
        membership.joined(frame, nowMs)
        break
      case 'left':
        membership.left(frame, nowMs)
        break
      case 'gap':
        membership.gap(frame, nowMs)
        break
    }
    this.#flush(room, nowMs)
  }

  /** Gives up what is past its deadline, and goes on where a pause is over. */
  tick(nowMs: number): void {
    for (const room of this.#rooms.values()) {
      room.sender?.expire(nowMs)
      this.#flush(room, nowMs)
    }
  }

  end(): void {
    for (const { sender } of this.#rooms.values()) sender?.end()
  }

  /** The first room in which an answer is awaited since `sinceMs` or longer, or null. */
  waitingSince(sinceMs: number): string | null {
    for (const [name, { membership, sender }] of this.#rooms) {
      if ((membership.askedAtMs ?? Number.POSITIVE_INFINITY) <= sinceMs) return name
      if ((sender?.waitingSinceMs ?? Number.POSITIVE_INFINITY) <= sinceMs) return name
    }
    return null
  }

  /** When something is due in a room next, or Infinity. */
  get dueAtMs(): number {
    const { answerLimitMs } = this.#settings
    let dueMs = Number.POSITIVE_INFINITY
    for (const { membership, sender } of this.#rooms.values()) {
      dueMs = Math.min(dueMs, sender?.giveUpAtMs ?? dueMs)
      dueMs = Math.min(dueMs, (membership.askedAtMs ?? dueMs) + answerLimitMs)
      dueMs = Math.min(dueMs, (sender?.waitingSinceMs ?? dueMs) + answerLimitMs)
      if (membership.acceptsSends) dueMs = Math.min(dueMs, sender?.resumeAtMs ?? dueMs)
    }
    return dueMs
  }

  #getOrAdd(name: string): Room {
    const known = this.#rooms.get(name)
    if (known !== undefined) return known
    if (!ROOM_PATTERN.test(name))
      throw new Error(`expected a room name like ${ROOM_PATTERN}, found ${JSON.stringify(name)}`)
    const room: Room = { membership: new Membership(name, this.#link), sender: null }
    this.#rooms.set(name, room)
    return room
  }

  #newSender(room: string): Sender {
    const { sender, sendDeadlineMs, backoffBaseMs, backoffCapMs, random } = this.#settings
    const { emit, write } = this.#link
    const backoff = { baseMs: backoffBaseMs, capMs: backoffCapMs, random }
    return new Sender({ room, sender, backoff, sendDeadlineMs, emit, write })
  }

  /** Writes what may be written now. */
  #flush(room: Room, nowMs: number): void {
    if (this.#limits !== null && room.membership.acceptsSends) room.sender?.flush(this.#limits, nowMs)
  }
}
