/** Each damage is told by the measure that names it, and a mixture of them leaves no measure at 0 for ever. */

import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Counts } from '../verdict/judgement.ts'
import { arbitraryShape, arbitrarySketch, historyOf, honestHistory } from './arbitrary-history.ts'
import { countsOf } from './counts-of.ts'
import { DAMAGES } from './damages.ts'
import { Dice } from './dice.ts'
import type { TestHistory } from './test-history.ts'

const HISTORIES = 20
/** Of the histories: a damage that fits fewer is hardly ever seen. */
const FITTING_SHARE_MIN = 0.05
const SKETCHES = 300
/** Some ten times what a quiet machine takes. */
const MS_MAX = 60_000

/** Always the same ones: what is said of how often something happens is either true or not. */
const seeded = (numRuns: number) => ({ numRuns, seed: 2 })

describe('a damage', () => {
  let honest: { readonly history: TestHistory; readonly counts: Counts; readonly seed: number }[]

  beforeAll(async () => {
    const histories = fc
      .sample(arbitraryShape, seeded(HISTORIES))
      .map(shape => ({ shape, history: honestHistory(shape) }))
    honest = await Promise.all(
      histories.map(async ({ shape, history }) => ({ history, counts: await countsOf(history), seed: shape.seed })),
    )
    // Who is stranded already cannot become so.
    honest = honest.filter(({ counts }) => counts.stranded === 0)
  }, MS_MAX)

  test.each(DAMAGES)(
    '$name raises $raises',
    async ({ name, raises, apply }) => {
      let fitting = 0
      for (const { history, counts, seed } of honest) {
        const damaged = apply(history, new Dice(seed, name))
        if (damaged === null) continue
        fitting++
        expect(damaged).not.toEqual(history)
        const found = await countsOf(damaged)
        if (raises !== null)
          expect(found[raises], `${name} in the history of seed ${seed}`).toBeGreaterThan(counts[raises]!)
      }
      expect(fitting).toBeGreaterThan(honest.length * FITTING_SHARE_MIN)
    },
    MS_MAX,
  )
})

test('no two damages have one name', () => {
  expect(new Set(DAMAGES.map(({ name }) => name)).size).toBe(DAMAGES.length)
})

describe('of many histories', () => {
  let all: Counts[]

  beforeAll(async () => {
    const sketches = fc.sample(arbitrarySketch, seeded(SKETCHES))
    all = await Promise.all(sketches.map(sketch => countsOf(historyOf(sketch))))
  }, MS_MAX)

  test.each<[keyof Counts, number]>([
    ['lost', 0.2],
    ['duplicated', 0.05],
    ['reordered', 0.03],
    ['diverged', 0.1],
    ['phantom', 0.05],
    ['declaredGaps', 0.05],
    ['stranded', 0.2],
    ['holes', 0.03],
    ['late', 0.2],
    ['duplicatedOnWire', 0.2],
    ['uncleanDrains', 0.05],
    ['rejected', 0.5],
    ['unknown', 0.3],
    ['deliveredAcross', 0.8],
  ])('%s is above 0 in some and 0 in others', (measure, least) => {
    const share = all.filter(counts => (counts[measure] ?? 0) > 0).length / all.length
    expect(share).toBeGreaterThan(least)
    expect(share).toBeLessThan(0.98)
  })
})
