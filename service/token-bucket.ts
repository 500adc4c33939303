/**
 * A token bucket: `perSecond` in the long run, `burst` at once. Knows no clock.
 *
 * Who is refused and tries again at some pace is only refused. Who goes on as if nothing had been said floods: a second bucket, as large and
 * filled {@link FLOOD_FACTOR} times as fast, pays for what is refused.
 */

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export type Admission = 'admitted' | 'refused' | 'flood'

/** A client that sends again what is in flight after each backoff stays below this many times the rate. */
const FLOOD_FACTOR = 10

export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #refusals: number
  #atMs: number

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#refusals = rate.burst
    this.#atMs = nowMs
  }

  /** Takes one. */
  take(nowMs: number): Admission {
    this.#fill(nowMs)
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 'admitted'
    }
    if (this.#refusals < 1) return 'flood'
    this.#refusals -= 1
    return 'refused'
  }

  /** When the next one is admitted. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs)
    return Math.max(0, Math.ceil(((1 - this.#tokens) / this.#rate.perSecond) * 1000))
  }

  isFull(nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#tokens >= this.#rate.burst
  }

  #fill(nowMs: number): void {
    const { perSecond, burst } = this.#rate
    const gained = ((nowMs - this.#atMs) / 1000) * perSecond
    this.#tokens = Math.min(burst, this.#tokens + gained)
    this.#refusals = Math.min(burst, this.#refusals + gained * FLOOD_FACTOR)
    this.#atMs = nowMs
  }
}
