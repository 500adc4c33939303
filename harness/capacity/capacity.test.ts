import { expect, test } from 'vitest'
import { type CapacityFacts, capacityOf, describeCapacity, exitCodeOf } from './capacity.ts'
import type { Step, StepOutcome } from './step.ts'

const FACTS: CapacityFacts = {
  ...{ scenario: 'example', seed: 7, driver: 'process', from: 100, to: 800, precision: 0.1, stepSeconds: 10 },
}

function step(rate: number, outcome: StepOutcome, because: string[] = []): Step {
  const quantiles = { p50: 2.5, p99: rate / 10 }
  return {
    ...{ rate, outcome, because, folder: `runs/${rate}` },
    measured: {
      achieved: rate * 0.99,
      achievedShare: 0.99,
      deliveriesPerSecond: rate * 15,
      latencyMs: { crossInstance: quantiles, ack: quantiles, sendLag: { p50: 0.1, p99: 0.5 } },
      eventLoopUtilization: 0.5,
    },
  }
}

const found = (steps: Step[], isInterrupted = false) => capacityOf(FACTS, steps, isInterrupted)

test('the service was the limit: what broke just above is told, with the table in order of rates', () => {
  const steps = [step(100, 'held'), step(200, 'broke', ['ackP99Ms 153, limit 100']), step(150, 'held')]
  const capacity = found(steps)
  expect(capacity).toMatchObject({ highestHeld: 150, achievedShare: 0.99, limitedBy: 'service' })
  expect(exitCodeOf(capacity)).toBe(0)
  expect(describeCapacity(capacity)).toEqual([
    'offered  achieved          deliveries  across P50    P99  ack P99  lag P99',
    '  100/s      99/s  99.0 %     1,500/s      2.5 ms  10 ms    10 ms   0.5 ms  held',
    '  150/s   148.5/s  99.0 %     2,250/s      2.5 ms  15 ms    15 ms   0.5 ms  held',
    '  200/s     198/s  99.0 %     3,000/s      2.5 ms  20 ms    20 ms   0.5 ms  BROKE',
    '',
    'highest rate that held: 150/s, achieved/offered 99.0 %',
    'at 200/s  BROKE: ackP99Ms 153, limit 100',
  ])
})

test('the generator was the limit, also where the service broke further up', () => {
  const capacity = found([step(100, 'held'), step(400, 'broke'), step(200, 'generator', ['it could not keep up'])])
  expect(capacity).toMatchObject({ highestHeld: 100, limitedBy: 'generator' })
  expect(exitCodeOf(capacity)).toBe(3)
  expect(describeCapacity(capacity).join('\n')).toContain('the limit was the generator, not the service')
})

test('nothing broke, nothing held, not judged, interrupted', () => {
  const all = found([step(100, 'held'), step(800, 'held')])
  expect([all.limitedBy, exitCodeOf(all)]).toEqual(['range', 0])
  expect(describeCapacity(all).at(-1)).toBe('nothing broke up to 800/s, the highest rate that was to be tried')

  const none = found([step(100, 'broke'), step(50, 'broke')])
  expect([none.highestHeld, none.limitedBy, exitCodeOf(none)]).toEqual([null, 'service', 1])
  expect(describeCapacity(none)).toContain('no rate held')

  const crashed = { ...step(200, 'not-judged', ['exit code 7']), measured: null }
  const unknown = found([step(100, 'held'), crashed])
  expect([unknown.limitedBy, exitCodeOf(unknown)]).toEqual(['not-judged', 3])
  expect(describeCapacity(unknown).at(-1)).toBe('at 200/s  invalid: exit code 7')

  const stopped = found([step(100, 'held')], true)
  expect([stopped.highestHeld, stopped.limitedBy]).toEqual([100, 'interrupted'])
  expect(found([], true).highestHeld).toBeNull()
})
