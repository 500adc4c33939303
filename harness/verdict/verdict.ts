/**
 * The verdict: plan, budgets and ledger in, judgement out. Pure, so a saved run can be judged again.
 *
 * A safety violation beyond its budget is `fail`, even in a run that is otherwise invalid: what was seen to go wrong went wrong. So is a load
 * that was ended early because the scenario's `abortWhen` came true. Else anything that keeps the run from saying something makes it
 * `invalid`. Only then do the other budgets decide.
 */

import { LATENCY_PERIODS, type Latencies } from '../checkers/latency.ts'
import { NOT_RECOVERED, type Recovery } from '../checkers/recovery.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { type BudgetName, COUNT_MEASURES, LATENCY_KINDS, type LatencyKind } from '../scenario/measures.ts'
import type { Budgets } from '../scenario/scenario.ts'
import { isCount, judgeBudgets } from './budgets.ts'
import { examine } from './examination.ts'
import { judgeGenerator, whyGenerator } from './generator.ts'
import { httpResult, isHttp, isHttpSafety } from './http-budgets.ts'
import { type BudgetResult, EXIT_CODES, type FaultResult, type Judgement, type Verdict } from './judgement.ts'
import { whyInvalid } from './validity.ts'

/** Throws on a budget that cannot be; validation of the scenario finds it earlier. */
export function judge(plan: Plan, budgets: Budgets, ledger: Ledger): Judgement {
  const examination = examine(plan, budgets, ledger)
  const judged = judgeBudgets(budgets, examination)
  const whySaturated = whyGenerator(ledger, examination, judged)
  const generator = judgeGenerator(ledger, examination, whySaturated)
  const invalidBecause = whyInvalid(plan, ledger, examination, judged, whySaturated)
  const verdict = ledger.aborted === null ? decide(judged, invalidBecause) : 'fail'
  return {
    verdict,
    exitCode: EXIT_CODES[verdict],
    invalidBecause,
    abortedBecause: ledger.aborted,
    budgets: judged,
    counts: examination.counts,
    latencyMs: summarize(examination.latencies),
    faults: faultResults(ledger, examination.recoveries),
    generator,
    memory: examination.memory,
    http: examination.http === null ? null : httpResult(examination.http),
    findings: examination.findings,
  }
}

function decide(budgets: readonly BudgetResult[], invalidBecause: readonly string[]): Verdict {
  const broken = budgets.filter(({ status }) => status === 'fail')
  if (broken.some(({ measure }) => isSafety(measure))) return 'fail'
  if (invalidBecause.length > 0) return 'invalid'
  return broken.length > 0 ? 'fail' : 'pass'
}

function isSafety(measure: BudgetName): boolean {
  if (isCount(measure)) return COUNT_MEASURES[measure].safety
  return isHttp(measure) && isHttpSafety(measure)
}

function summarize(latencies: Latencies): Judgement['latencyMs'] {
  const kinds = Object.keys(LATENCY_KINDS) as LatencyKind[]
  return Object.fromEntries(
    LATENCY_PERIODS.map(period => [
      period,
      Object.fromEntries(kinds.map(kind => [kind, latencies[period][kind].summary()])),
    ]),
  ) as Judgement['latencyMs']
}

function faultResults(ledger: Ledger, recoveries: readonly Recovery[] | null): FaultResult[] {
  return ledger.faults.map(({ healingAtMs: _, ...fault }, index) => ({
    ...fault,
    recovery: recoveries?.[index] ?? NOT_RECOVERED,
  }))
}
