/** A limit on a container's CPU: the kernel lets it run for a part of each period and then holds it until the next. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { CpuStressed } from './cluster.ts'
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

/** What a container was given before anybody stressed it. At most one of the two is above 0. */
export type ProcessorLimits = Readonly<Record<'NanoCpus' | 'CpuQuota', number>>

/** CPUs are counted in these. The engine takes a limit in them or as a quota, and sticks to the one that a container has. */
const NANO_CPUS = 1_000_000_000

/** As an engine tells of a container. */
interface HostLimits {
  readonly NanoCpus?: number
  readonly CpuQuota?: number
  readonly CpuPeriod?: number
}

/** The quota is told for the usual period, whatever the container's is. */
export function processorLimitsOf({ NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 }: HostLimits): ProcessorLimits {
  const quota = (CpuQuota * PERIOD_MICROSECONDS) / (CpuPeriod || PERIOD_MICROSECONDS)
  return { NanoCpus: Math.max(0, NanoCpus), CpuQuota: Math.max(0, quota) }
}

/** How the engine is told to give a container back what it had. */
export function asUpdate({ NanoCpus, CpuQuota }: ProcessorLimits): Record<string, number> {
  if (NanoCpus > 0) return { NanoCpus }
  return { CpuPeriod: PERIOD_MICROSECONDS, CpuQuota: CpuQuota > 0 ? CpuQuota : NO_QUOTA }
}

const UNLIMITED: ProcessorLimits = { NanoCpus: 0, CpuQuota: 0 }

/** A container whose engine can be asked for something; `failure` begins what is said where it refuses. */
export interface AskedContainer {
  readonly name: string
  /** Null before the first start. */
  readonly container: Container | null
  tell<T>(failure: string, ask: (container: Container) => Promise<T>): Promise<T>
}

/** Periods since the container's start, as the kernel counts them while there is a quota. */
interface Periods {
  readonly periods: number
  readonly throttled: number
}

export class CpuQuota {
  readonly #container: AskedContainer
  readonly #wake: () => Promise<unknown>
  readonly #before: ProcessorLimits
  readonly #shares = new Set<{ readonly share: number }>()

  /** `wake` gives the container something to do; `before` is what it has without any stress. */
  constructor(container: AskedContainer, wake: () => Promise<unknown>, before: ProcessorLimits = UNLIMITED) {
    this.#container = container
    this.#before = before
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
    const [now, before] = [await this.#ask(limitOf), limitIn(this.#before)]
    return now === before ? null : `${this.#container.name} is still limited to ${now} of a CPU.`
  }

  async #apply(): Promise<void> {
    const shares = [...this.#shares].map(({ share }) => share)
    const limits = shares.length === 0 ? this.#before : this.#limitsFor(Math.min(...shares, limitIn(this.#before) ?? 1))
    await this.#ask(container => container.update(asUpdate(limits)))
  }

  get isLimited(): boolean {
    return this.#shares.size > 0
  }

  #limitsFor(share: number): ProcessorLimits {
    const quota = Math.max(QUOTA_MICROSECONDS_MIN, Math.round(share * PERIOD_MICROSECONDS))
    return this.#before.NanoCpus > 0
      ? { ...UNLIMITED, NanoCpus: (quota / PERIOD_MICROSECONDS) * NANO_CPUS }
      : { ...UNLIMITED, CpuQuota: quota }
  }

  async #see(before: Periods): Promise<string> {
    const limit = await this.#ask(limitOf)
    if (limit === null || limit === limitIn(this.#before))
      throw new Error(`The engine has set no CPU quota for ${this.#container.name}.`)
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
    return `quota of ${(limit * PERIOD_MICROSECONDS) / 1000} ms in ${PERIOD_MICROSECONDS / 1000} ms: ${periods} periods counted, ${throttled} throttled`
  }

  #ask<T>(question: (container: Container) => Promise<T>): Promise<T> {
    return this.#container.tell('has no CPU quota', question)
  }
}

/** In CPUs; null for none. */
async function limitOf(container: Container): Promise<number | null> {
  return limitIn(processorLimitsOf((await container.inspect()).HostConfig))
}

function limitIn({ NanoCpus, CpuQuota }: ProcessorLimits): number | null {
  if (NanoCpus > 0) return NanoCpus / NANO_CPUS
  return CpuQuota > 0 ? CpuQuota / PERIOD_MICROSECONDS : null
}

async function periodsOf(container: Container): Promise<Periods> {
  const stats = await container.stats({ stream: false, 'one-shot': true })
  const { periods = 0, throttled_periods = 0 } = stats.cpu_stats?.throttling_data ?? {}
  return { periods, throttled: throttled_periods }
}
