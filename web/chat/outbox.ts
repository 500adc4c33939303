/**
 * Own messages that are not known to be in the log, kept in the tab so that a reload does not lose them. Which of them did get into the log is seen
 * when the room tells its messages again: a sender's messages stand in the room in the order in which they were sent.
 */

import type { Position } from '../../service/protocol.ts'
import type { TextStore } from './storage.ts'

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
  readonly #store: TextStore | null
  readonly #user: string

  /** A store that lives as long as the tab; null where the browser has none. What another `user` left in it is not touched before `keep`. */
  constructor(store: TextStore | null, user: string) {
    this.#store = store
    this.#user = user
  }

  /** What the page had that was here before. */
  read(): UnsentByRoom {
    try {
      const kept: unknown = JSON.parse(this.#store?.getItem(KEY) ?? 'null')
      return isKept(kept) && kept.user === this.#user ? kept.rooms : {}
    } catch {
      return {}
    }
  }

  keep(rooms: UnsentByRoom): void {
    try {
      if (Object.keys(rooms).length === 0) this.#store?.removeItem(KEY)
      else this.#store?.setItem(KEY, JSON.stringify({ user: this.#user, rooms } satisfies Kept))
    } catch {}
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
