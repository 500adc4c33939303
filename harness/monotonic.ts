/**
 * The one clock of a run: the machine's monotonic clock, which all processes of the harness share, so that times taken in different
 * processes can be compared, and which no one sets.
 */

const OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now()

let heldMs: number | null = null

/** Milliseconds since some fixed moment, the same one in every process on this machine. */
export function monotonicMs(): number {
  return heldMs ?? performance.now() + OFFSET_MS
}

/**
 * Stands still until {@link releaseClock}. For what came at one moment, a chunk from a socket with a hundred messages: looking at the clock for each costs
 * more than handing it on does, and the time that would show is that of handing on the others.
 */
export function holdClock(): void {
  heldMs = performance.now() + OFFSET_MS
}

export function releaseClock(): void {
  heldMs = null
}

/** The monotonic time of a `performance.now()` of this process. */
export function monotonicOf(performanceMs: number): number {
  return performanceMs + OFFSET_MS
}
