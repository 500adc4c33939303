/** Test support: one thing that a dishonest service, or Redis, may do to a history. */

import type { CountName } from '../scenario/measures.ts'
import type { Dice } from './dice.ts'
import type { TestHistory } from './test-history.ts'

export interface Damage {
  readonly name: string
  /** The measure that rises for certain; null where that depends. */
  readonly raises: CountName | null
  /** Null where there is nothing to break in that way. */
  apply(history: TestHistory, dice: Dice): TestHistory | null
}

/** Null where there is nothing to choose from. */
export function choose<Element>(elements: readonly Element[], dice: Dice): Element | null {
  return elements.length === 0 ? null : dice.pick(elements)
}
