import { expect, test } from 'vitest'
import { LATENCY_US_MAX } from './latency-counts.ts'
import { decodeLatencyHistogram } from './latency-histogram.ts'
import { LatencyHistograms } from './latency-recording.ts'
import type { LatencyRecord } from './ledger.ts'

function valuesOf(record: LatencyRecord | undefined) {
  const histogram = decodeLatencyHistogram(record!.histogram)
  return { count: histogram.totalCount, p50: histogram.getValueAtPercentile(50), max: histogram.maxValue }
}

test('keeps one histogram for each kind and slice, in microseconds', () => {
  const latencies = new LatencyHistograms(3)
  latencies.record('cross', 0, 1.5)
  latencies.record('cross', 1, 20)
  latencies.record('cross', 1, 20)
  latencies.record('ack', 0, 4)

  const records = latencies.flush(Infinity)

  expect(records.map(({ worker, kind, slice, overflow }) => ({ worker, kind, slice, overflow }))).toEqual([
    { worker: 3, kind: 'cross', slice: 0, overflow: 0 },
    { worker: 3, kind: 'ack', slice: 0, overflow: 0 },
    { worker: 3, kind: 'cross', slice: 1, overflow: 0 },
  ])
  expect(valuesOf(records[0]).count).toBe(1)
  expect(valuesOf(records[0]).p50).toBe(1500)
  const second = valuesOf(records[2])
  expect(second.count).toBe(2)
  expect(Math.abs(second.p50 - 20_000)).toBeLessThanOrEqual(20)
})

test('flush hands out only what is before the slice, once', () => {
  const latencies = new LatencyHistograms(0)
  for (const slice of [-2, -1, 0, 1]) latencies.record('same', slice, 1)

  expect(latencies.flush(0).map(record => record.slice)).toEqual([-2, -1])
  expect(latencies.flush(0)).toEqual([])
  expect(latencies.flush(Infinity).map(record => record.slice)).toEqual([0, 1])
})

test('a sample that comes after its slice was flushed is in a record of its own', () => {
  const latencies = new LatencyHistograms(0)
  latencies.record('cross', 5, 1)
  const first = latencies.flush(6)
  latencies.record('cross', 5, 9_000)
  const second = latencies.flush(20)

  expect(first).toHaveLength(1)
  expect(second).toHaveLength(1)
  expect(second[0]!.slice).toBe(5)
  expect(valuesOf(second[0]).count).toBe(1)
})

test('clamps what is out of range and counts the overflow', () => {
  const latencies = new LatencyHistograms(0)
  latencies.record('cross', 0, -3)
  latencies.record('cross', 0, 0)
  latencies.record('cross', 0, 61_000)
  latencies.record('cross', 0, Infinity)

  const [record] = latencies.flush(Infinity)

  expect(record!.overflow).toBe(2)
  const histogram = decodeLatencyHistogram(record!.histogram)
  expect(histogram.totalCount).toBe(4)
  expect(histogram.getValueAtPercentile(25)).toBe(1)
  expect(histogram.maxValue).toBeGreaterThanOrEqual(LATENCY_US_MAX)
})

test('a latency that is not a number is a mistake of the caller', () => {
  expect(() => new LatencyHistograms(0).record('ack', 0, Number.NaN)).toThrow('ack latency of slice 0')
})
