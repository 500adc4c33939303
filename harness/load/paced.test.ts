import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { paced } from './paced.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** Times of what was done, in milliseconds after the start. */
async function timesOf(count: number, perSecond: number, act: (item: number) => boolean = () => true) {
  const startMs = Date.now()
  const times: number[] = []
  const done = paced([...Array(count).keys()], perSecond, Date.now, item => {
    times.push(Date.now() - startMs)
    return act(item)
  })
  await vi.runAllTimersAsync()
  await done
  return times
}

test('one after the other, evenly', async () => {
  expect(await timesOf(4, 50)).toEqual([0, 20, 40, 60])
})

test('several on one tick, where timers are slower than the rate', async () => {
  const times = await timesOf(4_000, 4_000)
  expect(times.at(-1)).toBeGreaterThan(990)
  expect(times.at(-1)).toBeLessThanOrEqual(1_000)
  for (const second of [0, 250, 500, 750]) {
    const inQuarter = times.filter(time => time >= second && time < second + 250)
    expect(inQuarter.length).toBeGreaterThan(990)
    expect(inQuarter.length).toBeLessThan(1_010)
  }
})

test('who has nothing to do takes no turn', async () => {
  expect(await timesOf(6, 50, item => item % 3 === 0)).toEqual([0, 20, 20, 20, 40, 40])
})

test('a short standstill is made up for, a long one is not', async () => {
  const stall = (ms: number) => (item: number) => {
    if (item === 0) vi.setSystemTime(Date.now() + ms)
    return true
  }
  expect((await timesOf(8, 50, stall(60))).slice(0, 6)).toEqual([0, 60, 60, 60, 80, 100])
  // Five turns at most.
  expect((await timesOf(9, 50, stall(10_000))).filter(time => time === 10_000)).toHaveLength(5)
})
