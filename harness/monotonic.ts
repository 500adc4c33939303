/**
 * The one clock of a run: the machine's monotonic clock, which all processes of the harness share, so that times taken in different
 * processes can be compared, and which no one sets.
 */

const OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** Milliseconds since some fixed moment, the same one in every process on this machine. */
export function monotonicMs(): number {
  return performance.now() + OFFSET_MS
}

/** The monotonic time of a `performance.now()` of this process. */
export function monotonicOf(performanceMs: number): number {
  return performanceMs + OFFSET_MS
}
