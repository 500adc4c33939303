/** Who is where: clients over instances and rooms, so that every room has members on every instance, or on as many as it has members. */

import { clientCount, roomCount, roomGroups } from '../scenario/load-size.ts'
import { DEFAULTS, type Load } from '../scenario/scenario.ts'
import type { PlannedClient } from './plan.ts'

export interface LayoutSize {
  readonly instances: number
  readonly rooms: number
  readonly clients: number
  readonly roomsPerClient: number
}

export function layOutLoad(load: Load, instances: number): PlannedClient[] {
  const groups = roomGroups(load)
  if (groups !== null) {
    const sizes = groups.flatMap(({ count, clients }) => new Array<number>(count).fill(clients))
    return layOutRooms(sizes, instances)
  }
  const { roomsPerClient = DEFAULTS.roomsPerClient } = load
  return layOut({ instances, rooms: roomCount(load), clients: clientCount(load), roomsPerClient })
}

/** Room after room, each client in one. Client i starts on instance i mod instances, so that small rooms take turns, too. */
function layOutRooms(sizes: readonly number[], instances: number): PlannedClient[] {
  const rooms = sizes.flatMap((size, room) => new Array<number>(size).fill(room))
  return rooms.map((room, index) => ({ name: `client-${index + 1}`, instance: index % instances, rooms: [room] }))
}

/**
 * Client i starts on instance i mod instances; as many neighbours as there are instances form a group and share their rooms. Group g's
 * first room is g mod rooms; its further ones follow in even steps around the circle of rooms, so no two of them are the same.
 */
export function layOut({ instances, rooms, clients, roomsPerClient }: LayoutSize): PlannedClient[] {
  return Array.from({ length: clients }, (_, index) => {
    const group = Math.floor(index / instances)
    const own = Array.from({ length: roomsPerClient }, (_, step) => {
      return (group + Math.floor((step * rooms) / roomsPerClient)) % rooms
    })
    return { name: `client-${index + 1}`, instance: index % instances, rooms: own }
  })
}

/** As many of the clients are pages, in even steps, so that they are spread over rooms as the clients are. */
export function choosePages(clients: readonly PlannedClient[], pages: number): readonly PlannedClient[] {
  const chosen = new Set(Array.from({ length: pages }, (_, page) => Math.floor((page * clients.length) / pages)))
  return clients.map((client, index) => (chosen.has(index) ? { ...client, isPage: true } : client))
}

/** Indexes of each room's members, rising. */
export function membersOfRooms(clients: readonly PlannedClient[], rooms: number): number[][] {
  const members: number[][] = Array.from({ length: rooms }, () => [])
  for (const [index, client] of clients.entries()) for (const room of client.rooms) members[room]!.push(index)
  return members
}
