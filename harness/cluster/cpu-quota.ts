/** A limit on a container's CPU: the kernel lets it run for a part of each period and then holds it until the next. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { CpuStressed } from './cluster.ts'
import type { RunContainer } from './docker-container.ts'
import type { Container } from './docker-engine.ts'

/** The kernel's own default. */
const PERIOD_MICROSECONDS = 100_000
/** The kernel refuses less. */
const QUOTA_MICROSECONDS_MIN = 1_000
/** How an engine is told that there is no quota; 0 would leave it as it is. */
const NO_QUOTA = -1
/**
 * The kernel holds back a container that wants more than its quota, so it is made to want it: by so many questions at once, and twice as many
 * each time that they were not enough. One that has answered many has become quick at it.
 */
const WAKES_AT_FIRST = 20
const WAKES_MAX = 1_280
const COUNTED_WITHIN_MS = 5_000
const COUNTED_POLL_MS = 100

/** Periods since the container's start, as the kernel counts them while there is a quota. */
interface Periods {
  readonly periods: number
  readonly throttled: number
}

export class CpuQuota {
  readonly #container: RunContainer
  readonly #wake: () => Promise<unknown>
  readonly #shares = new Set<{ readonly share: number }>()

  /** `wake` gives the container something to do. */
  constructor(container: RunContainer, wake: () => Promise<unknown>) {
    this.#container = container
    this.#wake = wake
  }

  /** The smallest share of those that have not been undone holds. */
  async limit(share: number): Promise<CpuStressed> {
    const limit = { share }
    const before = await this.#ask(periodsOf)
    this.#shares.add(limit)
    const undo = async () => {
      if (this.#shares.delete(limit)) await this.#apply()
    }
    try {
      await this.#apply()
      return { evidence: await this.#see(before), undo }
    } catch (error) {
      await undo().catch(() => {})
      throw error
    }
  }

  /** As the engine has it, whoever has set it. */
  async residue(): Promise<string | null> {
    if (this.#container.container === null) return null
    const quota = await this.#ask(quotaOf)
    return quota === null
      ? null
      : `${this.#container.name} is still limited to ${quota / PERIOD_MICROSECONDS} of a CPU.`
  }

  async #apply(): Promise<void> {
    const shares = [...this.#shares].map(({ share }) => share)
    const smallest = Math.round(Math.min(...shares) * PERIOD_MICROSECONDS)
    const CpuQuota = shares.length === 0 ? NO_QUOTA : Math.max(QUOTA_MICROSECONDS_MIN, smallest)
    await this.#ask(container => container.update({ CpuPeriod: PERIOD_MICROSECONDS, CpuQuota }))
  }

  async #see(before: Periods): Promise<string> {
    const quota = await this.#ask(quotaOf)
    if (quota === null) throw new Error(`The engine has set no CPU quota for ${this.#container.name}.`)
    const deadlineMs = performance.now() + COUNTED_WITHIN_MS
    let counted = before
    let wakes = WAKES_AT_FIRST
    while (counted.throttled === before.throttled) {
      if (performance.now() > deadlineMs) {
        throw new Error(`${this.#container.name} never wanted more than its share, so nothing was held back.`)
      }
      await Promise.all([...Array.from({ length: wakes }, this.#wake), sleep(COUNTED_POLL_MS)])
      wakes = Math.min(WAKES_MAX, 2 * wakes)
      counted = await this.#ask(periodsOf)
    }
    const [periods, throttled] = [counted.periods - before.periods, counted.throttled - before.throttled]
    return `quota of ${quota / 1000} ms in ${PERIOD_MICROSECONDS / 1000} ms: ${periods} periods counted, ${throttled} throttled`
  }

  #ask<T>(question: (container: Container) => Promise<T>): Promise<T> {
    return this.#container.tell('has no CPU quota', question)
  }
}

async function quotaOf(container: Container): Promise<number | null> {
  const { CpuQuota = 0 } = (await container.inspect()).HostConfig
  return CpuQuota > 0 ? CpuQuota : null
}

async function periodsOf(container: Container): Promise<Periods> {
  const stats = await container.stats({ stream: false, 'one-shot': true })
  const { periods = 0, throttled_periods = 0 } = stats.cpu_stats?.throttling_data ?? {}
  return { periods, throttled: throttled_periods }
}
