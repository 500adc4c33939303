/**
 * One worker's latencies while the load runs: a table of counts per kind and second of the intended time, which the checkers put together into phases
 * later. A table has 70 KB, of which only the last seconds' are held.
 */

import { LatencyCounts } from './latency-counts.ts'
import type { LatencyRecord, TimedKind } from './ledger.ts'

interface OpenSlice {
  readonly kind: TimedKind
  readonly slice: number
  readonly counts: LatencyCounts
}

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
    open.counts.record(valueMs, count)
  }

  /**
   * Hands out and forgets the slices before `beforeSlice` (Infinity: all). A later sample for one of them opens it anew; records of one
   * slice are added up when read.
   */
  flush(beforeSlice: number): LatencyRecord[] {
    const records: LatencyRecord[] = []
    for (const [key, open] of this.#open) {
      const { kind, slice, counts } = open
      if (slice >= beforeSlice) continue
      this.#open.delete(key)
      if (this.#latest.get(kind) === open) this.#latest.delete(kind)
      records.push({ worker: this.#worker, kind, slice, histogram: counts.encoded(), overflow: counts.overflow })
    }
    return records.sort((a, b) => a.slice - b.slice)
  }

  #sliceOf(kind: TimedKind, slice: number): OpenSlice {
    const key = `${kind} ${slice}`
    let open = this.#open.get(key)
    if (open === undefined) {
      open = { kind, slice, counts: new LatencyCounts() }
      this.#open.set(key, open)
    }
    return open
  }
}
