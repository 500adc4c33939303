/**
 * Latencies: histograms of seconds and workers put together into phases, and their quantiles.
 */

import type { Histogram } from 'hdr-histogram-js'
import { LATENCY_US_MAX } from '../ledger/latency-counts.ts'
import { buildLatencyHistogram, decodeLatencyHistogram } from '../ledger/latency-histogram.ts'
import type { LatencyRecord, TimedKind } from '../ledger/ledger.ts'
import {
  LATENCY_KINDS,
  type LatencyKind,
  PHASES,
  type Phase,
  QUANTILES,
  type QuantileName,
} from '../scenario/measures.ts'
import type { PhaseMap } from './phases.ts'

export { samplesNeeded } from '../scenario/measures.ts'

/** In milliseconds. Quantiles and `max` are null where there are no samples. */
export interface LatencySummary {
  readonly p50: number | null
  readonly p90: number | null
  readonly p99: number | null
  readonly p999: number | null
  readonly max: number | null
  readonly count: number
  /** Samples over one minute, which stand in the histogram as one minute. */
  readonly overflow: number
}

/** `run`: the whole load, warm-up apart. */
export type LatencyPeriod = Phase | 'run'
export const LATENCY_PERIODS: readonly LatencyPeriod[] = ['run', ...PHASES]

export type Latencies = Readonly<Record<LatencyPeriod, Readonly<Record<LatencyKind, Latency>>>>
export type LatencyByPeriod = Readonly<Record<LatencyPeriod, Latency>>

/** All samples of one kind in one period. */
export class Latency {
  readonly #histogram: Histogram
  #overflow = 0

  constructor() {
    this.#histogram = buildLatencyHistogram()
  }

  get count(): number {
    return this.#histogram.totalCount
  }

  add(histogram: Histogram, overflow: number): void {
    this.#histogram.add(histogram)
    this.#overflow += overflow
  }

  /** All samples of several together. */
  static merge(latencies: Iterable<Latency>): Latency {
    const merged = new Latency()
    for (const latency of latencies) merged.add(latency.#histogram, latency.#overflow)
    return merged
  }

  /** In milliseconds, at most 0.1 % too high; null without samples. */
  quantileMs(quantile: QuantileName): number | null {
    return this.valueMsAt(QUANTILES[quantile])
  }

  /** The same at any share of the samples, from 0 to 1. */
  valueMsAt(share: number): number | null {
    if (this.count === 0) return null
    const valueUs = this.#histogram.getValueAtPercentile(share * 100)
    return Math.min(valueUs, LATENCY_US_MAX) / 1000
  }

  summary(): LatencySummary {
    return {
      p50: this.quantileMs('P50'),
      p90: this.quantileMs('P90'),
      p99: this.quantileMs('P99'),
      p999: this.quantileMs('P999'),
      max: this.quantileMs('Max'),
      count: this.count,
      overflow: this.#overflow,
    }
  }
}

/** Throws where a histogram is damaged. */
export function mergeLatencies(records: readonly LatencyRecord[], phases: PhaseMap): Latencies {
  const ofKinds = () =>
    Object.fromEntries(Object.keys(LATENCY_KINDS).map(kind => [kind, new Latency()])) as Record<LatencyKind, Latency>
  const merged = { run: ofKinds(), steady: ofKinds(), fault: ofKinds(), recovery: ofKinds() }
  for (const { kind, slice, histogram, overflow } of records) {
    const phase = phases.phaseOf(slice)
    if (phase === null || kind === 'noiseFloor' || kind === 'idleRoundTrip') continue
    const decoded = decodeLatencyHistogram(histogram)
    merged.run[kind].add(decoded, overflow)
    merged[phase][kind].add(decoded, overflow)
  }
  return merged
}

/** What each load worker measured of itself apart, by its number: one that is late does not hide among others that are not. */
export function latencyByWorker(
  records: readonly LatencyRecord[],
  phases: PhaseMap,
  kind: 'sendLag' | 'noiseFloor',
): Map<number, LatencyByPeriod> {
  const byWorker = new Map<number, LatencyByPeriod>()
  for (const record of records) {
    const phase = phases.phaseOf(record.slice)
    if (record.kind !== kind || phase === null) continue
    const { worker, histogram, overflow } = record
    const ofWorker = byWorker.get(worker) ?? emptyPeriods()
    byWorker.set(worker, ofWorker)
    const decoded = decodeLatencyHistogram(histogram)
    ofWorker.run.add(decoded, overflow)
    ofWorker[phase].add(decoded, overflow)
  }
  return byWorker
}

function emptyPeriods(): LatencyByPeriod {
  return { run: new Latency(), steady: new Latency(), fault: new Latency(), recovery: new Latency() }
}

/** Of all load workers, whenever: for what belongs to no phase, or for all of them together. */
export function mergeKind(records: readonly LatencyRecord[], kind: TimedKind): Latency {
  const merged = new Latency()
  for (const record of records) {
    if (record.kind === kind) merged.add(decodeLatencyHistogram(record.histogram), record.overflow)
  }
  return merged
}

/**
 * The 99th percentile of each slice that has deliveries, in milliseconds: of those across instances, or, where there are none because a
 * fault has driven all members of each room to one instance, of those within it.
 */
export function deliveryP99BySlice(records: readonly LatencyRecord[]): Map<number, number> {
  return new Map([...p99BySlice(records, 'same'), ...p99BySlice(records, 'cross')])
}

function p99BySlice(records: readonly LatencyRecord[], kind: LatencyKind): Map<number, number> {
  const bySlice = Map.groupBy(
    records.filter(record => record.kind === kind),
    record => record.slice,
  )
  const p99s = new Map<number, number>()
  for (const [slice, ofSlice] of bySlice) {
    const latency = new Latency()
    for (const record of ofSlice) latency.add(decodeLatencyHistogram(record.histogram), record.overflow)
    const p99Ms = latency.quantileMs('P99')
    if (p99Ms !== null) p99s.set(slice, p99Ms)
  }
  return p99s
}
