/** A budget and what was measured, in words. */

import { type BudgetName, COUNT_MEASURES, type CountName, HTTP_COUNTS } from '../scenario/measures.ts'
import { SCENARIO } from '../scenario/overrides.ts'
import { type BudgetResult, type BudgetStatus, SERVICE_MEASURES } from '../verdict/judgement.ts'
import { counted, grouped, milliseconds } from './numbers.ts'
import { EVERY_RUN, type RunBudget, type RunResult } from './result.ts'

/** What a measure is counted among. Other counts than these are deliveries. */
const SAMPLE_NAMES: Partial<Record<BudgetName, string>> = {
  rejected: 'send',
  unknown: 'send',
  stranded: 'client',
  uncleanDrains: 'stop',
  counterWrong: 'count',
  slowReadersWithoutCode: 'close',
  reconnectsPerSecondMax: 'reconnect',
  connectsFailed: 'attempt',
  httpErrors: 'request',
  httpLost: 'published message',
  httpDuplicated: 'published message',
}

/** By the end of a measure's name. */
const UNITS = [
  ['Ms', ' ms'],
  ['Seconds', ' s'],
  ['MiB', ' MiB'],
] as const

const NOTES: Partial<Record<BudgetStatus, string>> = { 'too-few-samples': 'too few', 'not-judged': 'not judged' }

/** The measure, and its phase unless that is the whole run: "ackP99Ms in steady". */
export function budgetName({ measure, phase }: BudgetResult): string {
  return phase === 'run' ? measure : `${measure} in ${phase}`
}

/** What was measured, with its unit. */
export function actualText({ measure, actual, status }: BudgetResult): string {
  if (actual === null) return status === 'fail' ? 'never' : 'unknown'
  if (measure.endsWith('Ms')) return `${milliseconds(actual)} ms`
  return withUnit(measure, isCount(measure) ? actual : Number(actual.toFixed(2)))
}

/** With its unit. */
export function limitText({ measure, limit }: BudgetResult): string {
  return withUnit(measure, limit)
}

/** "84 owed deliveries". */
export function samplesText({ measure, samples }: BudgetResult): string {
  return counted(samples, sampleName(measure))
}

/** Why it could not be judged; empty where it was. */
export function statusNote({ status }: BudgetResult): string {
  return NOTES[status] ?? ''
}

/** In place of what was measured, of a budget that {@link isOutOfScope}. */
export const OUT_OF_SCOPE = 'not judged: no load of its own'

/** Whether it takes clients, and the run had none of its own: nothing is wrong with it, and nothing is known. */
export function isOutOfScope({ measure }: BudgetResult, { scope }: Pick<RunResult, 'scope'>): boolean {
  return scope !== undefined && !SERVICE_MEASURES.includes(measure)
}

/** Where the limit comes from, if that is neither the scenario nor what every run has; else empty. */
export function originText({ limitFrom }: RunBudget): string {
  return limitFrom === null || limitFrom === SCENARIO || limitFrom === EVERY_RUN ? '' : limitFrom
}

export function isCount(measure: BudgetName): measure is CountName {
  return measure in COUNT_MEASURES
}

function sampleName(measure: BudgetName): string {
  if (isCount(measure)) return SAMPLE_NAMES[measure] ?? 'owed delivery'
  if (measure in HTTP_COUNTS) return SAMPLE_NAMES[measure]!
  return measure.endsWith('Seconds') ? 'fault' : 'sample'
}

function withUnit(measure: BudgetName, value: number): string {
  const [, unit = ''] = UNITS.find(([ending]) => measure.endsWith(ending)) ?? []
  return grouped(value) + unit
}
