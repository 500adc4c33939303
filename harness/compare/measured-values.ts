/** What of a run's result is compared: one value for each measure, with the kind of its floor and the samples behind it. Pure. */

import { LATENCY_PERIODS, type LatencyPeriod, type LatencySummary, samplesNeeded } from '../checkers/latency.ts'
import type { Recovery } from '../checkers/recovery.ts'
import type { RunResult } from '../reports/result.ts'
import {
  COUNT_MEASURES,
  type CountName,
  DEFAULT_BUDGETS,
  HTTP_COUNTS,
  LATENCY_KINDS,
  type LatencyKind,
  type QuantileName,
  type RECOVERY_MEASURES,
} from '../scenario/measures.ts'
import type { FloorKind } from './floors.ts'

/** What a number is in. */
export type Unit = '' | 'ms' | 's' | 'MiB' | 'share'

export interface Measured {
  /** As a budget calls it, where there is one. Together with `phase` and `of` it is unique in a run. */
  readonly measure: string
  readonly phase: LatencyPeriod
  /** Where a measure is there several times: the kind of fault. */
  readonly of: string | null
  readonly unit: Unit
  /** Null: for information, never a regression. */
  readonly floor: FloorKind | null
  readonly isMoreBetter: boolean
  /** Infinity: not reached. Null: nobody knows. */
  readonly value: number | null
  readonly samples: number
  /** Without so many the value says nothing. */
  readonly samplesMin: number
  /**
   * By how much the generator itself was late at the same quantile, and the round trip beside the load that does nothing; in milliseconds. Null: not
   * known, or the measure is no latency.
   */
  readonly ownMs: OwnLateness | null
  /** Of the run's own budget on it. */
  readonly budget: MeasuredBudget | null
}

export interface OwnLateness {
  readonly lag: number | null
  readonly noise: number | null
}

export interface MeasuredBudget {
  readonly limit: number
  readonly holds: boolean
}

type Draft = Omit<Measured, 'budget' | 'ownMs' | 'of' | 'phase' | 'isMoreBetter' | 'samplesMin'> & Partial<Measured>

/** Those quantiles decide, the maximum informs: one message makes it. */
const COMPARED_QUANTILES = { P50: 'p50', P90: 'p90', P99: 'p99', Max: 'max' } as const satisfies Partial<
  Record<QuantileName, keyof LatencySummary>
>
type ComparedQuantile = keyof typeof COMPARED_QUANTILES

const SERVED_KINDS = ['cross', 'same', 'ack'] as const satisfies readonly LatencyKind[]

const RECOVERY_FIELDS = {
  detectSeconds: 'detectMs',
  reconnectSeconds: 'reconnectMs',
  firstCrossSeconds: 'firstCrossMs',
  steadyAgainSeconds: 'steadyMs',
} as const satisfies Record<keyof typeof RECOVERY_MEASURES, keyof Recovery>

/** In the order in which reports show them. */
export function measuredValues(result: RunResult): Measured[] {
  const drafts = [
    ...countValues(result),
    ...latencyValues(result),
    ...recoveryValues(result),
    ...memoryValues(result),
    ...httpValues(result),
    ...generatorValues(result),
  ]
  return drafts.map(draft => {
    const complete = { phase: 'run', of: null, isMoreBetter: false, samplesMin: 1, ownMs: null, ...draft } as const
    return { ...complete, budget: budgetOf(result, complete.measure, complete.phase, complete.of) }
  })
}

/** What one value is told from another by, in a run and between runs. */
export function keyOf({ measure, phase, of }: Pick<Measured, 'measure' | 'phase' | 'of'>): string {
  return [measure, phase, of ?? ''].join(' ')
}

function budgetOf(result: RunResult, measure: string, phase: LatencyPeriod, of: string | null): MeasuredBudget | null {
  const budget = of === null ? result.budgets.find(one => one.measure === measure && one.phase === phase) : undefined
  return budget === undefined ? null : { limit: budget.limit, holds: budget.status === 'pass' }
}

// Counts --------------------------------------------------------------------------------------------------------------

function countValues(result: RunResult): Draft[] {
  const { counts, abortedBecause } = result
  const judged = Object.keys(COUNT_MEASURES) as CountName[]
  return [
    { measure: 'aborted', unit: '', floor: 'violations', value: abortedBecause === null ? 0 : 1, samples: 1 },
    ...judged.map((measure): Draft => {
      const floor = mayNotBe(result, measure) ? 'violations' : 'counts'
      return { measure, unit: '', floor, value: counts[measure] ?? null, samples: counts.sent }
    }),
    { ...throughput('ok', counts.ok), samples: counts.sent },
    { ...throughput('delivered', counts.delivered), samples: counts.obligations ?? 0 },
  ]
}

/** A measure of safety, or a count whose limit in this run is none at all. */
function mayNotBe({ budgets }: RunResult, measure: CountName): boolean {
  const limit = budgets.find(budget => budget.measure === measure)?.limit ?? DEFAULT_BUDGETS[measure]
  return limit === 0 || (limit === undefined && COUNT_MEASURES[measure].safety)
}

function throughput(measure: string, value: number): Omit<Draft, 'samples'> {
  return { measure, unit: '', floor: 'throughput', isMoreBetter: true, value, samplesMin: 100 }
}

// Latencies -----------------------------------------------------------------------------------------------------------

function latencyValues(result: RunResult): Draft[] {
  return judgedPeriods(result).flatMap(phase =>
    SERVED_KINDS.flatMap(kind => {
      const summary = result.latencyMs[phase][kind]
      const lag = result.latencyMs[phase].sendLag
      return (Object.keys(COMPARED_QUANTILES) as ComparedQuantile[]).map((quantile): Draft => {
        const measure = `${LATENCY_KINDS[kind]}${quantile}Ms`
        return {
          ...quantileValue(summary, quantile, isDisturbed(result, phase)),
          measure,
          phase,
          ownMs: own(lag, quantile, result),
        }
      })
    }),
  )
}

/** Without faults all is steady, and the run says it once. With faults its parts say more; the whole is told where a budget is on it. */
function judgedPeriods({ faults, budgets }: RunResult): LatencyPeriod[] {
  if (faults.length === 0) return ['run']
  const isWholeLimited = budgets.some(({ measure, phase }) => phase === 'run' && measure.endsWith('Ms'))
  return LATENCY_PERIODS.filter(period => period !== 'run' || isWholeLimited)
}

function isDisturbed({ faults }: RunResult, phase: LatencyPeriod): boolean {
  return faults.length > 0 && phase !== 'steady'
}

function quantileValue(
  summary: LatencySummary,
  quantile: ComparedQuantile,
  disturbed: boolean,
): Omit<Draft, 'measure'> {
  const floor = quantile === 'Max' ? null : (`${disturbed ? 'disturbed' : 'latency'}${quantile}` as const)
  const value = summary[COMPARED_QUANTILES[quantile]]
  return { unit: 'ms', floor, value, samples: summary.count, samplesMin: samplesNeeded(quantile) }
}

/** The noise is known at P50 and P99 of the whole run alone. */
function own(lag: LatencySummary, quantile: ComparedQuantile, { generator }: RunResult): OwnLateness {
  const noise = generator.noiseFloorMs
  return {
    lag: lag[quantile === 'Max' ? 'p99' : COMPARED_QUANTILES[quantile]],
    noise: noise?.[quantile === 'P50' ? 'p50' : 'p99'] ?? null,
  }
}

// Recovery, memory ----------------------------------------------------------------------------------------------------

/** Of the slowest fault of each kind, as budgets take the slowest of all. A fault that hit no client says only when it was steady again. */
function recoveryValues({ faults }: RunResult): Draft[] {
  const kinds = [...new Set(faults.map(({ kind }) => kind))]
  return kinds.flatMap(kind =>
    Object.entries(RECOVERY_FIELDS).flatMap(([measure, field]): Draft[] => {
      const fired = faults.filter(fault => fault.kind === kind && fault.status === 'fired')
      const measured = fired.filter(({ recovery }) => recovery.clientsHit > 0 || field === 'steadyMs')
      if (measured.length === 0) return []
      const value = Math.max(...measured.map(({ recovery }) => (recovery[field] ?? Number.POSITIVE_INFINITY) / 1000))
      const of = kinds.length === 1 ? null : kind
      const floor = field === 'detectMs' || field === 'reconnectMs' ? 'reconnect' : 'recovery'
      return [{ measure, of, unit: 's', floor, value, samples: measured.length }]
    }),
  )
}

function memoryValues({ memory }: RunResult): Draft[] {
  if (memory === null || memory.length === 0) return []
  const samples = Math.min(...memory.map(instance => instance.samples))
  const ofMost = (field: 'usualMiB' | 'growthMiB') => Math.max(...memory.map(instance => instance[field]))
  const value = { unit: 'MiB', floor: 'memory', samples, samplesMin: 3 } as const
  return [
    { ...value, measure: 'instanceMemoryUsualMiB', value: ofMost('usualMiB') },
    { ...value, measure: 'instanceMemoryGrowthMiB', value: ofMost('growthMiB') },
  ]
}

// HTTP, generator -----------------------------------------------------------------------------------------------------

function httpValues(result: RunResult): Draft[] {
  const { http, budgets, faults } = result
  if (http === null) return []
  const requests = Object.values(http.paths).reduce((sum, path) => sum + path.requests, 0)
  const counts = Object.entries(HTTP_COUNTS).map(([measure, { safety }]): Draft => {
    const limit = budgets.find(budget => budget.measure === measure)?.limit ?? 0
    const value = http[measure as keyof typeof HTTP_COUNTS]
    return { measure, unit: '', floor: safety || limit === 0 ? 'violations' : 'counts', value, samples: requests }
  })
  const ofPaths = Object.entries(http.paths).flatMap(([path, { ok, latencyMs }]): Draft[] => [
    { ...throughput(`${path}Ok`, ok), samples: requests },
    ...(Object.keys(COMPARED_QUANTILES) as ComparedQuantile[]).map(quantile => ({
      ...quantileValue(latencyMs, quantile, faults.length > 0),
      measure: `${path}${quantile}Ms`,
      // The process that asks is another one than those of the load.
      ownMs: { lag: quantile === 'P50' ? null : http.lagP99Ms, noise: own(latencyMs, quantile, result).noise },
    })),
  ])
  return [...counts, ...ofPaths]
}

/** The generator's honesty: told, and taken off where it explains a change. */
function generatorValues({ generator, latencyMs }: RunResult): Draft[] {
  const { sendLag } = latencyMs.run
  const { noiseFloorMs, plannedSends, handedSends } = generator
  const noise = (quantile: 'P50' | 'P99'): Draft[] =>
    noiseFloorMs === null
      ? []
      : [informs(`noiseFloor${quantile}Ms`, 'ms', noiseFloorMs[quantile === 'P50' ? 'p50' : 'p99'], sendLag.count)]
  return [
    informs('sendLagP50Ms', 'ms', sendLag.p50, sendLag.count),
    informs('sendLagP99Ms', 'ms', sendLag.p99, sendLag.count),
    ...noise('P50'),
    ...noise('P99'),
    informs('eventLoopUtilization', 'share', generator.eventLoopUtilization, generator.workers.length),
    informs('handedShare', 'share', plannedSends === 0 ? null : handedSends / plannedSends, plannedSends),
  ]
}

function informs(measure: string, unit: Unit, value: number | null, samples: number): Draft {
  return { measure, unit, floor: null, value, samples, isMoreBetter: measure === 'handedShare' }
}
