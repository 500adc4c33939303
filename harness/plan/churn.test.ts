import { describe, expect, test } from 'vitest'
import type { Load, Scenario } from '../scenario/scenario.ts'
import { validateScenario } from '../scenario/validate.ts'
import { membersOfRooms } from './layout.ts'
import { makePlan } from './make-plan.ts'
import type { Plan } from './plan.ts'

const LOAD: Load = {
  rooms: 10,
  clients: 60,
  messagesPerSecond: 400,
  churn: { clientsPerSecond: 4, awaySeconds: 3 },
  textBytes: 100,
  seconds: 20,
}

function planOf(changes: Partial<Load> = {}, seed = 1): Plan {
  const scenario: Scenario = { about: 'x', topology: { instances: 3 }, load: { ...LOAD, ...changes }, budgets: {} }
  return makePlan('x', validateScenario(scenario, 'x'), seed)
}

/** Each absence as [client, from, until]. */
function absences({ churn }: Plan): (readonly [number, number, number])[] {
  return churn!.client.map((client, index) => [client, churn!.leaveAtMs[index]!, churn!.backAtMs[index]!] as const)
}

test('nobody leaves a plan without churn', () => {
  expect(planOf({ churn: undefined }).churn).toBeUndefined()
})

test('as many leave as the rate says, each for as long as is said, and all are back before the end', () => {
  const away = absences(planOf())
  expect(away).toHaveLength(4 * (20 - 3 - 1))
  for (const [, from, until] of away) {
    expect(from).toBeGreaterThanOrEqual(0)
    expect(until - from).toBeCloseTo(3_000)
    expect(until).toBeLessThanOrEqual(19_000)
  }
  expect(away.map(([, from]) => from)).toEqual(away.map(([, from]) => from).sort((a, b) => a - b))
})

test('one seed, one plan; another seed, another one; it reads the same after JSON', () => {
  expect(planOf()).toEqual(planOf())
  expect(JSON.parse(JSON.stringify(planOf()))).toEqual(planOf())
  expect(planOf({}, 2).churn).not.toEqual(planOf().churn)
})

test('churn moves no message in time, and as many are sent', () => {
  expect(planOf().messages.atMs).toEqual(planOf({ churn: undefined }).messages.atMs)
})

describe.each([
  ['rooms of one size', {}],
  ['several rooms to a client', { roomsPerClient: 2 }],
  ['few who talk', { talkers: 0.3 }],
  [
    'small rooms',
    {
      rooms: [
        { count: 30, clients: 2 },
        { count: 1, clients: 40, messageShare: 0.05 },
      ],
      clients: undefined,
    },
  ],
])('in %s', (_, changes) => {
  const plan = planOf(changes as Partial<Load>)
  const away = absences(plan)

  test('nobody speaks who is away, nor within a second of it', () => {
    for (const [index, client] of plan.messages.client.entries()) {
      const atMs = plan.messages.atMs[index]!
      const isAway = away.some(([who, from, until]) => who === client && atMs >= from - 1_000 && atMs <= until + 1_000)
      expect(isAway).toBe(false)
      expect(plan.clients[client]!.rooms).toContain(plan.messages.room[index])
    }
  })

  test('nobody leaves who is away or has just come back', () => {
    for (const [index, [client, from]] of away.entries()) {
      for (const [who, , until] of away.slice(0, index))
        if (who === client) expect(from).toBeGreaterThanOrEqual(until + 2_000)
    }
  })

  test('somebody stays in each room from the beginning to the end', () => {
    const leavers = new Set(away.map(([client]) => client))
    for (const members of membersOfRooms(plan.clients, plan.rooms.length)) {
      expect(members.some(client => !leavers.has(client))).toBe(true)
    }
  })
})
