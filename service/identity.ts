/** Who somebody is, once let in. */

export interface Identity {
  readonly user: string
  /** Rooms that may be entered; null for all. */
  readonly rooms: ReadonlySet<string> | null
  /** When the right to be here ends, Unix milliseconds; null where it does not. */
  readonly expiresAtMs: number | null
}

export function mayEnter(identity: Identity, room: string): boolean {
  return identity.rooms === null || identity.rooms.has(room)
}
