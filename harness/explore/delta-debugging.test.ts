import fc from 'fast-check'
import { expect, test } from 'vitest'
import { minimize } from './delta-debugging.ts'

/** What `minimize` leaves of 0 … length − 1, and how many parts it tried. */
async function minimizeNumbers(length: number, isFailing: (part: readonly number[]) => boolean) {
  let tries = 0
  const items = Array.from({ length }, (_, index) => index)
  const left = await minimize(items, async part => {
    tries++
    return isFailing(part)
  })
  return { left, tries }
}

test('finds exactly the items that are needed together, in their order', async () => {
  const anySet = fc.uniqueArray(fc.nat({ max: 11 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(anySet, async needed => {
      const { left } = await minimizeNumbers(12, part => needed.every(item => part.includes(item)))
      expect(left).toEqual(needed.toSorted((a, b) => a - b))
    }),
  )
})

test('whatever fails, what is left fails, and no single item of it can go', async () => {
  // Any table of which subsets fail, as long as the whole does.
  const table = fc.array(fc.boolean(), { minLength: 64, maxLength: 64 })
  await fc.assert(
    fc.asyncProperty(table, async fails => {
      const isFailing = (part: readonly number[]) => {
        return part.length === 6 || fails[part.reduce((mask, item) => mask | (1 << item), 0)]!
      }
      const { left } = await minimizeNumbers(6, isFailing)
      expect(isFailing(left)).toBe(true)
      for (const item of left) expect(isFailing(left.filter(other => other !== item))).toBe(false)
    }),
  )
})

test('nothing is left where the items have no part in it', async () => {
  expect(await minimizeNumbers(5, () => true)).toEqual({ left: [], tries: 3 })
})

test('of one item that is needed, one is left after a logarithmic number of tries', async () => {
  const { left, tries } = await minimizeNumbers(64, part => part.includes(37))
  expect(left).toEqual([37])
  expect(tries).toBeLessThan(20)
})

test('of nothing, nothing is tried', async () => {
  expect(await minimizeNumbers(0, () => true)).toEqual({ left: [], tries: 0 })
})
