import { expect, test } from 'vitest'
import { addedMsMin, paddingFor } from './slowness.ts'

const WIDE = 1_000_000_000

test('latency adds up over both ways, and four fifths of it have to be seen', () => {
  expect(addedMsMin({ latencyMs: 100, jitterMs: 50, bytesPerSecond: WIDE }, 500)).toBeCloseTo(160, 3)
})

test('a narrow link takes its time for the bytes, but for the bursts that it lets through', () => {
  const narrow = { latencyMs: 0, jitterMs: 0, bytesPerSecond: 2000 }
  expect(paddingFor(narrow)).toBe(1000)
  expect(addedMsMin(narrow, 2000)).toBeCloseTo(0.8 * 920, 3)
})

test('what could be the machine itself is not for seeing', () => {
  expect(addedMsMin({ latencyMs: 3, jitterMs: 500, bytesPerSecond: WIDE }, 500)).toBe(null)
})

test('a probe is as long as it has to be, and no longer than headers may be', () => {
  const paddings = [1_000_000, 10_000, 200].map(bytesPerSecond => {
    return paddingFor({ latencyMs: 0, jitterMs: 0, bytesPerSecond })
  })
  expect(paddings).toEqual([8000, 5000, 100])
  expect(paddingFor({ latencyMs: 50, jitterMs: 0, bytesPerSecond: 200 })).toBe(0)
})
