/** Mutants of a ledger as rows of the matrix. */

import { budgetNames } from '../scenario/measures.ts'
import { judgeLedgerMutants, type LedgerMutant, type LedgerMutantOutcome } from './ledger-mutants.ts'
import type { MutantOutcome } from './outcome.ts'

/** Column for what makes a run invalid, whatever it is. */
const INVALID = 'invalid'

export async function ledgerOutcomes(mutants: readonly LedgerMutant[]): Promise<MutantOutcome[]> {
  return mutants.length === 0 ? [] : (await judgeLedgerMutants(mutants)).map(asOutcome)
}

function asOutcome({ name, about, expected, verdict, caught, broken }: LedgerMutantOutcome): MutantOutcome {
  return {
    of: 'ledger',
    mutant: name,
    about,
    where: 'a saved run',
    caughtBy: [columnOf(expected)],
    broken: [...new Set(broken.map(columnOf))],
    isCaught: caught,
    because: caught ? '' : [verdict, ...broken].join('; '),
    seconds: 0,
  }
}

function columnOf(told: string): string {
  return budgetNames().some(name => name === told) ? told : INVALID
}
