/** Latency over time, and its distribution over the load, from the histograms of seconds that the load workers wrote. */

import { Latency } from '../checkers/latency.ts'
import { decodeLatencyHistogram } from '../ledger/latency-histogram.ts'
import type { LatencyRecord } from '../ledger/ledger.ts'
import type { LatencyKind } from '../scenario/measures.ts'
import type { LatencyCurves, PercentilePoint } from './curves.ts'
import { stepAt, type TimeSteps } from './time-steps.ts'

const PERCENTILE_MAX = 99.99
/** Each point halves what is left above it a sixth: even steps on an axis of 1 / (100 - percentile). */
const POINTS_PER_HALVING = 6
/** What people ask for by name. */
const NAMED = [50, 90, 99, 99.9, PERCENTILE_MAX]
/** Below that a percentile is the luck of single samples. As `samplesNeeded` of the budgets has it. */
const SAMPLES_BEYOND = 10

/** Throws where a histogram is damaged. */
export function latencyCurves(records: readonly LatencyRecord[], kind: LatencyKind, steps: TimeSteps): LatencyCurves {
  const bySlice = records.filter(record => record.kind === kind)
  const byStep = Map.groupBy(bySlice, ({ slice }) => stepAt(steps, slice * 1000))
  const curves = {
    p50: nulls(steps),
    p99: nulls(steps),
    max: nulls(steps),
    count: new Array<number>(steps.count).fill(0),
  }
  for (const [step, ofStep] of byStep) {
    // One at a time: thousands of histograms would not fit into memory.
    const latency = merge(ofStep)
    curves.p50[step] = latency.quantileMs('P50')
    curves.p99[step] = latency.quantileMs('P99')
    curves.max[step] = latency.quantileMs('Max')
    curves.count[step] = latency.count
  }
  return curves
}

/** Of what was meant to be sent in the load, the warm-up apart. */
export function percentilesOf(
  records: readonly LatencyRecord[],
  kind: LatencyKind,
  loadMs: number,
): readonly PercentilePoint[] {
  const latency = merge(
    records.filter(record => record.kind === kind && record.slice >= 0 && record.slice * 1000 < loadMs),
  )
  return percentileGrid()
    .filter(percentile => (1 - percentile / 100) * latency.count >= SAMPLES_BEYOND - ROUNDING)
    .map(percentile => [percentile, latency.valueMsAt(percentile / 100)!])
}

/** 1 - 0.999 is a little less than a thousandth. */
const ROUNDING = 1e-6

function percentileGrid(): number[] {
  const grid = new Set(NAMED)
  for (let point = 0; ; point++) {
    const percentile = Number((100 * (1 - 2 ** (-point / POINTS_PER_HALVING))).toFixed(3))
    if (percentile >= PERCENTILE_MAX) return [...grid].sort((a, b) => a - b)
    grid.add(percentile)
  }
}

function merge(records: readonly LatencyRecord[]): Latency {
  const latency = new Latency()
  for (const { histogram, overflow } of records) latency.add(decodeLatencyHistogram(histogram), overflow)
  return latency
}

function nulls({ count }: TimeSteps): (number | null)[] {
  return new Array<null>(count).fill(null)
}
