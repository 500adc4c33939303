/** What became of a mutant, of the service or of a ledger. */

export interface MutantOutcome {
  readonly of: 'service' | 'ledger'
  readonly mutant: string
  readonly about: string
  /** Where it was to be seen: a scenario, or what else there is. */
  readonly where: string
  /** Measures that have to break. */
  readonly caughtBy: readonly string[]
  /** Measures that did break. */
  readonly broken: readonly string[]
  readonly isCaught: boolean
  /** Why it is not caught; empty where it is. */
  readonly because: string
  readonly seconds: number
}
