/** What the browser keeps for the person: the name, the rooms, drafts, and how far each room was read. All of it may be missing, or refused. */

import type { Position } from '../../service/protocol.ts'
import { ROOM_PATTERN } from '../../service/protocol.ts'
import type { SafeStore } from './safe-store.ts'

export const NAME_KEY = 'tuesday:name'
export const ROOMS_KEY = 'tuesday:rooms'
const DRAFT_PREFIX = 'tuesday:draft:'
const READ_PREFIX = 'tuesday:read:'

export class Storage {
  readonly #store: SafeStore
  readonly #user: string

  /** Drafts, and how far rooms were read, are those of the user. */
  constructor(store: SafeStore, user = '') {
    this.#store = store
    this.#user = user
  }

  /** For somebody of several people who use this browser, one after the other or in tabs beside each other. */
  of(user: string): Storage {
    return new Storage(this.#store, user)
  }

  get name(): string | null {
    return this.#store.get(NAME_KEY)
  }

  set name(name: string | null) {
    this.#store.set(NAME_KEY, name)
  }

  get rooms(): readonly string[] {
    const rooms = this.#store.getJson(ROOMS_KEY)
    return Array.isArray(rooms) ? rooms.filter(room => typeof room === 'string' && ROOM_PATTERN.test(room)) : []
  }

  set rooms(rooms: readonly string[]) {
    this.#store.set(ROOMS_KEY, JSON.stringify(rooms))
  }

  draft(room: string): string {
    return this.#store.get(this.#key(DRAFT_PREFIX, room)) ?? ''
  }

  setDraft(room: string, draft: string): void {
    this.#store.set(this.#key(DRAFT_PREFIX, room), draft === '' ? null : draft)
  }

  /** The last message that was seen, or null. */
  read(room: string): Position | null {
    const value = this.#store.getJson(this.#key(READ_PREFIX, room)) as Partial<Position> | null
    if (typeof value?.epoch !== 'string' || typeof value.seq !== 'number') return null
    return { epoch: value.epoch, seq: value.seq }
  }

  setRead(room: string, position: Position): void {
    this.#store.set(this.#key(READ_PREFIX, room), JSON.stringify(position))
  }

  /** Neither names nor rooms have a colon. */
  #key(prefix: string, room: string): string {
    return `${prefix}${this.#user}:${room}`
  }
}
