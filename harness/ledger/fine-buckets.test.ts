import { expect, test } from 'vitest'
import { countFine, fineQuantileMs, zeroFineBuckets } from './fine-buckets.ts'

const NONE = zeroFineBuckets()

function bucketsOf(...latenciesMs: number[]) {
  const buckets = zeroFineBuckets()
  for (const latencyMs of latenciesMs) countFine(buckets, latencyMs)
  return buckets
}

test.each([0.003, 0.02, 0.9, 1, 4.2, 11.6, 264, 1023.9, 59_999])('one sample of %f ms is told within an eighth', ms => {
  const told = fineQuantileMs(bucketsOf(ms), NONE, 0.99)!
  expect(told).toBeGreaterThanOrEqual(ms * 0.99)
  expect(told).toBeLessThanOrEqual(ms * 1.126 + 0.001)
})

test('quantiles of a thousand even samples', () => {
  const buckets = bucketsOf(...Array.from({ length: 1000 }, (_, index) => (index + 1) / 10))
  expect(fineQuantileMs(buckets, NONE, 0.5)).toBeCloseTo(50, -0.5)
  expect(Math.abs(fineQuantileMs(buckets, NONE, 0.99)! - 99)).toBeLessThan(6)
})

test('only what came since is counted', () => {
  const before = bucketsOf(500, 500, 500)
  const now = [...before]
  countFine(now, 2)
  expect(fineQuantileMs(now, before, 0.99)).toBeLessThan(2.3)
  expect(fineQuantileMs(before, before, 0.99)).toBeNull()
})

test('what lies outside is in the first or the last bucket', () => {
  expect(fineQuantileMs(bucketsOf(-5), NONE, 0.5)).toBeLessThanOrEqual(0.001)
  expect(fineQuantileMs(bucketsOf(1e9), NONE, 0.99)).toBeGreaterThan(60_000)
})
