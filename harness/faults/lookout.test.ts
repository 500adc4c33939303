import { expect, test } from 'vitest'
import { lookFor } from './lookout.ts'

/** A clock on which only pauses take time. */
function clock() {
  let nowMs = 0
  return {
    now: () => nowMs,
    pause: async (ms: number) => {
      nowMs += ms
    },
  }
}

test('what is seen is told, however often one has to look', async () => {
  let looks = 0
  expect(await lookFor(clock(), 1000, () => (++looks === 5 ? 'it' : null))).toBe('it')
  expect(looks).toBe(5)
})

test('nothing is told after the time, and the last look is not before its end', async () => {
  const time = clock()
  const looksMs: number[] = []
  const look = async () => {
    looksMs.push(time.now())
    return null
  }
  expect(await lookFor(time, 1000, look)).toBe(null)
  expect([looksMs[0], looksMs.at(-1)! >= 1000, looksMs.length]).toEqual([0, true, 21])
})

test('one look is had even without time', async () => {
  expect(await lookFor(clock(), 0, () => 'it')).toBe('it')
})
