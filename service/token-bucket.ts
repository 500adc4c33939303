/**
 * A token bucket: `perSecond` in the long run, `burst` at once. Knows no clock.
 *
 * Who is refused pays too, into debt, so that a flood can be told from a slip.
 */

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export type Admission = 'admitted' | 'refused' | 'flood'

export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #atMs: number

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#atMs = nowMs
  }

  /** Takes one. `flood` once another whole burst has been refused. */
  take(nowMs: number): Admission {
    const { burst } = this.#rate
    this.#fill(nowMs)
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 'admitted'
    }
    if (this.#tokens <= -burst) return 'flood'
    this.#tokens -= 1
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
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * perSecond)
    this.#atMs = nowMs
  }
}
