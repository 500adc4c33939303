/**
 * Exponential backoff with full jitter: the delay is anything between 0 and min(cap, base × 2^attempt), so that clients which
 * failed together do not come back together.
 * Source: "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 */

export interface BackoffOptions {
  /** Upper end of the first delay, milliseconds. */
  readonly baseMs: number
  /** Upper end of every delay, milliseconds. */
  readonly capMs: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

export class Backoff {
  readonly #options: BackoffOptions
  #attempt = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** How many delays were given out since the last reset. */
  get attempt(): number {
    return this.#attempt
  }

  /** The next delay in milliseconds. */
  nextMs(): number {
    const { baseMs, capMs, random } = this.#options
    const ceilingMs = Math.min(capMs, baseMs * 2 ** this.#attempt)
    this.#attempt += 1
    return random() * ceilingMs
  }

  reset(): void {
    this.#attempt = 0
  }
}
