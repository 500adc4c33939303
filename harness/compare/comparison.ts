/**
 * Old runs against new ones, measure by measure. Pure.
 *
 * A run is one observation, however many messages it had: messages of one run share its machine, its minute and its plan, so that thousands of them say nothing of how
 * far runs differ. Repeated runs say that.
 */

import type { RunResult } from '../reports/result.ts'
import { describeFloor, type Floor, type Floors, floorFor } from './floors.ts'
import { keyOf, type Measured, measuredValues } from './measured-values.ts'
import { chanceOfHigher, isClear } from './rank-test.ts'

/**
 * `worse`: a regression. `better`: the same in the other direction. `same`: within the floors. `uncertain`: beyond the floors, but not shown. `not-compared`:
 * something is missing. `informs`: no floor is on it.
 */
export type Outcome = 'worse' | 'uncertain' | 'better' | 'same' | 'not-compared' | 'informs'

/** In the order in which reports show them. */
export const OUTCOMES: readonly Outcome[] = ['worse', 'uncertain', 'better', 'same', 'not-compared', 'informs']

export interface Compared extends Pick<Measured, 'measure' | 'phase' | 'of' | 'unit' | 'isMoreBetter'> {
  /** Null: nobody knows. */
  readonly old: Values | null
  readonly new: Values | null
  /** New minus old of the medians; Infinity where one was not reached. Null where either is unknown. */
  readonly change: number | null
  /** Share of the old value. Null where that is 0, or not a number. */
  readonly relative: number | null
  readonly floor: Floor | null
  readonly outcome: Outcome
  /** Why it is uncertain or not compared; empty for the others. */
  readonly because: string
  /** By chance alone the new runs would come out so much apart, in this direction, with this probability. Null: not asked. */
  readonly chance: number | null
  /** A budget is on it, in either. */
  readonly budget: { readonly old: BudgetState; readonly new: BudgetState } | null
}

/** How many runs keep the budget. Null: no budget. */
export type BudgetState = { readonly limit: number; readonly kept: number; readonly runs: number } | null

/** Of the runs of one side. */
export interface Values {
  readonly median: number
  readonly lowest: number
  readonly highest: number
  /** In the order of the runs. */
  readonly each: readonly number[]
}

/**
 * Sending and reading can each be late by what the generator was late by. A delivery has four processes to wake on its way, the round trip of the noise floor two.
 */
const OWN_SHARE = 2

/** `isSafetyOnly`: where latencies prove nothing, because a run is invalid. */
export function compareResults(
  old: readonly RunResult[],
  fresh: readonly RunResult[],
  floors: Floors,
  isSafetyOnly = false,
): Compared[] {
  const [oldValues, newValues] = [old.map(byKey), fresh.map(byKey)]
  const keys = new Set([...oldValues, ...newValues].flatMap(values => [...values.keys()]))
  const compared = [...keys].map(key =>
    compareMeasure(
      oldValues.map(values => values.get(key) ?? null),
      newValues.map(values => values.get(key) ?? null),
      floors,
    ),
  )
  return isSafetyOnly ? compared.filter(({ floor }) => floor === floors.violations) : compared
}

function byKey(result: RunResult): Map<string, Measured> {
  return new Map(measuredValues(result).map(measured => [keyOf(measured), measured]))
}

/** One for each run, null where the run has no such measure; at least one of all is not null. */
function compareMeasure(
  old: readonly (Measured | null)[],
  fresh: readonly (Measured | null)[],
  floors: Floors,
): Compared {
  const all = [...old, ...fresh].filter(measured => measured !== null)
  const { measure, phase, of, unit, isMoreBetter } = all[0]!
  const [oldValues, newValues] = [valuesOf(old), valuesOf(fresh)]
  const change = oldValues === null || newValues === null ? null : difference(newValues.median, oldValues.median)
  const kind = strictestFloor(all)
  const floor = kind === null ? null : floorFor(floors[kind], Math.min(old.length, fresh.length))
  const about = {
    ...{ measure, phase, of, unit, isMoreBetter, old: oldValues, new: newValues, change, floor },
    relative: oldValues === null || change === null ? null : shareOf(change, oldValues.median),
    budget: budgetsOf(old, fresh),
  }
  if (floor === null) return { ...about, outcome: 'informs', because: '', chance: null }
  const missing = whyNotCompared(old, fresh)
  if (oldValues === null || newValues === null || missing !== null) {
    return { ...about, outcome: 'not-compared', because: missing ?? 'not known', chance: null }
  }
  return {
    ...about,
    ...judgeChange({ old: oldValues, new: newValues, oldRuns: old, newRuns: fresh, floor, isMoreBetter }),
  }
}

/** A count that one side's budgets forbid is forbidden in the comparison. */
function strictestFloor(all: readonly Measured[]): Measured['floor'] {
  return all.find(({ floor }) => floor === 'violations')?.floor ?? all[0]!.floor
}

interface Judged {
  readonly old: Values
  readonly new: Values
  readonly oldRuns: readonly (Measured | null)[]
  readonly newRuns: readonly (Measured | null)[]
  readonly floor: Floor
  readonly isMoreBetter: boolean
}

function judgeChange(sides: Judged): Pick<Compared, 'outcome' | 'because' | 'chance'> {
  const { floor, isMoreBetter } = sides
  const rise = difference(sides.new.median, sides.old.median)
  const size = Math.abs(rise)
  const same = { outcome: 'same', because: '', chance: null } as const
  if (!isBeyond(size, sides.old.median, floor)) return same
  const [low, high] = rise > 0 ? [sides.old, sides.new] : [sides.new, sides.old]
  const chance = chanceOfHigher(low.each, high.each)
  if (!isClear(chance, low.each.length, high.each.length)) {
    return { outcome: 'uncertain', because: `the runs of both sides overlap (P = ${shortChance(chance)})`, chance }
  }
  const laterMs = rise > 0 ? laterBy(sides.oldRuns, sides.newRuns) : laterBy(sides.newRuns, sides.oldRuns)
  if (!isBeyond(size - OWN_SHARE * laterMs, sides.old.median, floor)) {
    const side = rise > 0 ? 'new' : 'old'
    const why = `the generator itself was later by ${laterMs.toFixed(1)} ms in the ${side} runs, in sending or reading`
    return { outcome: 'uncertain', because: why, chance }
  }
  const noiseMs = Math.max(medianOwn(sides.oldRuns, 'noise') ?? 0, medianOwn(sides.newRuns, 'noise') ?? 0)
  if (size <= OWN_SHARE * noiseMs) {
    return {
      outcome: 'uncertain',
      because: `not above twice the noise floor of the runs: 2 × ${noiseMs.toFixed(1)} ms`,
      chance,
    }
  }
  return { outcome: rise > 0 === isMoreBetter ? 'better' : 'worse', because: '', chance }
}

/** Beyond both floors. What was 0 has no share, so the absolute floor alone decides there. */
function isBeyond(size: number, old: number, { relative, absolute }: Floor): boolean {
  return size > absolute && (old === 0 || size === Number.POSITIVE_INFINITY || size > relative * Math.abs(old))
}

/** How much later the generator, or the round trip that does nothing, was in the runs of the slower side; in milliseconds, at least 0. */
function laterBy(quicker: readonly (Measured | null)[], slower: readonly (Measured | null)[]): number {
  const later = (field: 'lag' | 'noise') => {
    const [before, after] = [medianOwn(quicker, field), medianOwn(slower, field)]
    return before === null || after === null ? 0 : after - before
  }
  return Math.max(0, later('lag'), later('noise'))
}

function medianOwn(runs: readonly (Measured | null)[], field: 'lag' | 'noise'): number | null {
  const known = runs.map(run => run?.ownMs?.[field] ?? null).filter(value => value !== null)
  return known.length === 0 ? null : medianOf(known)
}

/** Null: all that is needed is there. */
function whyNotCompared(old: readonly (Measured | null)[], fresh: readonly (Measured | null)[]): string | null {
  for (const [side, runs] of [
    ['old', old],
    ['new', fresh],
  ] as const) {
    const of = runs.length === 1 ? `in the ${side} run` : `of ${runs.length} ${side} runs`
    const unknown = runs.filter(run => run === null || run.value === null).length
    if (unknown > 0) return runs.length === 1 ? `not measured ${of}` : `not measured in ${unknown} ${of}`
    const few = runs.filter(run => run!.samples < run!.samplesMin)
    if (few.length > 0) {
      const samples = `${few[0]!.samples} samples, ${few[0]!.samplesMin} needed`
      return `too few samples ${runs.length === 1 ? of : `in ${few.length} ${of}`} (${samples})`
    }
  }
  return null
}

function budgetsOf(old: readonly (Measured | null)[], fresh: readonly (Measured | null)[]): Compared['budget'] {
  const [before, after] = [budgetState(old), budgetState(fresh)]
  return before === null && after === null ? null : { old: before, new: after }
}

function budgetState(runs: readonly (Measured | null)[]): BudgetState {
  const budgets = runs.flatMap(run => (run?.budget ? [run.budget] : []))
  const [first] = budgets
  if (first === undefined) return null
  return { limit: first.limit, kept: budgets.filter(({ holds }) => holds).length, runs: budgets.length }
}

/** Of those runs in which it is known. Null: in none. */
export function valuesOf(runs: readonly (Pick<Measured, 'value'> | null)[]): Values | null {
  const each = runs.flatMap(run => (run === null || run.value === null ? [] : [run.value]))
  if (each.length === 0) return null
  return { median: medianOf(each), lowest: Math.min(...each), highest: Math.max(...each), each }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Nothing lies between two that were never reached. */
function difference(value: number, from: number): number {
  return value === from ? 0 : value - from
}

function shareOf(change: number, old: number): number | null {
  return old === 0 || !Number.isFinite(old) || !Number.isFinite(change) ? null : change / Math.abs(old)
}

export function shortChance(chance: number): string {
  return chance < 0.001 ? chance.toExponential(0) : String(Number(chance.toPrecision(2)))
}

/** Why a change does or does not count, for people: such as "5 ms and 50 %". */
export function floorText({ floor }: Compared): string {
  return floor === null ? '' : describeFloor(floor)
}
