import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chanceOfHigher, isClear, rangeCoverage, smallestChance } from './rank-test.ts'

describe('the chance that new runs are higher by chance alone', () => {
  test.each([
    ['one on each side, higher', [1], [2], 1 / 2],
    ['one on each side, lower', [2], [1], 1],
    ['one on each side, equal', [1], [1], 1],
    ['three above three', [1, 2, 3], [4, 5, 6], 1 / 20],
    ['five above five', [1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 1 / 252],
    ['one above five', [1, 2, 3, 4, 5], [6], 1 / 6],
    // U = 8 of 9: two of the twenty ways have 8 or 9.
    ['three above three but for one pair', [1, 2, 4], [3, 5, 6], 2 / 20],
    // From published tables: for 5 and 5, U of 4 or less has a probability of 0.0476, of 5 or less 0.0754.
    ['five and five, four pairs the other way', [1, 2, 3, 4, 9], [5, 6, 7, 8, 10], 12 / 252],
    ['never reached is higher than anything', [1, 2, 3], [4, Infinity, Infinity], 1 / 20],
    ['all equal', [0, 0, 0], [0, 0, 0], 1],
  ])('%s', (_, low, high, chance) => {
    expect(chanceOfHigher(low, high)).toBeCloseTo(chance, 10)
  })

  test('is what counting every deal by hand makes of it', () => {
    const runs = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(runs, runs, (low, high) => {
        expect(chanceOfHigher(low, high)).toBeCloseTo(countedByHand(low, high), 10)
      }),
    )
  })
})

/** Pairs in which the second is higher count one, ties a half: the other form of the same statistic. */
function pairsWon(low: readonly number[], high: readonly number[]): number {
  const won = low.flatMap(one => high.map((other): number => (other > one ? 1 : other === one ? 0.5 : 0)))
  return won.reduce((sum, each) => sum + each, 0)
}

function countedByHand(low: readonly number[], high: readonly number[]): number {
  const all = [...low, ...high]
  const found = pairsWon(low, high)
  let [deals, asHigh] = [0, 0]
  for (let mask = 0; mask < 2 ** all.length; mask++) {
    const isHigh = (index: number) => (mask >> index) % 2 === 1
    const dealt = all.filter((_, index) => isHigh(index))
    if (dealt.length !== high.length) continue
    deals += 1
    const rest = all.filter((_, index) => !isHigh(index))
    if (pairsWon(rest, dealt) >= found) asHigh += 1
  }
  return asHigh / deals
}

test('the least chance is that of complete separation', () => {
  expect(smallestChance(1, 1)).toBe(1 / 2)
  expect(smallestChance(3, 3)).toBeCloseTo(1 / 20, 12)
  expect(smallestChance(5, 5)).toBeCloseTo(1 / 252, 12)
  expect(smallestChance(5, 1)).toBeCloseTo(1 / 6, 12)
})

describe('what is clear', () => {
  test.each([
    ['one on each side: any difference, since nobody can say more', 1 / 2, 1, 1, true],
    ['two on each side, all above', 1 / 6, 2, 2, true],
    ['two on each side, one pair the other way', 2 / 6, 2, 2, false],
    ['three on each side, all above', 1 / 20, 3, 3, true],
    ['three on each side, one pair the other way', 2 / 20, 3, 3, false],
    ['five on each side, four pairs the other way', 12 / 252, 5, 5, true],
    ['five on each side, five pairs the other way', 19 / 252, 5, 5, false],
  ])('%s', (_, chance, low, high, clear) => {
    expect(isClear(chance, low, high)).toBe(clear)
  })
})

test('a range covers the median more surely the more runs it has', () => {
  expect([1, 2, 3, 5].map(rangeCoverage)).toEqual([0, 0.5, 0.75, 0.9375])
})
