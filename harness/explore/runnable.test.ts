import { describe, expect, test } from 'vitest'
import { makePlan } from '../plan/make-plan.ts'
import { FAULT_NAMES } from '../scenario/fault-kinds.ts'
import type { FaultSpec, Scenario } from '../scenario/scenario.ts'
import { drawScenario } from './draw-scenario.ts'
import { faultPlan, isRunnable } from './runnable.ts'

function scenario(faults: readonly FaultSpec[], instancesDownMax?: number): Scenario {
  return {
    about: 'An example.',
    topology: { instances: 4 },
    load: { rooms: 2, clients: 20, messagesPerSecond: 20, textBytes: 30, seconds: 20 },
    faults,
    budgets: {},
    ...(instancesDownMax === undefined ? {} : { instancesDownMax }),
  }
}

const killed = (number: number, atSeconds: number): FaultSpec => ({
  kind: 'kill-instance',
  target: `chat-${number}`,
  atSeconds,
})
const gone = (number: number, atSeconds: number): FaultSpec =>
  ({ ...killed(number, atSeconds), restart: false }) as FaultSpec
const stopped = (number: number, atSeconds: number): FaultSpec =>
  ({ ...killed(number, atSeconds), kind: 'stop-instance' }) as FaultSpec

test('the faults of a plan without load are those of the plan', () => {
  for (let number = 0; number < 30; number++) {
    const { scenario, seed } = drawScenario({ seed: 21, number, kinds: FAULT_NAMES })
    const { faults, instancesAtStart } = makePlan('x', scenario, seed)
    expect(faultPlan(scenario, seed)).toMatchObject({ faults, instancesAtStart })
  }
})

describe('can be run to its end', () => {
  test.each([
    ['without faults', scenario([])],
    ['instances that come back, one at a time', scenario([killed(1, 2), killed(2, 3)], 1)],
    ['as many gone as may be', scenario([gone(1, 2), gone(2, 3)], 2)],
    ['one that goes when another is back', scenario([killed(2, 2), gone(1, 3)], 1)],
    ['one gone, and room for another', scenario([gone(1, 2), killed(2, 3)], 2)],
    ['an instance that is killed again when it is back', scenario([killed(1, 2), killed(1, 4), killed(1, 6)])],
  ])('%s', (_, value) => {
    expect(isRunnable(value, 7)).toBe(true)
  })

  test.each([
    ['a broken rule', scenario([killed(9, 2)])],
    ['one that waits behind one that is gone', scenario([gone(1, 2), killed(2, 3)], 1)],
    ['one that waits for an instance that is gone', scenario([gone(1, 2), killed(1, 8)])],
    ['one whose turn comes after the load', scenario([killed(1, 12), killed(1, 14), killed(1, 16)])],
    ['one that waits for a drain until then', scenario([stopped(1, 9), killed(2, 10)], 1)],
    ['more gone than may be', scenario([gone(1, 2), gone(2, 3), gone(3, 4)], 2)],
  ])('but not %s', (_, value) => {
    expect(isRunnable(value, 7)).toBe(false)
  })
})
