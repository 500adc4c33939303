import { expect, test } from 'vitest'
import { countLatency, LATENCY_BUCKET_BOUNDS_SECONDS, zeroCounters } from './worker-counters.ts'

test('a sample on a bound belongs to that bucket, one over all bounds to the last', () => {
  const { cross } = zeroCounters().latency
  countLatency(cross, 0.001)
  countLatency(cross, 0.0011)
  countLatency(cross, 61)
  countLatency(cross, -1)

  expect(cross.counts).toHaveLength(LATENCY_BUCKET_BOUNDS_SECONDS.length + 1)
  expect(cross.counts[0]).toBe(2)
  expect(cross.counts[1]).toBe(1)
  expect(cross.counts.at(-1)).toBe(1)
  expect(cross.sumSeconds).toBeCloseTo(61.0021)
})

test('kinds do not share their buckets', () => {
  const { latency } = zeroCounters()
  countLatency(latency.cross, 0.5)
  expect(latency.same.counts.every(count => count === 0)).toBe(true)
})
