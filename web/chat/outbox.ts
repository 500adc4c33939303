/**
 * Own messages that are not known to be in the log, kept in the tab so that a reload does not lose them. Which of them did get into the log is seen
 * when the room tells its messages again: a sender's messages stand in the room in the order in which they were sent.
 */

import type { Position } from '../../service/protocol.ts'
import type { SafeStore } from './safe-store.ts'

export interface UnsentMessage {
  /** Name part of the sessions of the page that sent it. */
  readonly sender: string
  readonly text: string
  /** Unix milliseconds. */
  readonly atMs: number
  /** It can only stand behind this place; null where nothing is known. */
  readonly after: Position | null
  /** Why it is known to have failed; null where it was still under way. */
  readonly failure: string | null
}

export type UnsentByRoom = Readonly<Record<string, readonly UnsentMessage[]>>

const KEY = 'tuesday:unsent'

export class Outbox {
  readonly #store: SafeStore
  readonly #user: string
  /** What was written last; undefined before that. */
  #written: string | null | undefined

  /** The store lives as long as the tab. What another `user` left in it is there until the first {@link keep}. */
  constructor(store: SafeStore, user: string) {
    this.#store = store
    this.#user = user
  }

  /** What the page had that was here before. */
  read(): UnsentByRoom {
    const kept = this.#store.getJson(KEY)
    return isKept(kept) && kept.user === this.#user ? kept.rooms : {}
  }

  /** Called with each drawing; what has not changed is not written again. */
  keep(rooms: UnsentByRoom): void {
    const isEmpty = Object.keys(rooms).length === 0
    const text = isEmpty ? null : JSON.stringify({ user: this.#user, rooms } satisfies Kept)
    if (text === this.#written) return
    this.#written = text
    this.#store.set(KEY, text)
  }
}

interface Kept {
  readonly user: string
  readonly rooms: UnsentByRoom
}

/** A tab may have been written to by an older version of the page. */
function isKept(value: unknown): value is Kept {
  const { user, rooms } = (value ?? {}) as Partial<Kept>
  if (typeof user !== 'string' || typeof rooms !== 'object' || rooms === null) return false
  return Object.values(rooms).every(messages => Array.isArray(messages) && messages.every(isUnsent))
}

function isUnsent(value: unknown): value is UnsentMessage {
  const { sender, text, atMs, after, failure } = (value ?? {}) as Partial<UnsentMessage>
  const isPlace = after === null || (typeof after?.epoch === 'string' && typeof after.seq === 'number')
  const isFailure = failure === null || typeof failure === 'string'
  return typeof sender === 'string' && typeof text === 'string' && typeof atMs === 'number' && isPlace && isFailure
}
