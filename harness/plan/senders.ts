/** Who says something, and where: evenly, or by the shares of the groups of rooms, and only those who talk at all. */

import { roomCount, roomGroups } from '../scenario/load-size.ts'
import { DEFAULTS, type Load, type RoomGroup } from '../scenario/scenario.ts'
import { membersOfRooms } from './layout.ts'
import type { PlannedClient } from './plan.ts'
import { createRandom } from './random.ts'

/** A client in one of its rooms. */
export interface Seat {
  readonly client: number
  readonly room: number
}

/** Those who talk in rooms that are treated alike, with their share of all messages. */
interface Speakers {
  readonly seats: readonly Seat[]
  readonly share: number
}

/** Draws the sender of one message after the other, and its room. */
export function createSenderDraw(load: Load, clients: readonly PlannedClient[], seed: number): () => Seat {
  const random = createRandom(seed, 'senders')
  if (isEven(load)) {
    return () => {
      const client = random.int(clients.length)
      const { rooms } = clients[client]!
      return { client, room: rooms[random.int(rooms.length)]! }
    }
  }
  const speakers = speakersOf(load, clients, seed)
  return () => {
    const { seats } = pick(speakers, random.uniform())
    return seats[random.int(seats.length)]!
  }
}

/** Everybody talks alike. */
function isEven(load: Load): boolean {
  const { talkers = DEFAULTS.talkers } = load
  const groups = roomGroups(load) ?? []
  return talkers === 1 && groups.every(group => group.messageShare === undefined && (group.talkers ?? 1) === 1)
}

function speakersOf(load: Load, clients: readonly PlannedClient[], seed: number): Speakers[] {
  const talkers = talkersOfRooms(load, clients, seed)
  const groups = roomGroups(load) ?? [{ count: roomCount(load) }]
  let firstRoom = 0
  const inGroups = groups.map(({ count }) => {
    const rooms = talkers.slice(firstRoom, firstRoom + count)
    const seats = rooms.flatMap((inRoom, index) => inRoom.map(client => ({ client, room: firstRoom + index })))
    firstRoom += count
    return seats
  })
  const shares = messageShares(
    groups.map((group: Partial<RoomGroup>) => group.messageShare ?? null),
    inGroups.map(({ length }) => length),
  )
  return inGroups.map((seats, index) => ({ seats, share: shares[index]! }))
}

/** Groups without a share divide what the others leave by the number of those who talk in them. */
function messageShares(given: readonly (number | null)[], talkers: readonly number[]): number[] {
  const left = 1 - given.reduce<number>((sum, share) => sum + (share ?? 0), 0)
  const dividing = talkers.reduce((sum, count, index) => sum + (given[index] === null ? count : 0), 0)
  return given.map((share, index) => share ?? (left * talkers[index]!) / dividing)
}

/** `at`: from 0 to 1, excluded. */
function pick(speakers: readonly Speakers[], at: number): Speakers {
  let left = at
  for (const candidate of speakers) {
    if (left < candidate.share) return candidate
    left -= candidate.share
  }
  // Shares may add up to a little less than 1.
  return speakers.findLast(({ share }) => share > 0)!
}

/**
 * Of each room: the members that ever say something, at least one. They follow each other in number from a random one on, so that they are on
 * as many instances as they can.
 */
export function talkersOfRooms(load: Load, clients: readonly PlannedClient[], seed: number): number[][] {
  const { talkers = DEFAULTS.talkers } = load
  const random = createRandom(seed, 'talkers')
  const sharePerRoom = (roomGroups(load) ?? []).flatMap(group => new Array(group.count).fill(group.talkers ?? talkers))
  return membersOfRooms(clients, roomCount(load)).map((members, room) => {
    const count = Math.max(1, Math.round(members.length * (sharePerRoom[room] ?? talkers)))
    const first = random.int(members.length)
    return Array.from({ length: count }, (_, step) => members[(first + step) % members.length]!)
  })
}
