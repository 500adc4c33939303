import { expect, test } from 'vitest'
import { applyOverrides, limitOrigins } from './overrides.ts'
import type { Scenario } from './scenario.ts'

const FILE = 'scenarios/example.ts'
const SCENARIO: Scenario = {
  about: 'An example.',
  topology: { instances: 3, appendFsync: 'no' },
  load: { rooms: 4, clients: 24, messagesPerSecond: 50, textBytes: 100, seconds: 20 },
  faults: [{ kind: 'kill-instance', target: 'chat-3', atSeconds: 15 }],
  budgets: { lost: 0, crossInstanceP99Ms: { steady: 100, fault: 1500 }, ackP99Ms: 80 },
}

test('numbers replace those of the scenario, and nothing else changes', () => {
  const overrides = { instances: 4, clients: 40, rooms: 5, messagesPerSecond: 7.5, seconds: 16 }
  const changed = applyOverrides(SCENARIO, overrides, FILE)
  expect(changed).toEqual({
    ...SCENARIO,
    topology: { instances: 4, appendFsync: 'no' },
    load: { rooms: 5, clients: 40, messagesPerSecond: 7.5, textBytes: 100, seconds: 16 },
  })
  expect(SCENARIO.load.clients).toBe(24)
})

test('a balancer replaces that of the scenario', () => {
  const balanced = applyOverrides(SCENARIO, { balancer: 'haproxy' }, FILE)
  expect(balanced).toEqual({ ...SCENARIO, topology: { ...SCENARIO.topology, balancer: 'haproxy' } })
  expect(applyOverrides(balanced, { balancer: 'direct' }, FILE).topology.balancer).toBe('direct')
})

test('no override gives the same scenario', () => {
  expect(applyOverrides(SCENARIO, {}, FILE)).toEqual(SCENARIO)
})

test('a budget replaces all phases, or one phase, or is added', () => {
  const budgets = [
    { measure: 'crossInstanceP99Ms', phase: 'steady', limit: 0.001 },
    { measure: 'ackP99Ms', phase: 'steady', limit: 20 },
    { measure: 'late', phase: null, limit: 3 },
  ]
  expect(applyOverrides(SCENARIO, { budgets }, FILE).budgets).toEqual({
    lost: 0,
    crossInstanceP99Ms: { steady: 0.001, fault: 1500 },
    ackP99Ms: { steady: 20 },
    late: 3,
  })
  const whole = [{ measure: 'crossInstanceP99Ms', phase: null, limit: 9 }]
  expect(applyOverrides(SCENARIO, { budgets: whole }, FILE).budgets.crossInstanceP99Ms).toBe(9)
})

test.each([
  [{ clients: 6 }, 'load.clients (set by --clients 6): found 6'],
  [{ rooms: 9 }, 'load.clients (set by --rooms 9): found 24; allowed is at least 27'],
  [{ instances: 2 }, 'faults[0].target (set by --instances 2): found "chat-3"'],
  [{ seconds: 10 }, 'faults[0].atSeconds (set by --seconds 10): found 15'],
  [{ budgets: [{ measure: 'crossInstanceP9Ms', phase: null, limit: 5 }] }, '(set by --budget crossInstanceP9Ms=5)'],
  [{ budgets: [{ measure: 'ackP99Ms', phase: 'stead', limit: 5 }] }, '(set by --budget ackP99Ms.stead=5)'],
  [{ budgets: [{ measure: 'lost', phase: 'fault', limit: 5 }] }, '(set by --budget lost.fault=5)'],
])('%j is refused with the name of the flag', (overrides, expected) => {
  expect(() => applyOverrides(SCENARIO, overrides, FILE)).toThrow(expected)
})

const FROM_FILE = { file: 'ci/budgets.json', budgets: { lost: 2, crossInstanceP99Ms: { steady: 70 }, ackP99Ms: 60 } }

test('a flag goes before a file, and a file before the scenario', () => {
  const budgets = [{ measure: 'ackP99Ms', phase: null, limit: 50 }]
  expect(applyOverrides(SCENARIO, { budgets }, FILE, FROM_FILE).budgets).toEqual({
    lost: 2,
    crossInstanceP99Ms: { steady: 70, fault: 1500 },
    ackP99Ms: 50,
  })
})

test('each limit is told where it comes from', () => {
  const budgets = [
    { measure: 'ackP99Ms', phase: 'fault', limit: 50 },
    { measure: 'late', phase: null, limit: 1 },
  ]
  expect(limitOrigins(SCENARIO, { budgets }, FROM_FILE)).toEqual({
    lost: 'ci/budgets.json',
    'crossInstanceP99Ms.steady': 'ci/budgets.json',
    'crossInstanceP99Ms.fault': 'scenario',
    'ackP99Ms.fault': '--budget',
    late: '--budget',
  })
})

test('what a file has that cannot be is told with the name of the file', () => {
  const fromFile = { file: 'ci/budgets.json', budgets: { readyzP99Ms: 5 } }
  expect(() => applyOverrides(SCENARIO, {}, FILE, fromFile)).toThrow('budgets.readyzP99Ms (set by ci/budgets.json)')
})
