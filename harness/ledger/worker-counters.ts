/**
 * What a load worker tells the coordinator several times a second while the run goes, for progress lines and metrics. Judging never uses it:
 * that is done on the ledger.
 *
 * All numbers are cumulative since the worker started, so that a report that gets lost costs nothing.
 */

import { type HttpPath, LATENCY_KINDS, type LatencyKind } from '../scenario/measures.ts'
import { type FineBuckets, zeroFineBuckets } from './fine-buckets.ts'

/** Upper bounds of the buckets, in seconds; a last one without a bound follows. Dense where budgets lie: 5 ms to 5 s. */
export const LATENCY_BUCKET_BOUNDS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const

export interface LatencyBuckets {
  /** Samples per bucket, not cumulative over buckets; one more than there are bounds. */
  readonly counts: number[]
  sumSeconds: number
}

/** What is shown while the run goes, so that its quantiles have to be told well. */
export type ShownLatency = 'cross' | 'sendLag'

export interface WorkerCounters {
  /** Sends handed to the client machine. */
  sent: number
  acked: number
  rejected: number
  unknown: number
  /** Deliveries after de-duplication. */
  delivered: number
  /** Deliveries that the client's de-duplication removed. */
  duplicatedOnWire: number
  /** Holes that clients saw and repaired. */
  holes: number
  /** Deliveries that the service declared gone. */
  declaredGaps: number
  /** Deliveries of messages that nobody sent, or changed on the way. */
  phantoms: number
  reconnects: number
  /** Tries to connect that were refused, reset or not answered with a welcome. */
  connectsFailed: number
  /** Not cumulative. */
  clientsConnected: number
  /** Of the worker since its report before, from 0 to 1. Not cumulative. */
  eventLoopUtilization: number
  readonly latency: Readonly<Record<LatencyKind, LatencyBuckets>>
  readonly latencyFine: Readonly<Record<ShownLatency, FineBuckets>>
}

/** What the HTTP load tells, by path. */
export type HttpCounters = Readonly<Partial<Record<HttpPath, HttpPathCounters>>>

export interface HttpPathCounters {
  /** Answered with 2xx. */
  ok: number
  /** Answered with another status, or not at all. */
  errors: number
  readonly latency: LatencyBuckets
}

/** Counters of a worker that has done nothing yet. */
export function zeroCounters(): WorkerCounters {
  const latency = Object.fromEntries(Object.keys(LATENCY_KINDS).map(kind => [kind, zeroBuckets()])) as Record<
    LatencyKind,
    LatencyBuckets
  >
  return {
    sent: 0,
    acked: 0,
    rejected: 0,
    unknown: 0,
    delivered: 0,
    duplicatedOnWire: 0,
    holes: 0,
    declaredGaps: 0,
    phantoms: 0,
    reconnects: 0,
    connectsFailed: 0,
    clientsConnected: 0,
    eventLoopUtilization: 0,
    latency,
    latencyFine: { cross: zeroFineBuckets(), sendLag: zeroFineBuckets() },
  }
}

export function zeroBuckets(): LatencyBuckets {
  return { counts: new Array<number>(LATENCY_BUCKET_BOUNDS_SECONDS.length + 1).fill(0), sumSeconds: 0 }
}

/** Counts `count` samples of `seconds`; a negative one, which a stepping clock could give, counts as 0. */
export function countLatency(buckets: LatencyBuckets, seconds: number, count = 1): void {
  let bucket = 0
  while (bucket < LATENCY_BUCKET_BOUNDS_SECONDS.length && seconds > LATENCY_BUCKET_BOUNDS_SECONDS[bucket]!) bucket++
  buckets.counts[bucket]! += count
  buckets.sumSeconds += count * Math.max(0, seconds)
}
