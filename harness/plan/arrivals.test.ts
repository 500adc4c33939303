import { describe, expect, test } from 'vitest'
import type { Stretch } from '../scenario/load-size.ts'
import { drawArrivals } from './arrivals.ts'
import { createRandom } from './random.ts'

const level = (seconds: number, rate: number): Stretch => ({ seconds, fromRate: rate, toRate: rate })

function draw(stretches: readonly Stretch[], seed = 1): number[] {
  return [...drawArrivals(stretches, createRandom(seed, 'arrivals'))].map(time => time / 1_000_000)
}

/** How many fall between two times. */
function within(times: readonly number[], fromSeconds: number, toSeconds: number): number {
  return times.filter(time => time >= fromSeconds && time < toSeconds).length
}

/** Within five standard deviations of what is expected, which one seed in a million is not. */
function expectAbout(count: number, expected: number): void {
  expect(Math.abs(count - expected)).toBeLessThanOrEqual(5 * Math.sqrt(expected))
}

test('a ramp: exactly as many as the mean rate makes, as many by each moment as its integral says', () => {
  const times = draw([{ seconds: 100, fromRate: 100, toRate: 300 }])
  expect(times).toHaveLength(20_000)
  for (const until of [10, 25, 50, 75, 90]) expectAbout(within(times, 0, until), 100 * until + until ** 2)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('a ramp down to nothing and one up from nothing are each other’s mirror', () => {
  const down = draw([{ seconds: 10, fromRate: 200, toRate: 0 }])
  const up = draw([{ seconds: 10, fromRate: 0, toRate: 200 }])
  expect([down.length, up.length]).toEqual([1000, 1000])
  expectAbout(within(down, 0, 5), 750)
  expectAbout(within(up, 5, 10), 750)
})

test('stretches of different rates: none where the rate is 0, each with its own share', () => {
  const times = draw([level(10, 100), level(5, 0), level(5, 1000)])
  expect(times).toHaveLength(6000)
  expectAbout(within(times, 0, 10), 1000)
  expect(within(times, 10, 15)).toBe(0)
  expectAbout(within(times, 15, 20), 5000)
})

test('a constant rate cut in two is as even as one that is not', () => {
  const times = draw([level(4, 500), level(6, 500)])
  expect(times).toHaveLength(5000)
  expectAbout(within(times, 3, 5), 1000)
})

describe('times', () => {
  test.each([
    ['a ramp', [{ seconds: 0.001, fromRate: 1, toRate: 1_000_000 }]],
    ['steps', [level(0.0003, 1_000_000), level(0.0007, 1)]],
  ])('of %s are whole microseconds before the end', (_, stretches) => {
    for (let seed = 0; seed < 50; seed++) {
      for (const time of drawArrivals(stretches, createRandom(seed, 'arrivals'))) {
        expect(Number.isInteger(time)).toBe(true)
        expect(time).toBeGreaterThanOrEqual(0)
        expect(time).toBeLessThan(1000)
      }
    }
  })
})
