/** When and on what the faults of a scenario fall. */

import { describe, expect, test } from 'vitest'
import type { FaultSpec, Scenario } from '../scenario/scenario.ts'
import { validateScenario } from '../scenario/validate.ts'
import { makePlan } from './make-plan.ts'

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed)

function planOf(faults: readonly FaultSpec[], seed = 1, top: Partial<Scenario> = {}) {
  const scenario = {
    about: 'An example.',
    topology: { instances: 4 },
    load: { rooms: 4, clients: 40, messagesPerSecond: 5, textBytes: 100, seconds: 100 },
    faults,
    budgets: {},
    ...top,
  }
  return makePlan('x', validateScenario(scenario, 'x.ts'), seed)
}

/** Such as "5000 chat-2". */
function placesOf(faults: readonly FaultSpec[], seed = 1): string[] {
  return planOf(faults, seed).faults.map(({ atMs, target }) => `${atMs} ${target}`)
}

test('a fault of one named instance, with every setting of its kind', () => {
  expect(planOf([{ kind: 'restart-redis', atSeconds: 5, data: 'lost' }]).faults).toEqual([
    {
      kind: 'restart-redis',
      target: 'redis',
      atMs: 5_000,
      heals: true,
      lastsMs: 1_000,
      settings: { forSeconds: 1, signal: 'SIGTERM', data: 'lost' },
    },
  ])
  const [stays] = planOf([{ kind: 'kill-instance', target: 'chat-1', atSeconds: 1, restart: false }]).faults
  expect(stays).toMatchObject({ heals: false, lastsMs: 0, settings: { restart: false } })
})

describe('times', () => {
  test('again and again, everySeconds apart', () => {
    const fault: FaultSpec = { kind: 'pause-instance', target: 'chat-2', atSeconds: 2, everySeconds: 7.5, times: 3 }
    expect(placesOf([fault])).toEqual(['2000 chat-2', '9500 chat-2', '17000 chat-2'])
  })

  test('with each: round after round', () => {
    const fault: FaultSpec = { kind: 'kill-instance', target: 'each', atSeconds: 1, everySeconds: 10, times: 2 }
    expect(placesOf([fault])).toEqual([
      '1000 chat-1',
      '11000 chat-2',
      '21000 chat-3',
      '31000 chat-4',
      '41000 chat-1',
      '51000 chat-2',
      '61000 chat-3',
      '71000 chat-4',
    ])
  })

  test('with random: drawn anew each time', () => {
    const fault: FaultSpec = { kind: 'kill-instance', atSeconds: 1, everySeconds: 5, times: 10 }
    const all = SEEDS.map(seed => planOf([fault], seed).faults.map(({ target }) => target))
    for (const targets of all) expect(new Set(targets).size).toBeGreaterThan(1)
  })

  test('of several faults: in order of time', () => {
    const kill: FaultSpec = { kind: 'kill-instance', target: 'chat-1', atSeconds: 10, everySeconds: 20, times: 2 }
    const fill: FaultSpec = { kind: 'fill-redis', atSeconds: 20 }
    expect(placesOf([fill, kill])).toEqual(['10000 chat-1', '20000 redis', '30000 chat-1'])
  })
})

describe('a time between two', () => {
  const drawn: FaultSpec = { kind: 'kill-instance', target: 'chat-1', atSeconds: { from: 10, to: 20 } }
  const timesOf = (seed: number) => planOf([drawn], seed).faults[0]!.atMs

  test('is drawn from the seed, between them, in whole microseconds', () => {
    const times = SEEDS.map(timesOf)
    expect(SEEDS.map(timesOf)).toEqual(times)
    expect(new Set(times).size).toBe(SEEDS.length)
    for (const atMs of times) {
      expect(atMs).toBeGreaterThanOrEqual(10_000)
      expect(atMs).toBeLessThan(20_000)
      expect(Math.round(atMs * 1000) / 1000).toBe(atMs)
    }
    // Both halves have their turn.
    expect(Math.min(...times)).toBeLessThan(13_000)
    expect(Math.max(...times)).toBeGreaterThan(17_000)
  })

  test('is drawn once for all repetitions and targets', () => {
    const [first, second] = planOf([{ ...drawn, everySeconds: 30, times: 2 }]).faults
    expect(second!.atMs - first!.atMs).toBeCloseTo(30_000, 3)
    const together = planOf([{ kind: 'cut-redis', target: 'all', atSeconds: { from: 10, to: 20 } }]).faults
    expect(new Set(together.map(({ atMs }) => atMs)).size).toBe(1)
  })

  test('moves no message', () => {
    expect(planOf([drawn]).messages).toEqual(planOf([]).messages)
  })
})

describe('targets', () => {
  test('all: every instance at once', () => {
    expect(placesOf([{ kind: 'cut-redis', target: 'all', atSeconds: 3 }])).toEqual([
      '3000 chat-1',
      '3000 chat-2',
      '3000 chat-3',
      '3000 chat-4',
    ])
  })

  test.each([
    [0.01, 1],
    [0.25, 1],
    [0.26, 2],
    [0.5, 2],
    [0.75, 3],
    [1, 4],
  ])('a fraction of %f: %i of 4, each another one, drawn from the seed', (fraction, count) => {
    const targetsOf = (seed: number) =>
      planOf([{ kind: 'pause-instance', target: { fraction }, atSeconds: 3 }], seed).faults.map(({ target }) => target)
    const all = SEEDS.map(targetsOf)
    for (const targets of all) expect(new Set(targets).size).toBe(count)
    for (const targets of all) expect(targets).toHaveLength(count)
    expect(new Set(all.flat()).size).toBe(4)
    expect(SEEDS.map(targetsOf)).toEqual(all)
  })

  test('a fraction again and again', () => {
    const fault: FaultSpec = {
      kind: 'slow-redis',
      target: { fraction: 0.5 },
      atSeconds: 3,
      everySeconds: 20,
      times: 3,
    }
    const faults = planOf([fault]).faults
    expect(faults.map(({ atMs }) => atMs)).toEqual([3_000, 3_000, 23_000, 23_000, 43_000, 43_000])
  })

  test('the kind decides where the scenario does not', () => {
    expect(placesOf([{ kind: 'fill-redis', atSeconds: 3 }])).toEqual(['3000 redis'])
    expect(placesOf([{ kind: 'reconnect-storm', atSeconds: 3 }])).toHaveLength(4)
    expect(placesOf([{ kind: 'kill-instance', atSeconds: 3 }])).toHaveLength(1)
  })

  test('instances that are added are numbered on, by time, and are the last of the plan', () => {
    const add = (atSeconds: number): FaultSpec => ({ kind: 'add-instance', atSeconds })
    const plan = planOf([add(30), add(10)])
    expect(plan.faults.map(({ atMs, target }) => `${atMs} ${target}`)).toEqual(['10000 chat-5', '30000 chat-6'])
    expect(plan.instances).toEqual(['chat-1', 'chat-2', 'chat-3', 'chat-4', 'chat-5', 'chat-6'])
    expect(plan.instancesAtStart).toBe(4)
    expect(Math.max(...plan.clients.map(({ instance }) => instance))).toBe(3)
  })
})

test('how many may be down: what the scenario says, else all but one', () => {
  expect(planOf([]).instancesDownMax).toBe(3)
  expect(planOf([], 1, { instancesDownMax: 2 }).instancesDownMax).toBe(2)
  const alone = { topology: { instances: 1 } }
  expect(planOf([], 1, alone).instancesDownMax).toBe(1)
})
