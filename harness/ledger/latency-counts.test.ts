import fc from 'fast-check'
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js/dist/encoding.js'
import { describe, expect, test } from 'vitest'
import { LATENCY_US_MAX, LatencyCounts } from './latency-counts.ts'
import { buildLatencyHistogram, decodeLatencyHistogram } from './latency-histogram.ts'

/** Spread over the magnitudes, and around the powers of two, where buckets end. */
const valueUs = fc.oneof(
  fc.integer({ min: 1, max: LATENCY_US_MAX }),
  fc.integer({ min: 1, max: 5000 }),
  fc.tuple(fc.integer({ min: 10, max: 25 }), fc.integer({ min: -2, max: 2 })).map(([power, near]) => 2 ** power + near),
)

describe('counts of latencies', () => {
  test('are what the library counts, in what it reads', () => {
    // Forty of them fit into the 32 bits of a bucket.
    const count = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 50_000_000 }))
    fc.assert(
      fc.property(fc.array(fc.tuple(valueUs, count), { maxLength: 40 }), samples => {
        const counts = new LatencyCounts()
        const library = buildLatencyHistogram()
        for (const [us, times] of samples) {
          counts.record(us / 1000, times)
          library.recordValueWithCount(us, times)
        }
        const read = decodeLatencyHistogram(counts.encoded())
        expect(read.totalCount).toBe(library.totalCount)
        expect(encodeIntoCompressedBase64(read)).toBe(encodeIntoCompressedBase64(library))
      }),
      { numRuns: 300 },
    )
  })

  test('what is out of range counts as the lowest or highest, and over a minute as overflow', () => {
    const counts = new LatencyCounts()
    for (const valueMs of [-3, 0, 0.0004, 60_001]) counts.record(valueMs)
    counts.record(Infinity, 2)
    const read = decodeLatencyHistogram(counts.encoded())
    expect(read.totalCount).toBe(6)
    expect(read.getValueAtPercentile(50)).toBe(1)
    expect(read.maxValue).toBeGreaterThanOrEqual(LATENCY_US_MAX)
    expect(counts.overflow).toBe(3)
  })

  test('of nothing are an empty histogram', () => {
    expect(decodeLatencyHistogram(new LatencyCounts().encoded()).totalCount).toBe(0)
  })
})
