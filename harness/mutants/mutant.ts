/**
 * A mutant: the service with one bug put into it, by text that is replaced in a copy of its source. The service that ships has no switch
 * for any of this.
 */

import type { BudgetName } from '../scenario/measures.ts'

export interface Patch {
  /** Name of the file in `service/`. */
  readonly file: string
  /** Text that is there exactly once. */
  readonly find: string
  readonly replace: string
}

export interface Mutant {
  readonly name: string
  /** The bug in one sentence. */
  readonly about: string
  /** Name of a file in `scenarios/` beside this one; it shows the bug, and the service as it ships passes it. */
  readonly scenario: string
  /** Every one of these budgets has to be broken. */
  readonly caughtBy: readonly BudgetName[]
  readonly patches: readonly Patch[]
}

/** Code of a patch: true at every nth time that it runs in its process. */
export function everyNth(n: number): string {
  return `(globalThis.turnOfMutant = (globalThis.turnOfMutant ?? 0) + 1) % ${n} === 0`
}

/** Code of a patch: waits. */
export function sleep(ms: number): string {
  return `await new Promise(resolve => setTimeout(resolve, ${ms}))`
}
