/**
 * Open-loop pacing: says which sends are due, whatever became of the ones before. Does no I/O and has no clock, so that pacing is
 * tested without waiting.
 */

export interface ScheduledSends {
  /** Rising. */
  readonly atMs: readonly number[]
  /** Number of the message at the same place. */
  readonly numbers: readonly number[]
}

export class Pacer {
  readonly #sends: ScheduledSends
  #next = 0

  constructor(sends: ScheduledSends) {
    this.#sends = sends
  }

  /** The messages that are due at this time and were not handed out before, in order. */
  due(nowMs: number): readonly number[] {
    const start = this.#next
    while (this.#next < this.#sends.atMs.length && this.#sends.atMs[this.#next]! <= nowMs) this.#next++
    return this.#sends.numbers.slice(start, this.#next)
  }

  /** Milliseconds until the next send is due, 0 where one is overdue, null where all have been handed out. */
  waitMs(nowMs: number): number | null {
    const atMs = this.#sends.atMs[this.#next]
    return atMs === undefined ? null : Math.max(0, atMs - nowMs)
  }
}
