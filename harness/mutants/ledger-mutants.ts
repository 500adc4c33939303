/**
 * Mutants of the saved run: each damages what one honest run has left in its folder in a way that has a name, and says which measure, or which
 * cause of being invalid, has to tell. A measure that none of them reaches, or that tells of none, is not worth its line in a scenario.
 *
 * `judgeLedgerMutants()` judges them all; `npm run mutants` prints what comes of it as a matrix of mutants and measures.
 *
 * Not here: mutants of the service's code, which have to be run.
 */

import type { BudgetName } from '../scenario/measures.ts'
import type { Judgement, Verdict } from '../verdict/judgement.ts'
import { MUTANTS_OF_COUNTING } from './ledger-mutants-of-counting.ts'
import { MUTANTS_OF_HTTP } from './ledger-mutants-of-http.ts'
import { MUTANTS_OF_SAFETY } from './ledger-mutants-of-safety.ts'
import { MUTANTS_OF_SERVICE } from './ledger-mutants-of-service.ts'
import { MUTANTS_OF_VALIDITY } from './ledger-mutants-of-validity.ts'
import { honestRun, judgeSavedRun, type SavedRun } from './ledger-mutants-run.ts'

export interface LedgerMutant {
  readonly name: string
  /** One line: what the service, or the run, has done. */
  readonly about: string
  /** Who has to tell: a measure beyond its budget, or an entry of `invalidBecause` that contains this text. */
  readonly expect: { readonly measure: BudgetName } | { readonly invalid: string }
  /** Pure. Throws where the run has nothing to damage in that way. */
  damage(saved: SavedRun): SavedRun
}

export interface LedgerMutantOutcome {
  readonly name: string
  readonly about: string
  /** The measure, or the text in `invalidBecause`. */
  readonly expected: string
  readonly verdict: Verdict
  /** The expected one has told, and the verdict is not `pass`. */
  readonly caught: boolean
  /** Everything that told: measures beyond their budgets first, then the whole entries of `invalidBecause`. */
  readonly broken: readonly string[]
}

export const LEDGER_MUTANTS: readonly LedgerMutant[] = [
  ...MUTANTS_OF_SAFETY,
  ...MUTANTS_OF_SERVICE,
  ...MUTANTS_OF_COUNTING,
  ...MUTANTS_OF_HTTP,
  ...MUTANTS_OF_VALIDITY,
]

/** In the order of the mutants. Throws where the honest run itself does not pass, since then no mutant shows anything. */
export async function judgeLedgerMutants(
  mutants: readonly LedgerMutant[] = LEDGER_MUTANTS,
): Promise<LedgerMutantOutcome[]> {
  const saved = await honestRun()
  const honest = await judgeSavedRun(saved)
  if (honest.verdict !== 'pass') {
    throw new Error(`the run without damage is ${honest.verdict}: ${toldBy(honest).join('; ')}`)
  }
  const outcomes: LedgerMutantOutcome[] = []
  for (const { name, about, expect, damage } of mutants) {
    const judgement = await judgeSavedRun(damage(saved))
    const broken = toldBy(judgement)
    const hasTold =
      'measure' in expect ? broken.includes(expect.measure) : broken.some(told => told.includes(expect.invalid))
    outcomes.push({
      name,
      about,
      expected: 'measure' in expect ? expect.measure : expect.invalid,
      verdict: judgement.verdict,
      caught: hasTold && judgement.verdict !== 'pass',
      broken,
    })
  }
  return outcomes
}

function toldBy({ budgets, invalidBecause }: Judgement): string[] {
  return [...budgets.filter(({ status }) => status === 'fail').map(({ measure }) => measure), ...invalidBecause]
}
