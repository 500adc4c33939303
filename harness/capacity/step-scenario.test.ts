import { expect, test } from 'vitest'
import type { Scenario } from '../scenario/scenario.ts'
import { validateScenario } from '../scenario/validate.ts'
import { scenarioAtRate } from './step-scenario.ts'

const SCENARIO: Scenario = {
  about: 'An example.',
  topology: { instances: 3 },
  load: {
    rooms: 4,
    clients: 24,
    messagesPerSecond: 50,
    shape: { kind: 'ramp', toMessagesPerSecond: 150 },
    talkers: 0.5,
    textBytes: 100,
    seconds: 20,
    warmUpSeconds: 3,
  },
  faults: [{ kind: 'kill-instance', atSeconds: 5 }],
  instancesDownMax: 1,
  budgets: { lost: 0, crossInstanceP99Ms: { steady: 100, fault: 1500 }, ackP50Ms: { fault: 9 }, steadyAgainSeconds: 5 },
}

test('the load at a constant rate, without faults and what is about them', () => {
  const changed = scenarioAtRate('example', SCENARIO, 400, 10)
  expect(validateScenario(changed, 'x')).toEqual({
    about: 'example at 400 messages per second.',
    topology: { instances: 3 },
    load: {
      rooms: 4,
      clients: 24,
      messagesPerSecond: 400,
      talkers: 0.5,
      textBytes: 100,
      seconds: 10,
      warmUpSeconds: 3,
    },
    budgets: { lost: 0, crossInstanceP99Ms: 100 },
  })
})

test('takes longer where a budget needs more samples, but not for more than the scenario has', () => {
  // 1,000 for a P99, and some more.
  expect(scenarioAtRate('x', SCENARIO, 20, 10).load.seconds).toBe(60)
  const short = { ...SCENARIO, load: { ...SCENARIO.load, seconds: 5 } }
  expect(scenarioAtRate('x', short, 20, 10).load.seconds).toBe(25)
  expect(scenarioAtRate('x', { ...SCENARIO, budgets: { lost: 0 } }, 20, 10).load.seconds).toBe(10)
})

test('takes long enough for the requests that a budget on them needs, but not for more than the scenario has', () => {
  const http = [
    { path: 'readyz', requestsPerSecond: 60 },
    { path: 'metrics', requestsPerSecond: 40 },
  ] as const
  const load = { ...SCENARIO.load, seconds: 60 }
  const secondsWith = (budgets: Scenario['budgets'], seconds = 60) =>
    scenarioAtRate('x', { ...SCENARIO, load: { ...load, seconds }, http, budgets }, 400, 10).load.seconds
  expect(secondsWith({ httpErrors: 0 })).toBe(10)
  // 1,000 for a P99, and some more, at 60 or 40 a second.
  expect(secondsWith({ readyzP99Ms: 100 })).toBe(20)
  expect(secondsWith({ readyzP99Ms: 100, metricsP99Ms: 100 })).toBe(30)
  expect(secondsWith({ readyzP99Ms: 100, metricsP99Ms: 100 }, 28)).toBe(28)
})
