/** What one run at one rate says. Pure. */

import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunResult } from '../reports/result.ts'
import type { BudgetResult } from '../verdict/judgement.ts'

/**
 * `held`: every budget was kept. `broke`: one was not. `generator`: the load could not be made, so the run says nothing about the service.
 * `not-judged`: the run is invalid for another reason.
 */
export type StepOutcome = 'held' | 'broke' | 'generator' | 'not-judged'

export interface Step {
  /** Messages per second that were offered. */
  readonly rate: number
  readonly outcome: StepOutcome
  /** What broke, or why it is no answer; empty where it held. */
  readonly because: readonly string[]
  /** Null where the run did not come to its end. */
  readonly measured: StepMeasures | null
  /** The run's folder, within that of the search. */
  readonly folder: string
}

export interface StepMeasures {
  /** Messages per second that were acknowledged while the load lasted. */
  readonly achieved: number
  /** Of those that were offered. */
  readonly achievedShare: number
  /** Live deliveries per second. */
  readonly deliveriesPerSecond: number
  readonly latencyMs: {
    readonly crossInstance: Quantiles
    readonly ack: Quantiles
    readonly sendLag: Quantiles
  }
  /** Of the busiest worker; 1 is saturated. */
  readonly eventLoopUtilization: number | null
}

interface Quantiles {
  readonly p50: number | null
  readonly p99: number | null
}

export function outcomeOf({ verdict, generator }: RunResult): StepOutcome {
  if (verdict === 'pass') return 'held'
  if (verdict === 'fail') return 'broke'
  return generator.saturated ? 'generator' : 'not-judged'
}

export function becauseOf(result: RunResult): string[] {
  const { verdict, budgets, invalidBecause, abortedBecause } = result
  if (verdict === 'pass') return []
  if (verdict === 'invalid') return [...invalidBecause]
  const broken = budgets.filter(({ status }) => status === 'fail').map(describeBudget)
  return abortedBecause === null ? broken : [`ended early: ${abortedBecause}`, ...broken]
}

function describeBudget({ measure, limit, actual }: BudgetResult): string {
  const found = actual === null ? 'never reached' : Number(actual.toPrecision(3)).toLocaleString('en')
  return `${measure} ${found}, limit ${limit}`
}

export function measuresOf(result: RunResult, plan: Plan, { messages }: Ledger): StepMeasures {
  const { loadMs } = plan
  const { run } = result.latencyMs
  const seconds = loadMs / 1000
  let [offered, acknowledged] = [0, 0]
  for (const [number, atMs] of plan.messages.atMs.entries()) {
    if (atMs < 0) continue
    offered++
    const { ackedAtMs } = messages[number]!
    if (ackedAtMs !== null && ackedAtMs <= loadMs) acknowledged++
  }
  return {
    achieved: acknowledged / seconds,
    achievedShare: acknowledged / offered,
    deliveriesPerSecond: (run.cross.count + run.same.count) / seconds,
    latencyMs: { crossInstance: quantiles(run.cross), ack: quantiles(run.ack), sendLag: quantiles(run.sendLag) },
    eventLoopUtilization: result.generator.eventLoopUtilization,
  }
}

function quantiles({ p50, p99 }: Quantiles): Quantiles {
  return { p50, p99 }
}
