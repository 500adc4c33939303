import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { roomCount } from '../scenario/load-size.ts'
import type { FaultName, FaultSpec, Load, Scenario } from '../scenario/scenario.ts'
import { validateScenario } from '../scenario/validate.ts'
import { membersOfRooms } from './layout.ts'
import { makePlan } from './make-plan.ts'
import type { Plan } from './plan.ts'

function scenario(load: Partial<Load> = {}, faults: readonly FaultSpec[] = [], instances = 3): Scenario {
  return {
    about: 'An example.',
    topology: { instances },
    load: { rooms: 4, clients: 24, messagesPerSecond: 50, textBytes: 100, seconds: 20, ...load },
    faults,
    budgets: {},
  }
}

test('one seed, one plan; another seed, another plan', () => {
  const random: FaultSpec[] = [{ kind: 'kill-instance', atSeconds: 5 }]
  const plan = makePlan('x', scenario({}, random), 7)
  expect(makePlan('x', scenario({}, random), 7)).toEqual(plan)
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  expect(makePlan('x', scenario({}, random), 8).messages).not.toEqual(plan.messages)
})

test('the plan tells whether there is a balancer', () => {
  const { topology, ...rest } = scenario()
  const balancerOf = (balancer: 'haproxy' | 'direct') =>
    makePlan('x', { ...rest, topology: { ...topology, balancer } }, 1).balancer
  expect(balancerOf('haproxy')).toBe('haproxy')
  expect(balancerOf('direct')).toBeUndefined()
})

test('defaults are filled in', () => {
  expect(makePlan('x', scenario(), 1)).toMatchObject({
    schema: 1,
    scenario: 'x',
    seed: 1,
    instances: ['chat-1', 'chat-2', 'chat-3'],
    rooms: ['room-1', 'room-2', 'room-3', 'room-4'],
    faults: [],
    textBytes: 100,
    warmUpMs: 2000,
    loadMs: 20_000,
    settleMsMax: 30_000,
    deadlineMs: 5000,
  })
  const own = { ...scenario({ warmUpSeconds: 0 }), settleSecondsMax: 12.5, deadlineSeconds: 2 }
  expect(makePlan('x', own, 1)).toMatchObject({ warmUpMs: 0, settleMsMax: 12_500, deadlineMs: 2000 })
})

describe('messages', () => {
  test('are as many as the rate says, before and after time 0, in order', () => {
    const { atMs } = makePlan('x', scenario({ messagesPerSecond: 33.3, seconds: 10, warmUpSeconds: 3 }), 1).messages
    expect(atMs.filter(time => time < 0)).toHaveLength(100)
    expect(atMs.filter(time => time >= 0)).toHaveLength(333)
    expect(atMs[0]).toBeGreaterThanOrEqual(-3000)
    expect(atMs.at(-1)).toBeLessThan(10_000)
    expect([...atMs].sort((a, b) => a - b)).toEqual(atMs)
    for (const time of atMs) expect(Math.round(time * 1000) / 1000).toBe(time)
  })

  test('come evenly: over time, senders and rooms, chi-square stays under the 99.9th percentile', () => {
    const load = { messagesPerSecond: 1000, seconds: 50, clients: 50, rooms: 50, roomsPerClient: 2 }
    const { messages, loadMs } = makePlan('x', scenario(load, [], 1), 4)
    const afterZero = messages.atMs.filter(time => time >= 0)
    const slices = afterZero.map(time => Math.floor((time / loadMs) * 50))
    for (const column of [slices, messages.client, messages.room]) {
      const counts = new Array<number>(50).fill(0)
      for (const cell of column) counts[cell]!++
      const expected = column.length / 50
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      // 49 degrees of freedom: 85.4 at 99.9 %, 23.98 at 0.1 %.
      expect(chiSquare).toBeLessThan(85.4)
      expect(chiSquare).toBeGreaterThan(23.9)
    }
  })

  test('leave gaps of a Poisson process: as spread as they are long', () => {
    const { atMs } = makePlan('x', scenario({ messagesPerSecond: 1000, seconds: 50, warmUpSeconds: 0 }), 2).messages
    const gaps = atMs.slice(1).map((time, index) => time - atMs[index]!)
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
    expect(deviation / mean).toBeGreaterThan(0.97)
    expect(deviation / mean).toBeLessThan(1.03)
  })

  test('do not move when a fault is added', () => {
    const without = makePlan('x', scenario(), 5)
    const withFault = makePlan('x', scenario({}, [{ kind: 'kill-instance', atSeconds: 5 }]), 5)
    expect(withFault.messages).toEqual(without.messages)
    expect(withFault.rollCall).toEqual(without.rollCall)
  })
})

/** As a kind that ends with a new start is planned. */
function planned(kind: FaultName, target: string, atMs: number, downSeconds: number) {
  return { kind, target, atMs, heals: true, lastsMs: downSeconds * 1000, settings: { restart: true, downSeconds } }
}

describe('faults', () => {
  test('each instance in turn, among others by time', () => {
    const faults: FaultSpec[] = [
      { kind: 'stop-instance', target: 'each', atSeconds: 3, everySeconds: 4.5 },
      { kind: 'kill-instance', target: 'chat-1', atSeconds: 9, downSeconds: 0.5 },
      { kind: 'kill-instance', target: 'chat-2', atSeconds: 15, restart: false },
    ]
    expect(makePlan('x', scenario({}, faults), 1).faults).toEqual([
      planned('stop-instance', 'chat-1', 3000, 1),
      planned('stop-instance', 'chat-2', 7500, 1),
      planned('kill-instance', 'chat-1', 9000, 0.5),
      planned('stop-instance', 'chat-3', 12_000, 1),
      {
        ...planned('kill-instance', 'chat-2', 15_000, 1),
        ...{ heals: false, lastsMs: 0, settings: { restart: false, downSeconds: 1 } },
      },
    ])
  })

  test('again and again, all at once, a share of them', () => {
    const faults: FaultSpec[] = [
      { kind: 'cut-redis', target: 'all', atSeconds: 2, times: 2, everySeconds: 3, forSeconds: 1 },
      { kind: 'restart-redis', atSeconds: 12 },
      { kind: 'pause-instance', target: { fraction: 0.5 }, atSeconds: 15 },
    ]
    const { faults: placed } = makePlan('x', scenario({}, faults), 1)
    expect(placed.slice(0, 7).map(({ kind, target, atMs }) => `${kind} ${target} ${atMs}`)).toEqual([
      'cut-redis chat-1 2000',
      'cut-redis chat-2 2000',
      'cut-redis chat-3 2000',
      'cut-redis chat-1 5000',
      'cut-redis chat-2 5000',
      'cut-redis chat-3 5000',
      'restart-redis redis 12000',
    ])
    const paused = placed.slice(7).map(({ target }) => target)
    expect(paused).toHaveLength(2)
    expect(new Set(paused).size).toBe(2)
  })

  test('at a time from the seed', () => {
    const faults: FaultSpec[] = [{ kind: 'kill-instance', atSeconds: { from: 4, to: 8 } }]
    const times = Array.from({ length: 50 }, (_, seed) => makePlan('x', scenario({}, faults), seed).faults[0]!.atMs)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(4000)
    expect(Math.max(...times)).toBeLessThan(8000)
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(2000)
    expect(makePlan('x', scenario({}, faults), 7).faults[0]!.atMs).toBe(times[7])
  })

  test('instances that are added get the next numbers, in order of time, and no client starts there', () => {
    const faults: FaultSpec[] = [
      { kind: 'add-instance', atSeconds: 9 },
      { kind: 'add-instance', atSeconds: 3 },
    ]
    const plan = makePlan('x', scenario({}, faults), 1)
    expect(plan.faults.map(({ target, atMs }) => [target, atMs])).toEqual([
      ['chat-4', 3000],
      ['chat-5', 9000],
    ])
    expect(plan.instances).toEqual(['chat-1', 'chat-2', 'chat-3', 'chat-4', 'chat-5'])
    expect(plan.instancesAtStart).toBe(3)
    expect(Math.max(...plan.clients.map(({ instance }) => instance))).toBe(2)
  })

  test('a random target comes from the seed, and every instance has its turn', () => {
    const faults: FaultSpec[] = [{ kind: 'kill-instance', atSeconds: 5 }]
    const targets = Array.from({ length: 50 }, (_, seed) => makePlan('x', scenario({}, faults), seed).faults[0]!.target)
    expect(new Set(targets)).toEqual(new Set(['chat-1', 'chat-2', 'chat-3']))
  })

  test('a random target is not an instance that another fault holds down', () => {
    const faults: FaultSpec[] = [
      { kind: 'kill-instance', atSeconds: 5, downSeconds: 3 },
      { kind: 'kill-instance', atSeconds: 6, restart: false },
      { kind: 'kill-instance', target: 'chat-2', atSeconds: 7 },
    ]
    for (let seed = 0; seed < 50; seed++) {
      const targets = makePlan('x', scenario({}, faults), seed).faults.map(fault => fault.target)
      expect(new Set(targets).size).toBe(3)
    }
  })

  test('a random target is not an instance that may still drain, and none drains into a later fault', () => {
    const stop: FaultSpec = { kind: 'stop-instance', target: 'chat-1', atSeconds: 5 }
    const drawn = (faults: readonly FaultSpec[], kind: string) =>
      Array.from({ length: 50 }, (_, seed) => makePlan('x', scenario({ seconds: 60 }, faults), seed).faults)
        .flat()
        .filter(fault => fault.kind === kind)
        .map(({ target }) => target)
    expect(drawn([stop, { kind: 'kill-instance', atSeconds: 26 }], 'kill-instance')).not.toContain('chat-1')
    expect(drawn([stop, { kind: 'kill-instance', atSeconds: 26.1 }], 'kill-instance')).toContain('chat-1')

    const kill: FaultSpec = { kind: 'kill-instance', target: 'chat-1', atSeconds: 20 }
    expect(drawn([kill, { kind: 'stop-instance', atSeconds: 5 }], 'stop-instance')).not.toContain('chat-1')
  })
})

/** Scenarios of many sizes that keep the rules. */
const anyScenario = fc
  .record({
    instances: fc.integer({ min: 1, max: 6 }),
    rooms: fc.integer({ min: 1, max: 30 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    moreClients: fc.integer({ min: 0, max: 40 }),
  })
  .map(({ instances, rooms, share, moreClients }) => {
    const roomsPerClient = 1 + Math.floor(share * (rooms - 1))
    const clients = Math.max(rooms, instances * Math.ceil(rooms / roomsPerClient)) + moreClients
    const value = scenario({ rooms, clients, roomsPerClient, seconds: 2 }, [], instances)
    return validateScenario(value, 'any')
  })

function instancesOf(plan: Plan, clients: readonly number[]): Set<number> {
  return new Set(clients.map(client => plan.clients[client]!.instance))
}

test('in any scenario every room spans every instance, and the roll call speaks to it from each', () => {
  fc.assert(
    fc.property(anyScenario, fc.integer({ min: 0, max: 2 ** 31 - 1 }), (value, seed) => {
      const plan = makePlan('any', value, seed)
      const members = membersOfRooms(plan.clients, plan.rooms.length)
      for (const [room, inRoom] of members.entries()) {
        expect(instancesOf(plan, inRoom).size).toBe(plan.instances.length)
        const speakers = plan.rollCall.client.filter((_, index) => plan.rollCall.room[index] === room)
        expect(instancesOf(plan, speakers).size).toBe(plan.instances.length)
      }
      expect(new Set(plan.rollCall.client).size).toBe(plan.clients.length)
      for (const { client, room } of [plan.messages, plan.rollCall]) {
        for (const [index, sender] of client.entries()) expect(plan.clients[sender]!.rooms).toContain(room[index])
      }
    }),
    { numRuns: 60 },
  )
})

test('fewer clients than the rule asks for leave some room without a member on some instance', () => {
  fc.assert(
    fc.property(anyScenario, value => {
      const { instances } = value.topology
      const { roomsPerClient = 1 } = value.load
      const rooms = roomCount(value.load)
      const clients = instances * Math.ceil(rooms / roomsPerClient) - 1
      fc.pre(clients > 0)
      const plan = makePlan('few', scenario({ rooms, roomsPerClient, clients, seconds: 2 }, [], instances), 1)
      const spans = membersOfRooms(plan.clients, rooms).map(inRoom => instancesOf(plan, inRoom).size)
      expect(Math.min(...spans)).toBeLessThan(instances)
    }),
    { numRuns: 60 },
  )
})
