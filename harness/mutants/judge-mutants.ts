/**
 * Runs mutants and says which are caught: the scenario has to fail on the mutant, by the measures that name its bug, and to pass on the
 * service as it ships. What was no answer, an invalid run, is not asked again: a mutant that needs luck is not caught.
 */

import type { Mutant } from './mutant.ts'
import type { MutantRun } from './mutant-run.ts'
import type { MutantOutcome } from './outcome.ts'

export interface JudgeOptions {
  /** `mutant` null: the service as it ships. */
  readonly run: (scenario: string, mutant: Mutant | null, abort: AbortSignal) => Promise<MutantRun>
  /** Runs of before, by {@link runName}, that need not be repeated. */
  readonly known: ReadonlyMap<string, MutantRun>
  readonly onRun: (name: string, run: MutantRun) => void
  readonly abort: AbortSignal
}

/** By which a run is remembered. */
export function runName(scenario: string, mutant: Mutant | null): string {
  return mutant === null ? `as it ships, ${scenario}` : mutant.name
}

/** In the order of the mutants, though they are run scenario by scenario. Ends early, with what there is, where it is interrupted. */
export async function judgeMutants(mutants: readonly Mutant[], options: JudgeOptions): Promise<MutantOutcome[]> {
  const outcomes = new Map<Mutant, MutantOutcome>()
  for (const [scenario, group] of Map.groupBy(mutants, mutant => mutant.scenario)) {
    let shipped: MutantRun | null = null
    for (const mutant of group) {
      shipped ??= await runOnce(scenario, null, options)
      if (shipped === null) return inOrder(mutants, outcomes)
      const whyNot = whyNoYardstick(scenario, shipped)
      const run = whyNot === null ? await runOnce(scenario, mutant, options) : null
      if (run === null && whyNot === null) return inOrder(mutants, outcomes)
      outcomes.set(mutant, outcomeOf(mutant, run, whyNot ?? whyMissed(mutant, run!)))
    }
  }
  return inOrder(mutants, outcomes)
}

function inOrder(mutants: readonly Mutant[], outcomes: ReadonlyMap<Mutant, MutantOutcome>): MutantOutcome[] {
  return mutants.flatMap(mutant => outcomes.get(mutant) ?? [])
}

/** Null where it was interrupted: what such a run says does not count. */
async function runOnce(scenario: string, mutant: Mutant | null, options: JudgeOptions): Promise<MutantRun | null> {
  const name = runName(scenario, mutant)
  const known = options.known.get(name)
  if (known !== undefined) return known
  if (options.abort.aborted) return null
  const run = await options.run(scenario, mutant, options.abort)
  if (options.abort.aborted) return null
  options.onRun(name, run)
  return run
}

function whyNoYardstick(scenario: string, { verdict, broken, because }: MutantRun): string | null {
  if (verdict === 'pass') return null
  return `the service as it ships does not pass ${scenario}: ${[verdict, ...broken, ...because].join('; ')}`
}

/** Empty where it is caught. */
function whyMissed({ caughtBy }: Mutant, { verdict, broken, because }: MutantRun): string {
  if (verdict !== 'fail') return [verdict, ...because].join('; ')
  const missed = caughtBy.filter(measure => !broken.includes(measure))
  return missed.length === 0 ? '' : `not by ${missed.join(', ')}`
}

function outcomeOf(mutant: Mutant, run: MutantRun | null, because: string): MutantOutcome {
  const { name, about, scenario, caughtBy } = mutant
  const broken = run?.broken ?? []
  const isCaught = because === ''
  const seconds = run?.seconds ?? 0
  return { of: 'service', mutant: name, about, where: scenario, caughtBy, broken, isCaught, because, seconds }
}
