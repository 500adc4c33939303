/** Who is where: clients over instances and rooms, so that every room has members on every instance. */

import type { PlannedClient } from './plan.ts'

export interface LayoutSize {
  readonly instances: number
  readonly rooms: number
  readonly clients: number
  readonly roomsPerClient: number
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

/** Indexes of each room's members, rising. */
export function membersOfRooms(clients: readonly PlannedClient[], rooms: number): number[][] {
  const members: number[][] = Array.from({ length: rooms }, () => [])
  for (const [index, client] of clients.entries()) for (const room of client.rooms) members[room]!.push(index)
  return members
}
