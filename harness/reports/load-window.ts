/** What the load did over the last seconds, from the workers' cumulative counters. */

import { type FineBuckets, fineQuantileMs, zeroFineBuckets } from '../ledger/fine-buckets.ts'
import type { HttpCounters, ShownLatency, WorkerCounters } from '../ledger/worker-counters.ts'

/** Rates are per second. A latency is null where there is no sample of it. */
export interface LoadRates {
  readonly sent: number
  readonly acked: number
  readonly delivered: number
  /** Requests over HTTP that were answered with 2xx. */
  readonly httpAnswered: number
  readonly crossP50Ms: number | null
  readonly crossP99Ms: number | null
  /** Of all load workers together. */
  readonly sendLagP99Ms: number | null
}

/** Sums over all workers at one time. */
interface Sample {
  readonly atMs: number
  readonly sent: number
  readonly acked: number
  readonly delivered: number
  readonly httpAnswered: number
  readonly cross: FineBuckets
  readonly sendLag: FineBuckets
}

export class LoadWindow {
  readonly #keptMs: number
  /** Oldest first. */
  readonly #samples: Sample[] = []

  /** `keptMs`: the longest span that will be asked for. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs
  }

  /** Times rise. */
  add(atMs: number, counters: readonly WorkerCounters[], http: HttpCounters): void {
    this.#samples.push({
      atMs,
      sent: sumOf(counters, 'sent'),
      acked: sumOf(counters, 'acked'),
      delivered: sumOf(counters, 'delivered'),
      httpAnswered: Object.values(http).reduce((total, { ok }) => total + ok, 0),
      cross: bucketsOf(counters, 'cross'),
      sendLag: bucketsOf(counters, 'sendLag'),
    })
    while (this.#samples.length > 2 && this.#samples[1]!.atMs <= atMs - this.#keptMs) this.#samples.shift()
  }

  /** Over that time up to the newest sample, or over as much of it as there is. */
  over(spanMs: number): LoadRates {
    const now = this.#samples.at(-1)
    if (now === undefined) return NOTHING
    const before = this.#samples.findLast(({ atMs }) => atMs <= now.atMs - spanMs) ?? this.#samples[0]!
    const seconds = (now.atMs - before.atMs) / 1000
    if (seconds <= 0) return NOTHING
    const rate = (field: 'sent' | 'acked' | 'delivered' | 'httpAnswered') => (now[field] - before[field]) / seconds
    return {
      sent: rate('sent'),
      acked: rate('acked'),
      delivered: rate('delivered'),
      httpAnswered: rate('httpAnswered'),
      crossP50Ms: fineQuantileMs(now.cross, before.cross, 0.5),
      crossP99Ms: fineQuantileMs(now.cross, before.cross, 0.99),
      sendLagP99Ms: fineQuantileMs(now.sendLag, before.sendLag, 0.99),
    }
  }
}

const NOTHING: LoadRates = {
  sent: 0,
  acked: 0,
  delivered: 0,
  httpAnswered: 0,
  crossP50Ms: null,
  crossP99Ms: null,
  sendLagP99Ms: null,
}

function sumOf(counters: readonly WorkerCounters[], field: 'sent' | 'acked' | 'delivered'): number {
  return counters.reduce((total, one) => total + one[field], 0)
}

function bucketsOf(counters: readonly WorkerCounters[], kind: ShownLatency): FineBuckets {
  const sum = zeroFineBuckets()
  for (const { latencyFine } of counters) {
    for (const [bucket, count] of latencyFine[kind].entries()) sum[bucket]! += count
  }
  return sum
}
