/** Test support: what the real checkers count in a history, through a real ledger. */

import { examine } from '../verdict/examination.ts'
import type { Counts } from '../verdict/judgement.ts'
import { ledgerOf } from './saved-history.ts'
import type { TestHistory } from './test-history.ts'

/** Throws where a checker crashed. */
export async function countsOf(history: TestHistory): Promise<Counts> {
  const { counts, crashes } = examine(history.plan, {}, await ledgerOf(history))
  if (crashes.length > 0) throw new Error(crashes.join('; '))
  return counts
}
