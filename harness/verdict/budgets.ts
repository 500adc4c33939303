/**
 * Budgets against what was measured.
 */

import { LATENCY_PERIODS, type Latencies, type LatencyPeriod, samplesNeeded } from '../checkers/latency.ts'
import type { MemoryGrowth } from '../checkers/memory.ts'
import type { Recovery } from '../checkers/recovery.ts'
import {
  BALANCED_BUDGETS,
  type BudgetName,
  budgetNames,
  COUNT_MEASURES,
  type CountName,
  DEFAULT_BUDGETS,
  parseLatencyBudget,
  RECOVERY_MEASURES,
  RESOURCE_MEASURES,
  type RecoveryName,
  type ResourceName,
} from '../scenario/measures.ts'
import type { BudgetLimit, Budgets } from '../scenario/scenario.ts'
import type { Examination } from './examination.ts'
import { defaultHttpBudgets, isHttp, judgeHttp } from './http-budgets.ts'
import type { BudgetResult } from './judgement.ts'

const RECOVERY_FIELDS = {
  detectSeconds: 'detectMs',
  reconnectSeconds: 'reconnectMs',
  firstCrossSeconds: 'firstCrossMs',
  steadyAgainSeconds: 'steadyMs',
} as const satisfies Record<RecoveryName, keyof Recovery>

type KindOfRun = Pick<Examination, 'http' | 'isBalancedAndGraceful'>

/** The scenario's budgets over those that hold in every run, or in every run of its kind, in the order of the measures. Throws on a budget that cannot be. */
export function completeBudgets(
  budgets: Budgets,
  { http, isBalancedAndGraceful }: KindOfRun,
): [BudgetName, BudgetLimit][] {
  const balanced = isBalancedAndGraceful ? BALANCED_BUDGETS : {}
  const merged: Budgets = { ...DEFAULT_BUDGETS, ...balanced, ...defaultHttpBudgets(http), ...budgets }
  const known = budgetNames()
  for (const name of Object.keys(merged)) {
    if (!known.includes(name as BudgetName)) throw new Error(`there is no measure "${name}" that a budget could limit`)
  }
  return known.flatMap(name => (merged[name] === undefined ? [] : [[name, merged[name]] as [BudgetName, BudgetLimit]]))
}

/** Throws on a budget that cannot be: of a measure that does not exist, of a phase of what has none. */
export function judgeBudgets(budgets: Budgets, examination: Examination): BudgetResult[] {
  return completeBudgets(budgets, examination).flatMap(([name, limit]) => {
    if (isHttp(name)) return [judgeHttp(name, wholeRun(name, limit), examination.http)]
    if (isCount(name)) return [judgeCount(name, wholeRun(name, limit), examination)]
    if (isResource(name)) return [judgeMemory(name, wholeRun(name, limit), examination.memory)]
    if (isRecovery(name)) return [judgeRecovery(name, wholeRun(name, limit), examination.recoveries)]
    return judgeLatency(name, limit, examination.latencies)
  })
}

export function isCount(name: string): name is CountName {
  return name in COUNT_MEASURES
}

export function isRecovery(name: string): name is RecoveryName {
  return name in RECOVERY_MEASURES
}

function isResource(name: string): name is ResourceName {
  return name in RESOURCE_MEASURES
}

function wholeRun(name: BudgetName, limit: BudgetLimit): number {
  if (typeof limit === 'number') return limit
  throw new Error(`the budget ${name} has limits by phase, which only latency measures have`)
}

function judgeCount(measure: CountName, limit: number, examination: Examination): BudgetResult {
  const actual = examination.counts[measure]
  const samples = countedAmong(measure, examination)
  const status = actual === null ? 'not-judged' : actual <= limit ? 'pass' : 'fail'
  return { measure, phase: 'run', limit, actual, samples, status }
}

function countedAmong(measure: CountName, { counts, clients, stops, among }: Examination): number {
  switch (measure) {
    case 'rejected':
    case 'unknown':
      return counts.sent
    case 'stranded':
      return clients
    case 'uncleanDrains':
      return stops
    case 'counterWrong':
    case 'slowReadersWithoutCode':
    case 'reconnectsPerSecondMax':
    case 'connectsFailed':
      return among[measure]
    default:
      return counts.obligations ?? 0
  }
}

/** Of the slowest fault; one that was not reached is slower than any. */
function judgeRecovery(measure: RecoveryName, limit: number, recoveries: readonly Recovery[] | null): BudgetResult {
  const budget = { measure, phase: 'run', limit } as const
  if (recoveries === null) return { ...budget, actual: null, samples: 0, status: 'not-judged' }
  const field = RECOVERY_FIELDS[measure]
  // Where a fault hit no client, nobody could notice or come back; whether the run was steady again still counts.
  const measured = recoveries.filter(({ clientsHit }) => clientsHit > 0 || field === 'steadyMs')
  const samples = measured.length
  if (samples === 0) return { ...budget, actual: null, samples, status: 'too-few-samples' }
  const durations = measured.map(recovery => recovery[field])
  if (durations.includes(null)) return { ...budget, actual: null, samples, status: 'fail' }
  const actual = Math.max(...durations.map(durationMs => durationMs! / 1000))
  return { ...budget, actual, samples, status: actual <= limit ? 'pass' : 'fail' }
}

/** Of the instance that grew most. */
function judgeMemory(measure: ResourceName, limit: number, memory: readonly MemoryGrowth[] | null): BudgetResult {
  const samples = (memory ?? []).reduce((sum, instance) => sum + instance.samples, 0)
  const budget = { measure, phase: 'run', limit, samples } as const
  if (memory === null || memory.length === 0) return { ...budget, actual: null, status: 'not-judged' }
  const actual = Math.max(...memory.map(({ growthMiB }) => growthMiB))
  return { ...budget, actual, status: actual <= limit ? 'pass' : 'fail' }
}

function judgeLatency(measure: BudgetName, limit: BudgetLimit, latencies: Latencies): BudgetResult[] {
  const { kind, quantile } = parseLatencyBudget(measure)!
  const limits: Partial<Record<LatencyPeriod, number>> = typeof limit === 'number' ? { run: limit } : limit
  for (const phase of Object.keys(limits)) {
    if (!LATENCY_PERIODS.includes(phase as LatencyPeriod)) {
      throw new Error(`the budget ${measure} names the phase "${phase}"; there are ${LATENCY_PERIODS.join(', ')}`)
    }
  }
  return LATENCY_PERIODS.flatMap(phase => {
    const ofPhase = limits[phase]
    if (ofPhase === undefined) return []
    const latency = latencies[phase][kind]
    const actual = latency.quantileMs(quantile)
    const samples = latency.count
    const isEnough = actual !== null && samples >= samplesNeeded(quantile)
    const status = !isEnough ? 'too-few-samples' : actual <= ofPhase ? 'pass' : 'fail'
    return [{ measure, phase, limit: ofPhase, actual, samples, status } satisfies BudgetResult]
  })
}
