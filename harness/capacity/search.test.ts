import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { highestHeld, lowestBroken, nextRate, type SearchRange, type TriedRate } from './search.ts'

const RANGE: SearchRange = { from: 100, to: 100_000, precision: 0.1 }

/** Searches a service that bears so many messages per second. */
function search(capacity: number, range: Partial<SearchRange> = {}): TriedRate[] {
  const tried: TriedRate[] = []
  for (;;) {
    const rate = nextRate(tried, { ...RANGE, ...range })
    if (rate === null) return tried
    tried.push({ rate, held: rate <= capacity })
    if (tried.length > 100) throw new Error('the search does not end')
  }
}

test('doubles, then looks between the last that held and the first that did not', () => {
  expect(search(730).map(({ rate, held }) => `${rate} ${held ? 'held' : 'broke'}`)).toEqual([
    '100 held',
    '200 held',
    '400 held',
    '800 broke',
    '566 held',
    '673 held',
    '734 broke',
  ])
})

describe('the ends of the range', () => {
  test('everything holds', () => {
    expect(search(Infinity, { to: 500 }).map(({ rate }) => rate)).toEqual([100, 200, 400, 500])
    expect(search(Infinity, { to: 100 }).map(({ rate }) => rate)).toEqual([100])
  })

  test('the first rate does not hold, a lower one does', () => {
    const tried = search(30)
    expect(tried.slice(0, 3)).toEqual([
      { rate: 100, held: false },
      { rate: 50, held: false },
      { rate: 25, held: true },
    ])
    expect(highestHeld(tried)).toBeGreaterThan(25)
  })

  test('nothing holds', () => {
    const tried = search(0)
    expect(tried.at(-1)!.rate).toBeCloseTo(100 / 32, 1)
    expect(highestHeld(tried)).toBeNull()
  })
})

test('whatever the service bears: the answer is no more than that, and no less than the precision allows, in few runs', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 10, max: 90_000, noNaN: true }),
      fc.constantFrom(0.02, 0.05, 0.1, 0.5),
      (capacity, precision) => {
        const tried = search(capacity, { precision })
        const [held, broken] = [highestHeld(tried)!, lowestBroken(tried)!]
        expect(held).toBeLessThanOrEqual(capacity)
        expect(broken).toBeGreaterThan(capacity)
        // Rates of three digits.
        expect(broken / held).toBeLessThanOrEqual(1 + precision + 0.01)
        expect(tried.length).toBeLessThanOrEqual(20)
        expect(new Set(tried.map(({ rate }) => rate)).size).toBe(tried.length)
      },
    ),
  )
})
