/**
 * Whether the load generator kept up with the plan, worker by worker. Where it did not, what was measured is the generator's and the run is
 * invalid, before any latency is judged.
 */

import { LATENCY_PERIODS, type Latency, type LatencyPeriod, samplesNeeded } from '../checkers/latency.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { parseLatencyBudget, QUANTILES, type QuantileName } from '../scenario/measures.ts'
import type { Examination } from './examination.ts'
import type { BudgetResult, GeneratorResult, NoiseResult, WorkerResult } from './judgement.ts'

/** A generator that is later than this share of the tightest latency budget measures itself. */
export const SEND_LAG_SHARE_MAX = 0.1
/** Of the planned sends. Beneath it, the offered load was not the planned one. */
export const HANDED_SHARE_MIN = 0.99
/** A process that is late to send is late to read, by up to 1.7 times as much (decision 24). */
const READING_PER_SENDING_MAX = 2
/** Lag of timers in a process that has nothing else to do; it delays no reading. */
const TIMER_MS_MAX = 2
/** The lag is looked at no higher than this, and lower where a worker has too few samples for it. */
const LAG_QUANTILES = ['P99', 'P90', 'P50'] as const satisfies readonly QuantileName[]

/** A worker that is too late for a budget. */
interface Lateness {
  readonly worker: number
  readonly quantile: QuantileName
  readonly lagMs: number
  readonly limit: number
}

/** Utilization, lag and achieved rate of the load workers. `whySaturated`: see {@link whyGenerator}. */
export function judgeGenerator(
  ledger: Ledger,
  examination: Examination,
  whySaturated: readonly string[],
): GeneratorResult {
  const workers = ledger.generators
    .map((record): WorkerResult => {
      const sendLagP99Ms = examination.sendLags.get(record.worker)?.run.quantileMs('P99') ?? null
      const noiseFloorP99Ms = examination.noiseFloors.get(record.worker)?.run.quantileMs('P99') ?? null
      return { ...record, sendLagP99Ms, noiseFloorP99Ms }
    })
    .sort((one, other) => one.worker - other.worker)
  return {
    sendLagP99Ms: examination.latencies.run.sendLag.quantileMs('P99'),
    eventLoopUtilization:
      workers.length === 0 ? null : Math.max(...workers.map(({ eventLoopUtilization }) => eventLoopUtilization)),
    plannedSends: workers.reduce((sum, { plannedSends }) => sum + plannedSends, 0),
    handedSends: workers.reduce((sum, { handedSends }) => sum + handedSends, 0),
    noiseFloorMs: noiseOf(examination.noiseFloor),
    idleRoundTripMs: noiseOf(examination.idleRoundTrip),
    saturated: whySaturated.length > 0,
    workers,
  }
}

/** Null where it was not measured. */
function noiseOf(latency: Latency | null): NoiseResult | null {
  return latency === null || latency.count === 0
    ? null
    : { p50: latency.quantileMs('P50'), p99: latency.quantileMs('P99') }
}

/** Each cause names a worker and says by how much it fell behind. Empty where all kept up. */
export function whyGenerator(ledger: Ledger, examination: Examination, budgets: readonly BudgetResult[]): string[] {
  return [
    ...ledger.generators.flatMap(whyTooFewSends),
    ...LATENCY_PERIODS.flatMap(period => whyTooLate(period, budgets, examination)),
  ]
}

function whyTooFewSends({ worker, plannedSends, handedSends }: Ledger['generators'][number]): string[] {
  if (handedSends >= plannedSends * HANDED_SHARE_MIN) return []
  const share = ((100 * handedSends) / plannedSends).toFixed(1)
  const handed = `handed over ${handedSends} of ${plannedSends} sends (${share} %)`
  return [`the generator could not keep up: load worker ${worker} ${handed}`]
}

/**
 * In each phase the lag of that phase counts against the budgets of that phase: being late in one does not blur another. At the quantile of the
 * budget, P99 at most: a median is not moved by the few that were late. The worst worker is named.
 */
function whyTooLate(period: LatencyPeriod, budgets: readonly BudgetResult[], examination: Examination): string[] {
  const doubtful = budgets.filter(budget => budget.phase === period && isDecidedByLag(budget, examination))
  const late = doubtful.flatMap(budget => lateWorkers(budget, examination))
  const [worst] = late.sort((one, other) => one.limit - other.limit || other.lagMs - one.lagMs)
  if (worst === undefined) return []
  const others = new Set(late.map(({ worker }) => worker)).size - 1
  const of = period === 'run' ? '' : ` in the phase ${period}`
  return [
    `the generator could not keep up: ${worst.quantile} of the send lag of load worker ${worst.worker}${of} is ` +
      `${worst.lagMs.toFixed(1)} ms, over a tenth of the tightest latency budget (${worst.limit} ms)` +
      (others === 0 ? '' : `; ${others} more of ${examination.sendLags.size} workers were too late`),
  ]
}

/**
 * Each worker by itself, since one of eight is hardly seen in the lag of all. A worker with few sends is looked at where they suffice; at
 * the budget's own quantile only together with the others.
 */
function lateWorkers({ measure, phase, limit }: BudgetResult, { latencies, sendLags }: Examination): Lateness[] {
  const { quantile: judged } = parseLatencyBudget(measure)!
  const highest = atMostP99(judged)
  const limitMs = limit * SEND_LAG_SHARE_MAX
  const areAllLate = (latencies[phase].sendLag.quantileMs(highest) ?? 0) > limitMs
  return [...sendLags].flatMap(([worker, lags]) => {
    const suited = LAG_QUANTILES.find(
      quantile => QUANTILES[quantile] <= QUANTILES[highest] && lags[phase].count >= samplesNeeded(quantile),
    )
    const quantile = areAllLate ? highest : suited
    const lagMs = quantile === undefined ? null : lags[phase].quantileMs(quantile)
    return lagMs !== null && lagMs > limitMs ? [{ worker, quantile: quantile!, lagMs, limit }] : []
  })
}

/**
 * Whether the generator's lateness leaves a latency budget open. Latency counts from the intended time, so it contains the lag; where the
 * limit is broken even with all that the generator may have added taken off at the same quantile, the service has broken it, and lateness is no
 * excuse.
 */
function isDecidedByLag(budget: BudgetResult, { latencies }: Examination): boolean {
  const parsed = parseLatencyBudget(budget.measure)
  if (parsed === null || parsed.kind === 'sendLag') return false
  const lagMs = latencies[budget.phase].sendLag.quantileMs(parsed.quantile) ?? 0
  return !(budget.status === 'fail' && budget.actual !== null && budget.actual - ownShareMs(lagMs) > budget.limit)
}

/** A tail of the lag beyond its P99 has too few samples to say anything. */
export function atMostP99(quantile: QuantileName): QuantileName {
  return QUANTILES[quantile] > QUANTILES.P99 ? 'P99' : quantile
}

/** Most of a latency that a generator with this send lag can have added: in sending what it is late by, and again in reading the answer. */
function ownShareMs(lagMs: number): number {
  return lagMs + READING_PER_SENDING_MAX * Math.max(0, lagMs - TIMER_MS_MAX)
}
