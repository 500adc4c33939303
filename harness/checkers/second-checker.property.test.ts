/**
 * Two checkers, one opinion: the real ones read a history from a real ledger, run-length encoded and indexed; the naive one reads the raw
 * records by the definitions. HISTORY_CASES says how many histories they judge.
 *
 * A failure prints its seed and path; `fc.assert(…, { seed, path })` tells that history again.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EXACT_MEASURES, naiveCounts, ZERO_OR_NOT_MEASURES } from '../naive-checker/naive-checker.ts'
import { arbitrarySketch, historyOf, type Sketch } from '../test-histories/arbitrary-history.ts'
import { HISTORY_CASES } from '../test-histories/cases.ts'
import { countsOf } from '../test-histories/counts-of.ts'
import { rawRecordsOf } from '../test-histories/test-history.ts'

/** Histories on which the two did not agree once. */
const FOUND_BEFORE: [Sketch][] = [
  [
    {
      // Told by deliveries alone, at a place of an epoch of which nobody else knows.
      shape: { seed: 1647084591, instances: 2, rooms: 2, clients: 5, messages: 16, faults: 1, workers: 2 },
      damages: [{ name: 'strange-epoch', seed: 582377281 }],
    },
  ],
]

/** Some ten times what a quiet machine takes. */
const MS_MAX = 10_000 + 50 * HISTORY_CASES

test(
  'the checkers count what the definitions say',
  async () => {
    const isAgreed = fc.asyncProperty(arbitrarySketch, async sketch => {
      const history = historyOf(sketch)
      const counted = await countsOf(history)
      const expected = naiveCounts(history.plan, rawRecordsOf(history), history.run)
      for (const measure of EXACT_MEASURES) {
        // Without a roll call nobody can say who is stranded.
        const isUnknown = measure === 'stranded' && history.run.rollCallAtMs === null
        expect(counted[measure], measure).toBe(isUnknown ? null : expected[measure])
      }
      for (const measure of ZERO_OR_NOT_MEASURES) expect(counted[measure]! > 0, measure).toBe(expected[measure] > 0)
    })
    await fc.assert(isAgreed, { numRuns: HISTORY_CASES, examples: FOUND_BEFORE })
  },
  MS_MAX,
)
