/**
 * A latency histogram small enough to be told several times a second: log-linear buckets as in HdrHistogram, eight to each power of two of
 * microseconds, so none is wider than an eighth of its value. For what is shown while a run goes; the verdict has histograms of its own.
 */

/** A power of two. */
const BUCKETS_PER_OCTAVE = 8
const OCTAVE_BITS = 3
/** Above the minute that a latency can be measured to. */
const MICROSECONDS_MAX = 2 ** 26 - 1
const BUCKETS = bucketOf(MICROSECONDS_MAX) + 1

/** Samples per bucket. */
export type FineBuckets = number[]

export function zeroFineBuckets(): FineBuckets {
  return new Array<number>(BUCKETS).fill(0)
}

/** Counts a sample, or several of the same value; one outside of what there are buckets for counts in the first or the last of them. */
export function countFine(buckets: FineBuckets, latencyMs: number, count = 1): void {
  buckets[bucketOf(Math.min(MICROSECONDS_MAX, Math.max(0, latencyMs * 1000)))]! += count
}

/**
 * Of the samples that `now` has beyond `before`, in milliseconds, as if they were spread evenly within their bucket. Null where there are
 * none.
 */
export function fineQuantileMs(
  now: Readonly<FineBuckets>,
  before: Readonly<FineBuckets>,
  quantile: number,
): number | null {
  const samples = now.reduce((sum, count, bucket) => sum + count - before[bucket]!, 0)
  if (samples <= 0) return null
  let left = samples * quantile
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = now[bucket]! - before[bucket]!
    if (count > 0 && left <= count) {
      const [lower, upper] = [lowerBoundOf(bucket), lowerBoundOf(bucket + 1)]
      return (lower + (upper - lower) * (left / count)) / 1000
    }
    left -= count
  }
  return lowerBoundOf(BUCKETS) / 1000
}

function bucketOf(microseconds: number): number {
  const whole = Math.trunc(microseconds)
  if (whole < BUCKETS_PER_OCTAVE) return whole
  const octave = 31 - Math.clz32(whole)
  const within = (whole >> (octave - OCTAVE_BITS)) & (BUCKETS_PER_OCTAVE - 1)
  return (octave - OCTAVE_BITS + 1) * BUCKETS_PER_OCTAVE + within
}

/** In microseconds. */
function lowerBoundOf(bucket: number): number {
  if (bucket < BUCKETS_PER_OCTAVE) return bucket
  const octave = (bucket >> OCTAVE_BITS) - 1
  return (BUCKETS_PER_OCTAVE + (bucket & (BUCKETS_PER_OCTAVE - 1))) * 2 ** octave
}
