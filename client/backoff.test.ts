import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Backoff } from './backoff.ts'

test('a delay is anything between 0 and the ceiling, which doubles up to the cap', () => {
  const ceilings = (random: () => number) => {
    const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random })
    return [0, 1, 2, 3, 4].map(() => backoff.nextMs())
  }
  expect(ceilings(() => 0)).toEqual([0, 0, 0, 0, 0])
  expect(ceilings(() => 1)).toEqual([100, 200, 400, 800, 1_000])
})

test('reset starts again from the base', () => {
  const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: () => 1 })
  backoff.nextMs()
  backoff.nextMs()
  backoff.reset()
  expect(backoff.nextMs()).toBe(100)
})

test('thousands of attempts stay finite', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), attempts => {
      const backoff = new Backoff({ baseMs: 100, capMs: 5_000, random: () => 0.999 })
      for (let i = 0; i < attempts; i += 1) backoff.nextMs()
      expect(backoff.nextMs()).toBeLessThanOrEqual(5_000)
    }),
    { numRuns: 20 },
  )
})
