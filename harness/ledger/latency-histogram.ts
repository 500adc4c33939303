/**
 * Latencies as HdrHistograms: how the load records them, how they are stored in the ledger, and how they are read again.
 *
 * Microseconds from 1 to one minute with 3 digits, so that a value is off by 0.1 % at most. One histogram per kind and second of the
 * intended time: the checkers put seconds together into phases later. Counts have 32 bits and plain JavaScript is used: a record
 * costs about 90 ns and a histogram 70 KB, of which only the last seconds' are held. (A packed histogram is smaller but costs 475 ns a
 * record; WebAssembly is quicker but must be destroyed by hand.)
 */

import type { Histogram } from 'hdr-histogram-js'
// Not the package as a whole: its log writer would cost each load worker several megabytes, for the language data of a number format.
import { decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js/dist/encoding.js'
import { build } from 'hdr-histogram-js/dist/HistogramBuilder.js'
import type { LatencyRecord, TimedKind } from './ledger.ts'

/** Nothing is quicker than the histogram's lowest step. A clock that steps back would give zero or less: recorded as this. */
export const LATENCY_US_MIN = 1
/** One minute. Slower samples are recorded as one minute and counted as overflow. */
export const LATENCY_US_MAX = 60_000_000
/** Significant decimal digits. */
export const LATENCY_DIGITS = 3

interface OpenSlice {
  readonly kind: TimedKind
  readonly slice: number
  readonly histogram: Histogram
  overflow: number
  /** The value that came last, and how often in a row: what comes at one moment is put in as one. */
  latestUs: number
  latestCount: number
}

/** An empty histogram of microseconds. */
export function buildLatencyHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    lowestDiscernibleValue: LATENCY_US_MIN,
    highestTrackableValue: LATENCY_US_MAX,
    numberOfSignificantValueDigits: LATENCY_DIGITS,
    autoResize: false,
    useWebAssembly: false,
  })
}

/** The text form for a ledger: V2 encoding, compressed, base64. */
export function encodeLatencyHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram)
}

/** Reads what {@link encodeLatencyHistogram} wrote. Throws where it is damaged. */
export function decodeLatencyHistogram(text: string): Histogram {
  return decodeFromCompressedBase64(text, 32, false)
}

/** One worker's latencies while the load runs. */
export class LatencyHistograms {
  readonly #worker: number
  readonly #open = new Map<string, OpenSlice>()
  /** The slice that was recorded last, per kind: nearly every sample belongs to it. */
  readonly #latest = new Map<TimedKind, OpenSlice>()

  constructor(worker: number) {
    this.#worker = worker
  }

  /**
   * Takes one sample, or `count` that are the same. `slice` is the whole second of the intended time of the send (negative in the warm-up), `valueMs` the time from
   * then. Values out of range are clamped; those over one minute are counted as overflow. Throws on NaN.
   */
  record(kind: TimedKind, slice: number, valueMs: number, count = 1): void {
    if (Number.isNaN(valueMs)) throw new RangeError(`a ${kind} latency of slice ${slice} is not a number`)
    let open = this.#latest.get(kind)
    if (open === undefined || open.slice !== slice) {
      open = this.#sliceOf(kind, slice)
      this.#latest.set(kind, open)
    }
    const valueUs = Math.round(valueMs * 1000)
    if (valueUs > LATENCY_US_MAX) open.overflow += count
    const clampedUs = Math.min(LATENCY_US_MAX, Math.max(LATENCY_US_MIN, valueUs))
    if (clampedUs !== open.latestUs) {
      putIn(open)
      open.latestUs = clampedUs
    }
    open.latestCount += count
  }

  /**
   * Hands out and forgets the slices before `beforeSlice` (Infinity: all). A later sample for one of them opens it anew; records of one
   * slice are added up when read.
   */
  flush(beforeSlice: number): LatencyRecord[] {
    const records: LatencyRecord[] = []
    for (const [key, open] of this.#open) {
      if (open.slice >= beforeSlice) continue
      this.#open.delete(key)
      if (this.#latest.get(open.kind) === open) this.#latest.delete(open.kind)
      putIn(open)
      records.push({
        worker: this.#worker,
        kind: open.kind,
        slice: open.slice,
        histogram: encodeLatencyHistogram(open.histogram),
        overflow: open.overflow,
      })
    }
    return records.sort((a, b) => a.slice - b.slice)
  }

  #sliceOf(kind: TimedKind, slice: number): OpenSlice {
    const key = `${kind} ${slice}`
    let open = this.#open.get(key)
    if (open === undefined) {
      open = { kind, slice, histogram: buildLatencyHistogram(), overflow: 0, latestUs: LATENCY_US_MIN, latestCount: 0 }
      this.#open.set(key, open)
    }
    return open
  }
}

function putIn(open: OpenSlice): void {
  if (open.latestCount > 0) open.histogram.recordValueWithCount(open.latestUs, open.latestCount)
  open.latestCount = 0
}
