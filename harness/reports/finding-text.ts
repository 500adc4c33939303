/** The cases of a count that broke its budget, in words: where they are, and the first few. */

import { type Breakdown, CIRCUMSTANCES, type Example, type Finding } from '../checkers/finding.ts'
import { type CountName, HTTP_COUNTS, parseLatencyBudget } from '../scenario/measures.ts'
import type { BudgetResult } from '../verdict/judgement.ts'
import { isCount } from './budget-text.ts'
import { EXAMPLES_SHOWN_MAX } from './http-lines.ts'
import { grouped } from './numbers.ts'
import { pauseLines } from './pause-text.ts'
import type { RunResult } from './result.ts'

const BREAKDOWN_SHOWN_MAX = 8

/** Of a budget on a count of single cases that broke; null where there is none, or no example is known. */
export function brokenFinding(
  { measure, status }: BudgetResult,
  findings: RunResult['findings'],
): (Finding & { readonly measure: CountName }) | null {
  if (status !== 'fail' || !isCount(measure)) return null
  const finding = findings[measure]
  return finding === undefined || finding.examples.length === 0 ? null : { ...finding, measure }
}

/** What is known of a broken budget's cases, from {@link EXAMPLES_SHOWN_MAX} examples at most; empty for what has no cases. */
export function caseLines(budget: BudgetResult, { findings, http, redisPauses }: RunResult): string[] {
  const finding = brokenFinding(budget, findings)
  if (finding !== null) {
    const shown = finding.examples.slice(0, EXAMPLES_SHOWN_MAX)
    return [...breakdownLines(finding.breakdown), ...shown.flatMap(exampleLines)]
  }
  if (budget.status === 'fail' && parseLatencyBudget(budget.measure) !== null) return pauseLines(redisPauses)
  const isOfHttp = budget.status === 'fail' && Object.hasOwn(HTTP_COUNTS, budget.measure)
  return isOfHttp && budget.measure !== 'httpErrors' ? (http?.examples ?? []).slice(0, EXAMPLES_SHOWN_MAX) : []
}

/** Where the cases are, those with the most first. */
export function breakdownLines(breakdown: Breakdown): string[] {
  return CIRCUMSTANCES.flatMap(circumstance => {
    const counts = Object.entries(breakdown[circumstance]).sort(([, a], [, b]) => b - a)
    if (counts.length === 0) return []
    const left = counts.length > BREAKDOWN_SHOWN_MAX ? [`${counts.length - BREAKDOWN_SHOWN_MAX} more`] : []
    const shown = counts.slice(0, BREAKDOWN_SHOWN_MAX).map(([name, count]) => `${name} ${grouped(count)}`)
    return [`by ${circumstance}: ${[...shown, ...left].join(', ')}`]
  })
}

/** Two lines: what is wrong, and everything that is known of where. */
export function exampleLines(example: Example): [string, string] {
  const { position, message, client, sender, instance, connection, part } = example
  const where = [
    example.room === null ? null : `room ${example.room}`,
    position === null ? null : `seq ${position.seq} (epoch ${position.epoch})`,
    sender === null ? null : `sent by ${sender}`,
    example.moment === null ? null : `in ${example.moment}`,
    example.fault === null ? null : `during ${example.fault}`,
    instance === null ? null : connection === null ? instance : `on ${instance}, connection ${connection}`,
    part === null ? null : part === 'whole' ? 'of a stream without deliveries' : `at the ${part} of its stream`,
  ]
  const subject = [client, message === null ? null : `message ${message}`].filter(name => name !== null)
  const lead = subject.length === 0 ? '' : `${subject.join(', ')}: `
  return [`${lead}${example.what}`, `  ${where.filter(fact => fact !== null).join(', ')}`]
}
