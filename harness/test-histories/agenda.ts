/** Test support: what is to happen in a world without a clock, in order of time. What has the same time happens in the order of asking. */

/** No history comes near it; one that does feeds itself. */
const EVENTS_MAX = 1_000_000
/** No two events have one time, as on a real clock. A power of two, so that times stay exact when something is added to them. */
const TICK_MS = 2 ** -10

interface Entry {
  readonly atMs: number
  readonly act: () => void
}

export class Agenda {
  #nowMs = Number.NEGATIVE_INFINITY
  /** The latest first, so that the next is taken from the end. */
  readonly #entries: Entry[] = []

  get nowMs(): number {
    return this.#nowMs
  }

  /** A moment later, within the same event. */
  tick(): number {
    this.#nowMs += TICK_MS
    return this.#nowMs
  }

  /** What would lie in the past happens now. */
  at(atMs: number, act: () => void): void {
    const entry = { atMs: Math.max(atMs, this.#nowMs), act }
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#entries[middle]!.atMs > entry.atMs) low = middle + 1
      else high = middle
    }
    this.#entries.splice(low, 0, entry)
  }

  after(waitMs: number, act: () => void): void {
    this.at(this.#nowMs + waitMs, act)
  }

  /** Lets everything happen, with what it brings about. */
  run(): void {
    for (let taken = 0; taken < EVENTS_MAX; taken++) {
      const entry = this.#entries.pop()
      if (entry === undefined) return
      this.#nowMs = Math.max(entry.atMs, this.#nowMs + TICK_MS)
      entry.act()
    }
    throw new Error(`the history does not end: ${EVENTS_MAX} events`)
  }
}
