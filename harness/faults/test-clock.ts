/**
 * Test support: a clock for faults and timeline. Whenever everybody waits, it goes on to the next time that somebody waits for, so that
 * minutes pass in no time and always in the same order.
 */

import { setImmediate as turn } from 'node:timers/promises'

interface Sleeper {
  readonly atMs: number
  readonly wake: () => void
}

/** Turns of the event loop within which everything that does not wait for the clock has come to rest. */
const RESTING_TURNS = 10
/** More steps than any test needs: a loop that polls for ever ends here. */
const STEPS_MAX = 100_000

export class TestClock {
  #nowMs: number
  #sleepers: Sleeper[] = []

  constructor(nowMs = 0) {
    this.#nowMs = nowMs
  }

  readonly now = (): number => this.#nowMs

  readonly pause = (ms: number, abort?: AbortSignal): Promise<void> => {
    if (ms <= 0 || abort?.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const sleeper = { atMs: this.#nowMs + ms, wake: resolve }
      this.#sleepers.push(sleeper)
      abort?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter(other => other !== sleeper)
        resolve()
      })
    })
  }

  /** Runs something at that time. */
  at(ms: number, work: () => void): void {
    void this.pause(ms - this.#nowMs).then(work)
  }

  /** Lets time go on until the promise is settled. Throws where it never is, since nobody waits for the clock any more. */
  async until<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    promise.then(settle, settle)
    for (let step = 0; step < STEPS_MAX; step++) {
      for (let rest = 0; rest < RESTING_TURNS && !isSettled; rest++) await turn()
      if (isSettled) return promise
      if (!this.#step()) throw new Error(`at ${this.#nowMs} ms everybody waits for something that never comes`)
    }
    throw new Error(`no end after ${STEPS_MAX} steps, at ${this.#nowMs} ms`)
  }

  #step(): boolean {
    const next = Math.min(...this.#sleepers.map(({ atMs }) => atMs))
    if (next === Number.POSITIVE_INFINITY) return false
    this.#nowMs = next
    const due = this.#sleepers.filter(({ atMs }) => atMs === next)
    this.#sleepers = this.#sleepers.filter(({ atMs }) => atMs !== next)
    for (const { wake } of due) wake()
    return true
  }
}
