/**
 * Looks whether a room's counter still tells of people who have gone.
 *
 * Participants count, not connections: a client of the load whose connection has died half-open is back on another one long before the
 * service can know, and counts twice as a connection but once as a participant. A counter that tells of too few is not this one's business:
 * another fault may have cut clients of the load off just now.
 */

import type { CountFrame } from '../../service/protocol.ts'
import type { Presence } from './presence.ts'
import { handshakeOf, VisitorSocket } from './visitor-socket.ts'
import type { VisitedAddress, VisitedRoom } from './visitors.ts'

/** The delivery contract: a counter is right 10 s after the last change at the latest. */
const COUNT_MS_MAX = 10_000
/** Until somebody is in to look; Redis or an instance may be away just now. */
const LOOK_MS_MAX = 15_000
const ANSWER_MS_MAX = 5_000
const RETRY_MS = 200
const POLL_MS = 50

export interface GhostOptions {
  readonly rooms: readonly VisitedRoom[]
  /** Any of them will do. */
  readonly addresses: readonly VisitedAddress[]
  /** Of the guest who looks, and counts while it does. */
  readonly name: string
  readonly presence: Presence
}

/** Resolves with an empty list once every room has told of nobody but those who may be there; else with what was seen last, in words. */
export async function findGhosts(options: GhostOptions): Promise<string[]> {
  const { rooms, presence } = options
  for (const room of rooms) presence.entered(room.name)
  const deadlineMs = performance.now() + LOOK_MS_MAX
  try {
    for (let attempt = 0; performance.now() < deadlineMs; attempt++) {
      const found = await look(options, options.addresses[attempt % options.addresses.length]!)
      if (found !== null) return found
      await new Promise(resolve => setTimeout(resolve, RETRY_MS))
    }
    return [`nobody could look at the counters within ${LOOK_MS_MAX / 1000} s`]
  } finally {
    for (const room of rooms) presence.left(room.name)
  }
}

/** Null where there was no way to look. */
async function look({ rooms, name, presence }: GhostOptions, address: VisitedAddress): Promise<string[] | null> {
  const arrival = await VisitorSocket.open(handshakeOf(address, name), ANSWER_MS_MAX)
  if (arrival.is !== 'in') return null
  const { socket } = arrival
  const counts = new Map<string, CountFrame>()
  socket.hear(frame => {
    if (frame.type === 'count') counts.set(frame.room, frame)
  })
  try {
    const joins = await Promise.all(rooms.map(room => socket.join(room.name, ANSWER_MS_MAX)))
    if (!joins.every(Boolean)) return null
    const left = new Set(rooms)
    const deadlineMs = performance.now() + COUNT_MS_MAX
    while (performance.now() < deadlineMs && !socket.isClosed) {
      for (const room of left) {
        const told = counts.get(room.name)
        if (told !== undefined && told.participants <= room.members + presence.of(room.name)) left.delete(room)
      }
      if (left.size === 0) return []
      await new Promise(resolve => setTimeout(resolve, POLL_MS))
    }
    if (socket.isClosed) return null
    return [...left].map(({ name: room, members }) => {
      const told = counts.get(room)
      const found = told === undefined ? 'no count' : `${told.participants} participants`
      return `${room} tells of ${found} after ${COUNT_MS_MAX / 1000} s, while at most ${members + presence.of(room)} can be there`
    })
  } finally {
    await socket.close()
  }
}
