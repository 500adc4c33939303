import { describe, expect, test } from 'vitest'
import type { Load, Scenario } from '../scenario/scenario.ts'
import { validateScenario } from '../scenario/validate.ts'
import { membersOfRooms } from './layout.ts'
import { makePlan } from './make-plan.ts'
import type { Plan } from './plan.ts'
import { talkersOfRooms } from './senders.ts'

const MIXED: Load = {
  rooms: [
    { count: 1, clients: 50, messageShare: 0.1, talkers: 0.1 },
    { count: 20, clients: 5 },
    { count: 10, clients: 2, talkers: 1 },
  ],
  messagesPerSecond: 1000,
  talkers: 0.4,
  textBytes: 100,
  seconds: 10,
}

function planOf(load: Load, instances = 3, seed = 1): Plan {
  const scenario: Scenario = { about: 'x', topology: { instances }, load, budgets: {} }
  return makePlan('x', validateScenario(scenario, 'x'), seed)
}

/** Messages of some rooms, as a share of all. */
function shareOf({ messages }: Plan, isIn: (room: number) => boolean): number {
  return messages.room.filter(isIn).length / messages.room.length
}

describe('talkers', () => {
  const load: Load = { rooms: 6, clients: 120, messagesPerSecond: 1000, textBytes: 100, seconds: 10, talkers: 0.25 }
  const plan = planOf(load)

  test('are that share of each room, and nobody else says anything before the roll call', () => {
    for (const [room, members] of membersOfRooms(plan.clients, 6).entries()) {
      const heard = new Set(plan.messages.client.filter((_, index) => plan.messages.room[index] === room))
      expect(heard.size).toBe(Math.round(members.length * 0.25))
    }
    expect(new Set(plan.rollCall.client).size).toBe(120)
  })

  test('are on as many instances as they can be', () => {
    for (let seed = 0; seed < 20; seed++) {
      for (const talkers of talkersOfRooms(load, plan.clients, seed)) {
        expect(new Set(talkers.map(client => plan.clients[client]!.instance)).size).toBe(3)
      }
    }
  })

  test('are one in a room at least, and another seed has others', () => {
    const few = { ...load, talkers: 0.001 }
    expect(talkersOfRooms(few, plan.clients, 1).map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1])
    expect(talkersOfRooms(load, plan.clients, 1)).not.toEqual(talkersOfRooms(load, plan.clients, 2))
  })

  test('say something only where they are, also in several rooms', () => {
    const { clients, messages } = planOf({ ...load, roomsPerClient: 2 })
    for (const [index, client] of messages.client.entries()) {
      expect(clients[client]!.rooms).toContain(messages.room[index])
    }
  })
})

describe('groups of rooms', () => {
  const plan = planOf(MIXED)
  const members = membersOfRooms(plan.clients, plan.rooms.length)

  test('have their sizes, and spread over as many instances as they have members', () => {
    expect(members.map(({ length }) => length)).toEqual([50, ...Array(20).fill(5), ...Array(10).fill(2)])
    for (const inRoom of members) {
      const instances = new Set(inRoom.map(client => plan.clients[client]!.instance))
      expect(instances.size).toBe(Math.min(3, inRoom.length))
    }
    const perInstance = [0, 1, 2].map(instance => plan.clients.filter(client => client.instance === instance).length)
    expect(Math.max(...perInstance) - Math.min(...perInstance)).toBeLessThanOrEqual(1)
  })

  test('have their share of the messages, the others theirs by those who talk', () => {
    expect(shareOf(plan, room => room === 0)).toBeCloseTo(0.1, 1)
    // Two of five talk in each of twenty rooms, two of two in each of ten.
    expect(shareOf(plan, room => room > 0 && room <= 20)).toBeCloseTo((0.9 * 40) / 60, 1)
    expect(shareOf(plan, room => room > 20)).toBeCloseTo((0.9 * 20) / 60, 1)
    const inBigRoom = plan.messages.client.filter((_, index) => plan.messages.room[index] === 0)
    expect(new Set(inBigRoom).size).toBe(5)
  })

  test('may be silent until the roll call', () => {
    const silent = planOf({
      ...MIXED,
      rooms: [
        { count: 3, clients: 5, messageShare: 0 },
        { count: 3, clients: 5 },
      ],
    })
    expect(shareOf(silent, room => room < 3)).toBe(0)
    expect(silent.rollCall.room.some(room => room < 3)).toBe(true)
  })

  test('without shares talk evenly', () => {
    const even = planOf({
      ...MIXED,
      talkers: 1,
      rooms: [
        { count: 1, clients: 30 },
        { count: 6, clients: 5 },
      ],
    })
    expect(shareOf(even, room => room === 0)).toBeCloseTo(0.5, 1)
  })
})
