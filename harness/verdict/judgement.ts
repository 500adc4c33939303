/**
 * What a verdict is made of: the judged part of `result.json`, whose fields `docs/result.md` describes.
 */

import type { Finding } from '../checkers/finding.ts'
import type { LatencyPeriod, LatencySummary } from '../checkers/latency.ts'
import type { MemoryGrowth } from '../checkers/memory.ts'
import type { Recovery } from '../checkers/recovery.ts'
import type { FaultRecord } from '../ledger/ledger.ts'
import type { BudgetName, CountName, HttpCountName, HttpPath, LatencyKind } from '../scenario/measures.ts'

export type Verdict = 'pass' | 'fail' | 'invalid'

export const EXIT_CODES = { pass: 0, fail: 1, invalid: 3 } as const satisfies Record<Verdict, number>

/** What a verdict is about where the harness made no load. */
export const FAULTS_AND_SERVICE = 'faults and service only'
/** Measures of the service that are known without a client. */
export const SERVICE_MEASURES: readonly BudgetName[] = ['uncleanDrains', 'instanceMemoryGrowthMiB']

export interface Judgement {
  readonly verdict: Verdict
  /** Missing: the verdict is about everything. */
  readonly scope?: typeof FAULTS_AND_SERVICE
  /** Only with this scope: connections of the others who made the load, the most at one time. */
  readonly connectionsOfOthersMax?: number
  readonly exitCode: (typeof EXIT_CODES)[Verdict]
  /** Empty where the run can be judged. Not empty with `fail` too, where a safety measure was violated nevertheless. */
  readonly invalidBecause: readonly string[]
  /** Why the load was ended early, which is `fail` by itself; null where it came to its end. */
  readonly abortedBecause: string | null
  readonly budgets: readonly BudgetResult[]
  readonly counts: Counts
  readonly latencyMs: Readonly<Record<LatencyPeriod, Readonly<Record<LatencyKind, LatencySummary>>>>
  readonly faults: readonly FaultResult[]
  readonly generator: GeneratorResult
  /** Null: nobody looked. */
  readonly memory: readonly MemoryGrowth[] | null
  /** What the HTTP load found. Null: the plan has none. */
  readonly http: HttpResult | null
  /** Those measures that count single cases. */
  readonly findings: Readonly<Partial<Record<CountName, Finding>>>
}

export interface HttpResult extends Readonly<Record<HttpCountName, number>> {
  /** Of the process that asks; null where it did not come to its end. */
  readonly eventLoopUtilization: number | null
  readonly lagP99Ms: number | null
  readonly paths: Readonly<Partial<Record<HttpPath, HttpPathResult>>>
  /** The first few cases of `httpLost` and `httpDuplicated`, in words. */
  readonly examples: readonly string[]
}

export interface HttpPathResult {
  readonly connections: number
  readonly requestsPlanned: number
  readonly requests: number
  readonly ok: number
  /** Answers with another status than 2xx, by status. */
  readonly refused: Readonly<Record<string, number>>
  readonly unanswered: number
  /** Under way at the end. */
  readonly open: number
  readonly latencyMs: LatencySummary
}

/**
 * `too-few-samples` and `not-judged` (the checker crashed, or there was nothing to look at) make the run invalid: they are no pass.
 */
export type BudgetStatus = 'pass' | 'fail' | 'too-few-samples' | 'not-judged'

export interface BudgetResult {
  readonly measure: BudgetName
  readonly phase: LatencyPeriod
  readonly limit: number
  /** Null: not reached, or not known. */
  readonly actual: number | null
  /** What the actual value rests on, see `docs/result.md`. */
  readonly samples: number
  readonly status: BudgetStatus
}

export interface Counts extends Readonly<Record<CountName, number | null>> {
  /** Messages handed to the client machine. */
  readonly sent: number
  readonly ok: number
  /** Deliveries owed. */
  readonly obligations: number | null
  /** Deliveries after the clients' own de-duplication. */
  readonly delivered: number
  /** Of them, those to a client on another instance than the one that acknowledged the message. */
  readonly deliveredAcross: number | null
}

export interface FaultResult extends Pick<FaultRecord, 'kind' | 'target' | 'plannedAtMs' | 'firedAtMs'> {
  readonly effectAtMs: number | null
  readonly healedAtMs: number | null
  readonly evidence: string
  readonly status: FaultRecord['status']
  readonly exit: FaultRecord['exit']
  readonly recovery: Recovery
}

export interface GeneratorResult {
  readonly sendLagP99Ms: number | null
  /** Of the busiest worker; 1 is saturated. */
  readonly eventLoopUtilization: number | null
  readonly plannedSends: number
  readonly handedSends: number
  /**
   * What would have been measured of a service that does nothing: by the load workers in the load, from the intended time. Latencies near it
   * mean nothing. Null: nobody looked.
   */
  readonly noiseFloorMs: NoiseResult | null
  /** The same round trips one after the other before the load. */
  readonly idleRoundTripMs: NoiseResult | null
  /** It could not keep up with the plan, so the run is invalid. */
  readonly saturated: boolean
  /** In the order of their numbers. */
  readonly workers: readonly WorkerResult[]
}

export interface NoiseResult {
  readonly p50: number | null
  readonly p99: number | null
}

/** One load worker over the run. */
export interface WorkerResult {
  readonly worker: number
  readonly eventLoopUtilization: number
  /** Null: it had nothing to send. */
  readonly sendLagP99Ms: number | null
  /** Null: not measured. */
  readonly noiseFloorP99Ms: number | null
  readonly plannedSends: number
  readonly handedSends: number
}
