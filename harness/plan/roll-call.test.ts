import { expect, test } from 'vitest'
import { layOut, membersOfRooms } from './layout.ts'
import type { PlannedMessages } from './plan.ts'
import { createRandom } from './random.ts'
import { planRollCall, ROLL_CALL_DELIVERIES_MAX } from './roll-call.ts'

function callFor(size: { instances: number; rooms: number; clients: number; roomsPerClient: number }) {
  const clients = layOut(size)
  const call = planRollCall(clients, size.rooms, createRandom(1, 'roll call'))
  const members = membersOfRooms(clients, size.rooms).map(list => list.length)
  const deliveries = call.room.reduce((sum, room) => sum + members[room]!, 0)
  return { clients, call, members, deliveries }
}

/** Instances that a room hears from, room by room. */
function speakingInstances(
  call: PlannedMessages,
  clients: readonly { instance: number }[],
  rooms: number,
): Set<number>[] {
  const heard = Array.from({ length: rooms }, () => new Set<number>())
  for (const [index, room] of call.room.entries()) heard[room]!.add(clients[call.client[index]!]!.instance)
  return heard
}

test('everybody speaks once, in the first room, where that is affordable', () => {
  const { clients, call } = callFor({ instances: 3, rooms: 20, clients: 300, roomsPerClient: 1 })
  expect([...call.client].sort((a, b) => a - b)).toEqual(clients.map((_, index) => index))
  for (const [index, client] of call.client.entries()) expect(call.room[index]).toBe(clients[client]!.rooms[0])
})

test('a room that is nobody’s first is spoken into from each instance all the same', () => {
  // Rooms 2 and 3 are further rooms only: two groups of clients begin with rooms 0 and 1.
  const { clients, call } = callFor({ instances: 3, rooms: 4, clients: 6, roomsPerClient: 2 })
  expect(new Set(clients.map(client => client.rooms[0]))).toEqual(new Set([0, 1]))
  expect(speakingInstances(call, clients, 4).map(heard => heard.size)).toEqual([3, 3, 3, 3])
  expect(call.client).toHaveLength(6 + 6)
})

test('where everybody would be too much, each room keeps as many as fit, from all instances alike', () => {
  const { clients, call, deliveries } = callFor({ instances: 3, rooms: 2, clients: 3000, roomsPerClient: 1 })
  expect(deliveries).toBeLessThanOrEqual(ROLL_CALL_DELIVERIES_MAX)
  expect(deliveries).toBeGreaterThan(ROLL_CALL_DELIVERIES_MAX * 0.9)
  const perInstance = [0, 0, 0]
  for (const client of call.client) perInstance[clients[client]!.instance]!++
  expect(Math.max(...perInstance) - Math.min(...perInstance)).toBeLessThanOrEqual(2)
})

test('one speaker of each instance is never saved', () => {
  const { clients, call } = callFor({ instances: 4, rooms: 1, clients: 200_000, roomsPerClient: 1 })
  expect(call.client).toHaveLength(4)
  expect(speakingInstances(call, clients, 1)[0]!.size).toBe(4)
})

test.each([
  [{ instances: 3, rooms: 20, clients: 300, roomsPerClient: 1 }],
  [{ instances: 3, rooms: 2, clients: 900, roomsPerClient: 2 }],
  [{ instances: 2, rooms: 500, clients: 2000, roomsPerClient: 1 }],
])('the pace is gentle: %j', size => {
  const { call, members } = callFor(size)
  for (let from = 0; from < call.atMs.length; from++) {
    let deliveries = 0
    let sends = 0
    for (let index = from; index < call.atMs.length && call.atMs[index]! < call.atMs[from]! + 1000; index++) {
      deliveries += members[call.room[index]!]!
      sends++
    }
    expect(sends).toBeLessThanOrEqual(200)
    // The last message of a second may begin in it and be paid for in the next.
    expect(deliveries).toBeLessThan(10_000 + Math.max(...members))
  }
})

test('a few clients take half a second too', () => {
  const { call } = callFor({ instances: 2, rooms: 1, clients: 4, roomsPerClient: 1 })
  expect(call.atMs).toEqual([0, 125, 250, 375])
})
