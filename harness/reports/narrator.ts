/**
 * Tells what is going on while a run goes: plain lines for people, metrics for Prometheus. Nothing that it says is used for judging.
 */

import { type HttpCounters, LATENCY_BUCKET_BOUNDS_SECONDS, type WorkerCounters } from '../ledger/worker-counters.ts'
import { monotonicMs } from '../monotonic.ts'
import type { Plan, PlannedFault } from '../plan/plan.ts'
import { HarnessMetrics } from './metrics.ts'
import { type ProgressSnapshot, progressLine } from './progress.ts'

/** Often enough to see a fault's effect, rarely enough to read. */
const PROGRESS_EVERY_MS = 2000

/** What the narrator asks of the load, whenever it has something to tell. */
export interface LoadView {
  readonly clients: number
  readonly connected: number
  readonly outstanding: number
  /** Owed for longer than the deadline. */
  readonly overdue: number
  readonly counters: readonly WorkerCounters[]
}

export interface NarratorOptions {
  readonly plan: Plan
  /** Null: no metrics. */
  readonly metricsPort: number | null
  readonly print: (line: string) => void
}

export class Narrator implements AsyncDisposable {
  readonly #print: (line: string) => void
  readonly #metrics = new HarnessMetrics()
  readonly #activeFaults = new Set<PlannedFault>()
  readonly #phases: { readonly name: string; readonly atMs: number }[] = []
  #load: (() => LoadView) | null = null
  #zeroAtMs: number | null = null
  #timer: NodeJS.Timeout | null = null
  #before: { readonly atMs: number; readonly counters: readonly WorkerCounters[]; readonly http: HttpCounters } | null =
    null
  /** Null: there is no HTTP load, or it has not begun. */
  #http: HttpCounters | null = null

  private constructor(print: (line: string) => void) {
    this.#print = print
  }

  /** Throws where the metrics port cannot be had. */
  static async start({ plan, metricsPort, print }: NarratorOptions): Promise<Narrator> {
    const narrator = new Narrator(print)
    for (const { kind, target } of plan.faults) narrator.#metrics.setFault(kind, target, false)
    if (metricsPort !== null) {
      await narrator.#metrics.listen(metricsPort)
      print(`metrics at http://127.0.0.1:${metricsPort}/metrics`)
    }
    return narrator
  }

  say(line: string): void {
    this.#print(`  ${line}`)
  }

  phase(name: string): void {
    this.#phases.push({ name, atMs: performance.now() })
    this.#metrics.setPhase(name)
    this.#print(`${name} …`)
  }

  /** How long each step took that is over or goes on, and all of them. */
  durationsSeconds(): Record<string, number> {
    const endMs = performance.now()
    const endOf = (index: number) => this.#phases[index + 1]?.atMs ?? endMs
    const steps = this.#phases.map(({ name, atMs }, index) => [name, (endOf(index) - atMs) / 1000] as const)
    return { ...Object.fromEntries(steps), total: (endMs - (this.#phases[0]?.atMs ?? endMs)) / 1000 }
  }

  /** The load has a time from now on; `zeroAtMs` is the monotonic time of the plan's 0. */
  beginLoad(zeroAtMs: number): void {
    this.#zeroAtMs = zeroAtMs
  }

  /** From now on a line is printed every two seconds. */
  watch(load: () => LoadView): void {
    this.#load = load
    this.#metrics.watchOwed(() => {
      const { outstanding, overdue } = load()
      return { outstanding, lost: overdue }
    })
    this.#timer = setInterval(() => this.#tellProgress(), PROGRESS_EVERY_MS)
  }

  counters(worker: number, counters: WorkerCounters): void {
    this.#metrics.update(worker, counters)
  }

  httpCounters(counters: HttpCounters): void {
    this.#metrics.updateHttp(counters)
    this.#http = counters
  }

  fault(planned: PlannedFault, stage: 'injecting' | 'fired' | 'not-fired' | 'healed' | 'not-healed'): void {
    const isOver =
      stage === 'healed' || (stage === 'not-fired' && !planned.heals) || (stage === 'fired' && !planned.heals)
    const isActive = !isOver
    if (isActive) this.#activeFaults.add(planned)
    else this.#activeFaults.delete(planned)
    this.#metrics.setFault(planned.kind, planned.target, isActive)
    this.say(`${planned.kind} ${planned.target}: ${stage.replace('-', ' ')}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#metrics.close()
  }

  #tellProgress(): void {
    const { clients, connected, outstanding, counters } = this.#load!()
    const atMs = performance.now()
    const before = this.#before ?? { atMs: atMs - PROGRESS_EVERY_MS, counters: [], http: {} }
    const http = this.#http ?? {}
    this.#before = { atMs, counters: structuredClone(counters), http }
    const seconds = (atMs - before.atMs) / 1000
    const rate = (pick: (counters: WorkerCounters) => number) =>
      (sumOf(counters, pick) - sumOf(before.counters, pick)) / seconds
    const snapshot: ProgressSnapshot = {
      phase: this.#phases.at(-1)?.name ?? '',
      atSeconds: this.#zeroAtMs === null ? null : (monotonicMs() - this.#zeroAtMs) / 1000,
      clients,
      clientsConnected: connected,
      sentPerSecond: rate(({ sent }) => sent),
      ackedPerSecond: rate(({ acked }) => acked),
      deliveredPerSecond: rate(({ delivered }) => delivered),
      outstanding,
      crossP99Ms: crossP99Ms(counters, before.counters),
      http: this.#http === null ? null : httpProgress(http, before.http, seconds),
      faultActive: [...this.#activeFaults].map(({ kind, target }) => `${kind} ${target}`).join(', ') || null,
    }
    this.#print(progressLine(snapshot))
  }
}

function sumOf(counters: readonly WorkerCounters[], pick: (counters: WorkerCounters) => number): number {
  return counters.reduce((total, one) => total + pick(one), 0)
}

function httpProgress(now: HttpCounters, before: HttpCounters, seconds: number): ProgressSnapshot['http'] {
  const sum = (counters: HttpCounters, pick: 'ok' | 'errors') =>
    Object.values(counters).reduce((total, ofPath) => total + ofPath[pick], 0)
  return {
    answeredPerSecond: (sum(now, 'ok') - sum(before, 'ok')) / seconds,
    errors: sum(now, 'errors'),
  }
}

/** From buckets, between whose bounds the samples are taken to be spread evenly. Null without new samples. */
function crossP99Ms(now: readonly WorkerCounters[], before: readonly WorkerCounters[]): number | null {
  const total = (counters: readonly WorkerCounters[], bucket: number) =>
    sumOf(counters, ({ latency }) => latency.cross.counts[bucket]!)
  const bounds = [0, ...LATENCY_BUCKET_BOUNDS_SECONDS]
  const counts = bounds.map((_, bucket) => total(now, bucket) - total(before, bucket))
  let left = counts.reduce((sum, count) => sum + count, 0) * 0.99
  if (left === 0) return null
  for (const [bucket, count] of counts.entries()) {
    const lower = bounds[bucket]!
    const upper = bounds[bucket + 1] ?? lower
    if (left <= count) return (lower + (upper - lower) * (left / count)) * 1000
    left -= count
  }
  return null
}
