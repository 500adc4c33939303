/**
 * What is left of a judgement where others made the load: whether the faults fired and healed, whether everything is up again, how instances
 * ended, and what memory they took. All that takes clients is not judged, whatever the empty ledger says of it.
 */

import type { Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { CHECKER_CRASHED } from './examination.ts'
import {
  type BudgetResult,
  type Counts,
  EXIT_CODES,
  FAULTS_AND_SERVICE,
  type Judgement,
  SERVICE_MEASURES,
  type Verdict,
} from './judgement.ts'
import { whyFaults, whyResidue } from './validity.ts'

export function ofFaultsAndService(whole: Judgement, plan: Plan, ledger: Ledger): Judgement {
  const budgets = whole.budgets.map(restrict)
  const invalidBecause = [
    ...whole.invalidBecause.filter(cause => CHECKER_CRASHED.test(cause)),
    ...whyFaults(plan, ledger),
    ...whyResidue(ledger),
    ...budgets
      .filter(({ measure, status }) => SERVICE_MEASURES.includes(measure) && status === 'not-judged')
      .map(({ measure }) => `${measure} could not be judged`),
  ]
  const verdict = decide(budgets, invalidBecause)
  return {
    ...whole,
    verdict,
    exitCode: EXIT_CODES[verdict],
    scope: FAULTS_AND_SERVICE,
    connectionsOfOthersMax: ledger.loadOfOthers?.connectionsMax ?? 0,
    invalidBecause,
    budgets,
    counts: restrictCounts(whole.counts),
    findings: whole.findings.uncleanDrains === undefined ? {} : { uncleanDrains: whole.findings.uncleanDrains },
  }
}

function restrict(budget: BudgetResult): BudgetResult {
  if (SERVICE_MEASURES.includes(budget.measure)) return budget
  return { ...budget, actual: null, samples: 0, status: 'not-judged' }
}

function decide(budgets: readonly BudgetResult[], invalidBecause: readonly string[]): Verdict {
  if (invalidBecause.length > 0) return 'invalid'
  return budgets.some(({ status }) => status === 'fail') ? 'fail' : 'pass'
}

/** Nobody was told anything, so nothing is known; nothing was sent by the harness, which is known. */
function restrictCounts(counts: Counts): Counts {
  const unknown = Object.fromEntries(Object.keys(counts).map(name => [name, null])) as unknown as Counts
  return { ...unknown, sent: 0, ok: 0, delivered: 0, uncleanDrains: counts.uncleanDrains }
}
