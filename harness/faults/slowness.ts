/** What a slow link adds to a round trip, so that it can be told from a link that is not slow. */

import type { DirectionFault } from '../proxy/link-fault.ts'

/** Of what was set; jitter only adds to it. */
const SEEN_SHARE_MIN = 0.8
/** A narrow link lets through so much at once, in each direction; see `BURST_MS` of the proxy's lanes. */
const BURSTS_MS = 80
/** Of a probe: fits into the headers of a request. */
const PADDING_BYTES_MAX = 8_000
/** Of a link that is not slow at all, on a machine that is busy. */
const ANSWER_MS_MAX = 3_000
/** Less could be the machine's own. */
const SEEN_MS_MIN = 5

export type Slowness = Required<Pick<DirectionFault, 'latencyMs' | 'jitterMs' | 'bytesPerSecond'>>

/** By so many bytes a probe is to be longer, that a link is seen to be narrow; none where it is seen to be slow anyway. */
export function paddingFor(slowness: Slowness): number {
  if (addedMsMin(slowness, 0) !== null) return 0
  return Math.min(PADDING_BYTES_MAX, Math.floor(slowness.bytesPerSecond / 2))
}

/** Milliseconds that are added at least to a round trip which carries so many bytes in all; null where that could not be seen. */
export function addedMsMin({ latencyMs, bytesPerSecond }: Slowness, bytes: number): number | null {
  const carryingMs = Math.max(0, (bytes / bytesPerSecond) * 1000 - BURSTS_MS)
  const addedMs = SEEN_SHARE_MIN * (2 * latencyMs + carryingMs)
  return addedMs < SEEN_MS_MIN ? null : addedMs
}

/** Within it a question is answered on a link that is so slow; three of them are asked one after the other, twice. */
export function answerMsMax({ latencyMs, jitterMs }: Slowness): number {
  return ANSWER_MS_MAX + 2 * (latencyMs + jitterMs)
}

export function describeSlowness({ latencyMs, jitterMs, bytesPerSecond }: Slowness): string {
  return `${latencyMs} ms and up to ${jitterMs} more each way, ${bytesPerSecond} B/s`
}
