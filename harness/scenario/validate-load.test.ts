import { describe, expect, test } from 'vitest'
import { applyOverrides } from './overrides.ts'
import type { Scenario } from './scenario.ts'
import { ScenarioError, validateScenario } from './validate.ts'

type Loose = Record<string, unknown>

const FILE = 'scenarios/example.ts'
const EVEN: Loose = { rooms: 4, clients: 24, messagesPerSecond: 50, textBytes: 100, seconds: 20 }
const MIXED: Loose = {
  rooms: [
    { count: 1, clients: 100 },
    { count: 30, clients: 5 },
  ],
  messagesPerSecond: 50,
  textBytes: 100,
  seconds: 20,
}

function scenario(load: Loose, instances = 3): Loose {
  return { about: 'An example.', topology: { instances }, load, budgets: {} }
}

function problemsOf(value: Loose): string[] {
  try {
    validateScenario(value, FILE)
  } catch (error) {
    expect(error).toBeInstanceOf(ScenarioError)
    return (error as Error).message.split('\n').map(line => line.slice(FILE.length + 2))
  }
  return []
}

test.each([
  [{ ...EVEN, shape: { kind: 'constant' } }],
  [{ ...EVEN, shape: { kind: 'ramp', toMessagesPerSecond: 0 }, talkers: 0.1 }],
  [{ ...EVEN, shape: { kind: 'steps', toMessagesPerSecond: [100, 200.5] } }],
  [{ ...EVEN, shape: { kind: 'spikes', toMessagesPerSecond: 500, everySeconds: 5, lastsSeconds: 1 } }],
  [MIXED],
  [{ ...MIXED, rooms: [{ count: 1, clients: 3 }] }],
  [{ ...MIXED, rooms: ['a', 'b', 'c'].map(() => ({ count: 2, clients: 2, messageShare: 1 / 3, talkers: 0.5 })) }],
])('%j is sound', load => {
  expect(problemsOf(scenario(load))).toEqual([])
})

describe('shapes', () => {
  const spikes = { kind: 'spikes', toMessagesPerSecond: 500, everySeconds: 5, lastsSeconds: 1 }
  test.each([
    ['ramp', 'load.shape: found "ramp"; allowed is an object'],
    [
      { kind: 'rump' },
      'load.shape.kind: found "rump"; allowed is "constant" or "ramp" or "steps" or "spikes". Did you',
    ],
    [{}, 'load.shape.kind: found nothing'],
    [{ kind: 'ramp' }, 'load.shape.toMessagesPerSecond: found nothing; allowed is a number from 0 to 100000'],
    [{ kind: 'ramp', to: 5 }, 'load.shape.to: found a field that does not exist'],
    [{ kind: 'constant', toMessagesPerSecond: 5 }, 'load.shape.toMessagesPerSecond: found a field that does not exist'],
    [{ kind: 'steps', toMessagesPerSecond: 5 }, 'found 5; allowed is a list of 1 to 100 numbers from 0 to 100000'],
    [{ kind: 'steps', toMessagesPerSecond: [] }, 'found a list of 0; allowed is a list of 1 to 100'],
    [
      { kind: 'steps', toMessagesPerSecond: [5, -1] },
      'found a list of 2; allowed is a list of 1 to 100 numbers from 0',
    ],
    [{ ...spikes, lastsSeconds: 5 }, 'load.shape.lastsSeconds: found 5; allowed is less than load.shape.everySeconds'],
    [
      { ...spikes, everySeconds: 20 },
      'load.shape.everySeconds: found 20; allowed is less than load.seconds, which is 20',
    ],
  ])('%j', (shape, expected) => {
    expect(problemsOf(scenario({ ...EVEN, shape })).join('\n')).toContain(expected)
  })

  test('of more messages than a run can hold', () => {
    const load = { ...EVEN, seconds: 120, shape: { kind: 'ramp', toMessagesPerSecond: 100_000 } }
    const found = 'load.messagesPerSecond: found 50 with the shape ramp, which makes 6003100 messages'
    expect(problemsOf(scenario(load))[0]).toContain(found)
  })

  test('talkers are a share', () => {
    expect(problemsOf(scenario({ ...EVEN, talkers: 0 }))[0]).toContain('load.talkers: found 0')
    expect(problemsOf(scenario({ ...EVEN, talkers: 20 }))[0]).toContain('load.talkers: found 20')
  })
})

describe('churn', () => {
  test.each([
    [7, 'load.churn: found 7; allowed is an object'],
    [{ clientsPerSecond: 1 }, 'load.churn.awaySeconds: found nothing; allowed is a number from 0.5 to 86400'],
    [{ clientsPerSecond: 0, awaySeconds: 3 }, 'load.churn.clientsPerSecond: found 0; allowed is a number from 0.01'],
    [{ clientsPerSecond: 1, awaySeconds: 3, share: 1 }, 'load.churn.share: found a field that does not exist'],
    [
      { clientsPerSecond: 0.1, awaySeconds: 19 },
      'load.churn.awaySeconds: found 19; allowed is less than load.seconds - 1',
    ],
    [{ clientsPerSecond: 3, awaySeconds: 2 }, 'found 3 for 2 s each, which keeps 12 away; allowed is at most 10 away'],
  ])('%j', (churn, expected) => {
    expect(problemsOf(scenario({ ...EVEN, churn })).join('\n')).toContain(expected)
  })

  test('is sound where most are there', () => {
    expect(problemsOf(scenario({ ...EVEN, churn: { clientsPerSecond: 2.5, awaySeconds: 2 } }))).toEqual([])
  })
})

describe('rooms', () => {
  const list = (rooms: unknown) => ({ ...MIXED, rooms })
  test.each<[Loose, string]>([
    [list([]), 'load.rooms: found a list of 0; allowed is a whole number from 1 to 100000, or a list of groups'],
    [list('many'), 'load.rooms: found "many"'],
    [list([7]), 'load.rooms[0]: found 7; allowed is an object with count and clients'],
    [list([{ count: 1 }]), 'load.rooms[0].clients: found nothing'],
    [list([{ count: 1, client: 5 }]), 'load.rooms[0].client: found a field that does not exist'],
    [list([{ count: 0, clients: 5 }]), 'load.rooms[0].count: found 0'],
    [list([{ count: 50_000, clients: 3 }]), 'load.rooms: found 150000 clients in all; allowed is at most 100000'],
    [list([{ count: 1, clients: 2 }]), 'load.rooms: found 2 clients in all; allowed is at least 3 in all'],
    [list([{ count: 9, clients: 1 }]), 'load.rooms: found nobody who hears anybody else'],
    [{ ...MIXED, clients: 250 }, 'load.clients: found 250; allowed is no load.clients beside a list of rooms'],
    [{ ...MIXED, roomsPerClient: 2 }, 'load.roomsPerClient: found 2; allowed is 1 with a list of rooms'],
    [{ ...EVEN, clients: undefined }, 'load.clients: found nothing; allowed is a whole number from 1 to 100000, which'],
    [
      list([{ count: 1, clients: 9, messageShare: 0.5 }]),
      'add up to 0.5; allowed is 1 where every group has its messag',
    ],
    [
      list([
        { count: 1, clients: 9, messageShare: 1 },
        { count: 1, clients: 5 },
      ]),
      'add up to 1; allowed is less than 1, so that something is left',
    ],
  ])('%j', (load, expected) => {
    expect(problemsOf(scenario(load)).join('\n')).toContain(expected)
  })

  test('one instance has nothing to cross', () => {
    expect(problemsOf(scenario(list([{ count: 9, clients: 1 }]), 1))).toEqual([])
  })
})

describe('pages', () => {
  test.each<[Loose, string]>([
    [{ ...EVEN, pages: 17 }, 'load.pages: found 17; allowed is a whole number from 1 to 16'],
    [
      { ...EVEN, clients: 12, pages: 12 },
      'load.pages: found 12; allowed is fewer than there are clients, which are 12',
    ],
    [
      { ...EVEN, roomsPerClient: 2, pages: 2 },
      'load.pages: found 2; allowed is no load.pages with load.roomsPerClient',
    ],
    [
      { ...EVEN, churn: { clientsPerSecond: 1, awaySeconds: 1 }, pages: 2 },
      'load.pages: found 2; allowed is no load.pages with load.churn',
    ],
  ])('%j', (load, expected) => {
    expect(problemsOf(scenario(load)).join('\n')).toContain(expected)
  })

  test('a few among many', () => {
    expect(problemsOf(scenario({ ...EVEN, pages: 4 }))).toEqual([])
  })
})

describe('from the command line', () => {
  const mixed = scenario(MIXED) as unknown as Scenario

  test('clients alone do not go with a list of rooms, rooms alone not without clients', () => {
    const expected = 'load.clients (set by --clients 40): found 40; allowed is no load.clients beside a list of rooms'
    expect(() => applyOverrides(mixed, { clients: 40 }, FILE)).toThrow(expected)
    expect(() => applyOverrides(mixed, { rooms: 4 }, FILE)).toThrow('load.clients (set by --rooms 4): found nothing')
  })

  test('both together take the place of the list', () => {
    expect(applyOverrides(mixed, { rooms: 4, clients: 40 }, FILE).load).toMatchObject({ rooms: 4, clients: 40 })
  })

  test('too few clients for the instances', () => {
    const few = scenario({ ...MIXED, rooms: [{ count: 1, clients: 5 }] }) as unknown as Scenario
    expect(() => applyOverrides(few, { instances: 6 }, FILE)).toThrow(
      'load.rooms (set by --instances 6): found 5 clients',
    )
  })
})
