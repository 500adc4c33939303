/** Latencies as HdrHistograms, as they are read from a ledger. They are recorded in {@link LatencyCounts}. */

import type { Histogram } from 'hdr-histogram-js'
// Not the package as a whole: its log writer brings the language data of a number format.
import { decodeFromCompressedBase64 } from 'hdr-histogram-js/dist/encoding.js'
import { build } from 'hdr-histogram-js/dist/HistogramBuilder.js'
import { LATENCY_DIGITS, LATENCY_US_MAX, LATENCY_US_MIN } from './latency-counts.ts'

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

/** Reads the text form: V2 encoding, compressed, base64. Throws where it is damaged. */
export function decodeLatencyHistogram(text: string): Histogram {
  return decodeFromCompressedBase64(text, 32, false)
}
