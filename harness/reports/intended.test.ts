import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Intended } from './intended.ts'

test('counts what is due, of the load and of the roll call, each from its own beginning', () => {
  const intended = new Intended()
  expect(intended.upTo(1_000)).toBe(0)

  intended.begin({ atMs: [-500, 0, 0, 100] }, 1_000)
  expect([499, 500, 999, 1_000, 1_099, 1_100, 9_000].map(nowMs => intended.upTo(nowMs))).toEqual([0, 1, 1, 3, 3, 4, 4])

  intended.begin({ atMs: [0, 50] }, 9_000)
  expect(intended.upTo(9_049)).toBe(5)
  expect(intended.upTo(9_050)).toBe(6)
})

test('as looking at each of them would', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 })), fc.integer({ min: -30, max: 30 }), (times, untilMs) => {
      const atMs = times.sort((one, other) => one - other)
      const intended = new Intended()
      intended.begin({ atMs }, 0)
      expect(intended.upTo(untilMs)).toBe(atMs.filter(time => time <= untilMs).length)
    }),
  )
})
