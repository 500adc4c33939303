/** Why a run did not pass, the gravest first, each with what is known of where it comes from. */

import { type Breakdown, type Circumstance, NO_FAULT } from '../../checkers/finding.ts'
import {
  COUNT_MEASURES,
  HTTP_COUNTS,
  parseLatencyBudget,
  RECOVERY_MEASURES,
  type RecoveryName,
} from '../../scenario/measures.ts'
import type { BudgetResult, FaultResult } from '../../verdict/judgement.ts'
import { actualText, budgetName, isCount, limitText } from '../budget-text.ts'
import { grouped, seconds } from '../numbers.ts'
import { pauseLines } from '../pause-text.ts'
import type { RunResult } from '../result.ts'

export interface Trouble {
  readonly kind: 'broken' | 'invalid' | 'aborted'
  readonly title: string
  /** Where it happened and why, as far as that is known. */
  readonly facts: readonly string[]
}

const SHOWN_MAX = 6

export function troubles(result: RunResult): Trouble[] {
  const { abortedBecause, budgets, invalidBecause, verdict } = result
  const broken = budgets.filter(({ status }) => status === 'fail')
  // What is wrong for certain comes before what was only too slow.
  const sorted = [...broken.filter(budget => isSafety(budget)), ...broken.filter(budget => !isSafety(budget))]
  const aborted = { kind: 'aborted' as const, title: 'The load was ended early', facts: [abortedBecause ?? ''] }
  const ofBudgets = sorted.map(budget => ({
    kind: 'broken' as const,
    title: `${budgetName(budget)}: ${actualText(budget)}, limit ${limitText(budget)}`,
    facts: factsOf(budget, result),
  }))
  const ofValidity = invalidBecause.map(cause => ({ kind: 'invalid' as const, title: cause, facts: [] }))
  // Where a run shows nothing, what seems to be broken says nothing either.
  const all: Trouble[] = verdict === 'invalid' ? [...ofValidity, ...ofBudgets] : [...ofBudgets, ...ofValidity]
  return abortedBecause === null ? all : [aborted, ...all]
}

function isSafety({ measure }: BudgetResult): boolean {
  if (isCount(measure)) return COUNT_MEASURES[measure].safety
  return measure === 'httpLost' || measure === 'httpDuplicated'
}

function factsOf({ measure, actual }: BudgetResult, { findings, faults, http, redisPauses }: RunResult): string[] {
  if (isCount(measure)) {
    const finding = findings[measure]
    const example = finding?.examples[0]?.what
    return [
      COUNT_MEASURES[measure].about,
      ...(finding === undefined ? [] : breakdownFacts(finding.breakdown)),
      ...(example === undefined ? [] : [`the first: ${example}`]),
    ]
  }
  if (parseLatencyBudget(measure) !== null) return pauseLines(redisPauses)
  if (measure in RECOVERY_MEASURES) return recoveryFacts(measure as RecoveryName, actual, faults)
  if (measure in HTTP_COUNTS && measure !== 'httpErrors') return (http?.examples ?? []).slice(0, SHOWN_MAX)
  return []
}

const CIRCUMSTANCE_WORDS: Record<Circumstance, string> = {
  moment: 'when',
  fault: 'during',
  instance: 'receiver on',
  part: 'missing in the stream at',
}

/** "during: 31 × kill-instance chat-2, 3 × no fault". */
export function breakdownFacts(breakdown: Breakdown): string[] {
  return (Object.entries(CIRCUMSTANCE_WORDS) as [Circumstance, string][]).flatMap(([circumstance, words]) => {
    const counts = Object.entries(breakdown[circumstance]).sort(([, a], [, b]) => b - a)
    if (counts.length === 0) return []
    const name = (value: string) => (circumstance === 'fault' && value === NO_FAULT ? 'no fault' : value)
    const shown = counts.slice(0, SHOWN_MAX).map(([value, count]) => `${grouped(count)} × ${name(value)}`)
    const more = counts.length > SHOWN_MAX ? [`${counts.length - SHOWN_MAX} more`] : []
    return [`${words}: ${[...shown, ...more].join(', ')}`]
  })
}

const RECOVERY_FIELDS = {
  detectSeconds: 'detectMs',
  reconnectSeconds: 'reconnectMs',
  firstCrossSeconds: 'firstCrossMs',
  steadyAgainSeconds: 'steadyMs',
} as const satisfies Record<RecoveryName, keyof FaultResult['recovery']>

/** Which faults it was. */
function recoveryFacts(measure: RecoveryName, actual: number | null, faults: readonly FaultResult[]): string[] {
  const field = RECOVERY_FIELDS[measure]
  const slowest = faults.filter(({ status, recovery }) => {
    const isJudged = recovery.clientsHit > 0 || field === 'steadyMs'
    return status === 'fired' && isJudged && (recovery[field] === null || recovery[field] / 1000 === actual)
  })
  const named = slowest.slice(0, SHOWN_MAX).map(({ kind, target, recovery }) => {
    const ms = recovery[field]
    return `${kind} ${target}: ${ms === null ? 'never, before the run ended' : `after ${seconds(ms)}`}`
  })
  return [RECOVERY_MEASURES[measure], ...named]
}
