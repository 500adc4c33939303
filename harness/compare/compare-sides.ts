/** Two sides, compared: what can be said, and the exit code of it. Pure. */

import type { Differences } from './comparability.ts'
import { identityDifferences, resultDifferences } from './comparability.ts'
import { type Compared, compareResults, OUTCOMES } from './comparison.ts'
import type { Floors } from './floors.ts'
import { CHANCE_MAX, rangeCoverage, smallestChance } from './rank-test.ts'
import type { ComparedRun, Side } from './side.ts'

export interface Comparison {
  readonly old: UsedSide
  readonly new: UsedSide
  /** Why nobody should compare them; the caller was told to go on where it is not empty. */
  readonly refused: readonly string[]
  readonly warned: readonly string[]
  /** In the order of {@link OUTCOMES}. */
  readonly compared: readonly Compared[]
  /** Why a side proves nothing; then only what no run may have was compared. */
  readonly invalidBecause: readonly string[]
  readonly verdict: 'worse' | 'no-regression' | 'invalid'
  readonly exitCode: 0 | 1 | 3
  /** What the numbers of runs allow to say, in whole sentences. */
  readonly certainty: string
}

export interface UsedSide extends Side {
  /** The valid ones; where they are too few: all. */
  readonly used: readonly ComparedRun[]
  readonly leftOut: readonly ComparedRun[]
}

export function compareSides(oldSide: Side, newSide: Side, floors: Floors): Comparison {
  const [old, fresh] = [useSide(oldSide), useSide(newSide)]
  const differences = sideDifferences(oldSide, newSide)
  const invalidBecause = [...whyInvalid('old', old), ...whyInvalid('new', fresh)]
  const isInvalid = invalidBecause.length > 0
  const results = (side: UsedSide) => side.used.map(({ result }) => result)
  const compared = compareResults(results(old), results(fresh), floors, isInvalid)
  const isWorse = compared.some(({ outcome }) => outcome === 'worse')
  const verdict = isWorse ? 'worse' : isInvalid ? 'invalid' : 'no-regression'
  return {
    ...{ old, new: fresh, ...differences, invalidBecause, verdict },
    compared: OUTCOMES.flatMap(outcome => compared.filter(one => one.outcome === outcome)),
    exitCode: isWorse ? 1 : isInvalid ? 3 : 0,
    certainty: certaintyOf(old.used.length, fresh.used.length),
  }
}

/** A run that is invalid proves nothing; while more than half of a side's runs are valid, those speak for it. */
function useSide(side: Side): UsedSide {
  const valid = side.runs.filter(({ result }) => result.invalidBecause.length === 0)
  if (valid.length * 2 <= side.runs.length) return { ...side, used: side.runs, leftOut: [] }
  return { ...side, used: valid, leftOut: side.runs.filter(run => !valid.includes(run)) }
}

function whyInvalid(name: string, { used, runs }: UsedSide): string[] {
  const invalid = used.filter(({ result }) => result.invalidBecause.length > 0)
  if (invalid.length === 0) return []
  const which =
    runs.length === 1 ? `the ${name} run is invalid` : `${invalid.length} of ${runs.length} ${name} runs are invalid`
  return [...new Set(invalid.map(({ result }) => `${which}: ${result.invalidBecause[0]}`))].slice(0, 1)
}

/** Of the new side from the old one, and of each side's runs among each other. */
export function sideDifferences(old: Side, fresh: Side): Differences {
  const pairs: readonly (readonly [string, ComparedRun, ComparedRun])[] = [
    ['', old.runs[0]!, fresh.runs[0]!],
    ...old.runs.slice(1).map(run => ['among the old runs: ', old.runs[0]!, run] as const),
    ...fresh.runs.slice(1).map(run => ['among the new runs: ', fresh.runs[0]!, run] as const),
  ]
  const found = pairs.map(([where, one, other]) => {
    const [identity, result] = [
      identityDifferences(identityOf(one), identityOf(other)),
      resultDifferences(one.result, other.result),
    ]
    const told = (texts: readonly string[]) => texts.map(text => `${where}${text}`)
    return {
      refused: told([...identity.refused, ...result.refused]),
      warned: told([...identity.warned, ...result.warned]),
    }
  })
  const shared = old.runs.filter(({ path }) => fresh.runs.some(run => run.path === path))
  const same =
    shared.length === 0 ? [] : [`${shared.length === 1 ? 'one run is' : `${shared.length} runs are`} on both sides`]
  return {
    refused: [...new Set(found.flatMap(({ refused }) => refused))],
    warned: [...new Set([...found.flatMap(({ warned }) => warned), ...same])],
  }
}

function identityOf({ result, scenario }: ComparedRun) {
  const { driver, seed, scope } = result
  return { scenario: result.scenario, driver, seed, scope, written: scenario }
}

/** What a statistician would say to so many runs. */
function certaintyOf(old: number, fresh: number): string {
  if (old === 1 && fresh === 1) {
    return (
      'One run on each side: how far runs differ by themselves is not known from them, so the floors alone decide. ' +
      'More runs say more: --repeat 5.'
    )
  }
  const rule = `a change counts where it is beyond the floors and ${ruleOf(old, fresh)}`
  return `Medians of ${old} old and ${fresh} new runs; ${rule}. ${coverageOf([...new Set([old, fresh])])} Each measure is tested by itself.`
}

function ruleOf(old: number, fresh: number): string {
  const smallest = smallestChance(old, fresh)
  const test = 'by the exact one-sided rank test of Mann and Whitney'
  if (smallest < CHANCE_MAX) return `chance alone would bring it in at most ${percent(CHANCE_MAX)} of cases, ${test}`
  const all = 'every run of one side is beyond every run of the other'
  const weak = smallest > CHANCE_MAX + 1e-9 ? ', more than the usual 5 %, since so few runs cannot show less' : ''
  return `${all}, which chance alone would bring in ${percent(smallest)} of cases, ${test}${weak}`
}

function coverageOf(counts: readonly number[]): string {
  const [first, ...others] = counts.filter(count => count > 1)
  const more = others.map(count => `, that of ${count} runs with ${percent(rangeCoverage(count))}`).join('')
  return `The range of ${first} runs holds the true median with ${percent(rangeCoverage(first!))}${more}.`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
