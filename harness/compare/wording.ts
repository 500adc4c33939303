/** A comparison in words and numbers, the same in every form of its report. Pure. */

import { grouped, milliseconds } from '../reports/numbers.ts'
import { scopedName, sizeText } from '../reports/run-text.ts'
import type { Comparison, UsedSide } from './compare-sides.ts'
import type { BudgetState, Compared, Outcome, Values } from './comparison.ts'
import type { Unit } from './measured-values.ts'

export const OUTCOME_TITLES: Readonly<Record<Outcome, string>> = {
  worse: 'worse',
  uncertain: 'uncertain: beyond the floors, but not shown',
  better: 'better',
  same: 'the same within the floors',
  'not-compared': 'not compared',
  informs: 'for information',
}

/** As a mark of one column, and for those who read marks aloud by the titles. */
export const OUTCOME_MARKS: Readonly<Record<Outcome, string>> = {
  worse: '✗',
  uncertain: '?',
  better: '✓',
  same: '=',
  'not-compared': '-',
  informs: '·',
}

/** With its unit. */
export function valueText(value: number, unit: Unit): string {
  if (value === Number.POSITIVE_INFINITY) return 'never'
  if (unit === 'ms') return `${milliseconds(value)} ms`
  if (unit === 's') return `${value.toFixed(2)} s`
  if (unit === 'MiB') return `${value.toFixed(1)} MiB`
  if (unit === 'share') return `${(value * 100).toFixed(1)} %`
  return grouped(Math.round(value * 100) / 100)
}

/** The median, and with several runs their range: `3.98 ms (3.71–4.20)`. A dash where nobody knows. */
export function valuesText(values: Values | null, unit: Unit, hasRange = true): string {
  if (values === null) return '-'
  const median = valueText(values.median, unit)
  const [lowest, highest] = [bare(values.lowest, unit), bare(values.highest, unit)]
  return !hasRange || lowest === highest ? median : `${median} (${lowest}–${highest})`
}

function bare(value: number, unit: Unit): string {
  return valueText(value, unit).replace(/ (ms|s|MiB|%)$/, '')
}

export function changeText({ change, unit }: Compared): string {
  if (change === null) return ''
  if (change === 0) return '0'
  if (!Number.isFinite(change)) return change > 0 ? 'never again' : 'reached again'
  if (unit === 'share') return `${signed(change * 100, Math.abs(change * 100).toFixed(1))} points`
  return signed(change, valueText(Math.abs(change), unit))
}

/** A share of almost nothing is told as a factor. */
export function relativeText({ relative }: Compared): string {
  if (relative === null || relative === 0) return ''
  if (relative >= 10) return `× ${(relative + 1).toFixed(0)}`
  const digits = Math.abs(relative) < 0.1 ? 1 : 0
  return signed(relative, `${Math.abs(relative * 100).toFixed(digits)} %`)
}

function signed(value: number, text: string): string {
  return `${value > 0 ? '+' : '−'}${text}`
}

/** Such as `steadyAgainSeconds of kill-instance`. */
export function nameText({ measure, of }: Compared): string {
  return of === null ? measure : `${measure} of ${of}`
}

/** Whether a budget on the measure is kept on both sides; empty where it is, or where there is none. */
export function budgetText({ budget, unit }: Compared): string {
  if (budget === null) return ''
  const isKept = (state: BudgetState) => state === null || state.kept === state.runs
  if (isKept(budget.old) && isKept(budget.new)) return ''
  const state = (side: string, of: BudgetState) => (of === null ? `none in the ${side}` : keptText(side, of, unit))
  return `its budget: ${state('old', budget.old)}; ${state('new', budget.new)}`
}

function keptText(side: string, { limit, kept, runs }: NonNullable<BudgetState>, unit: Unit): string {
  const limited = `${valueText(limit, unit)} in the ${side}`
  if (runs === 1) return `${limited}, ${kept === 1 ? 'kept' : 'broken'}`
  return `${limited}, kept in ${kept} of ${runs} runs`
}

/** Why a change is told as it is, and what else is to be known of it; may be empty. */
export function notesOf(compared: Compared): string[] {
  return [compared.because, budgetText(compared)].filter(text => text !== '')
}

/** Such as `runs/a (5 runs, 1 of them invalid and left out; verdicts: 4 pass, 1 invalid)`. */
export function sideText({ name, runs, leftOut }: UsedSide): string {
  if (runs.length === 1) return `${name} (${runs[0]!.result.verdict})`
  const verdicts = Map.groupBy(runs, ({ result }) => result.verdict)
  const counted = [...verdicts].map(([verdict, { length }]) => `${length} ${verdict}`)
  return `${name} (${runs.length} runs: ${counted.join(', ')}${leftOut.length === 0 ? '' : '; the invalid are left out'})`
}

export function subjectText({ new: fresh }: Comparison): string {
  const { result } = fresh.runs[0]!
  return `${scopedName(result)}: ${sizeText(result)}`
}

/** The whole in one line. */
export function verdictText({ verdict, compared, invalidBecause }: Comparison): string {
  const count = (outcome: Outcome) => compared.filter(one => one.outcome === outcome).length
  const measures = (number: number) => `${number} ${number === 1 ? 'measure is' : 'measures are'}`
  if (verdict === 'worse') return `worse: ${measures(count('worse'))} worse than before`
  if (verdict === 'invalid') return `invalid: ${invalidBecause.join('; ')}`
  const also = [
    count('better') > 0 ? `${measures(count('better'))} better` : '',
    count('uncertain') > 0 ? `${measures(count('uncertain'))} uncertain` : '',
  ].filter(text => text !== '')
  return `no regression${also.length === 0 ? `, ${measures(count('same'))} the same` : `; ${also.join(', ')}`}`
}
