import { expect, test } from 'vitest'
import { createRandom } from './random.ts'

/** Made with an independent implementation of the two generators, in integers of any length. */
const FIRST_OF_SEED_7: readonly number[] = [0.8686401899966256, 0.868037935055177, 0.05336014921763843]

test('the sequence is that of the published generators', () => {
  const random = createRandom(7, 'example')
  expect([random.uniform(), random.uniform(), random.uniform()]).toEqual(FIRST_OF_SEED_7)
})

test('another seed and another stream are other sequences', () => {
  const first = (seed: number, stream: string) => createRandom(seed, stream).uniform()
  const all = [first(7, 'a'), first(8, 'a'), first(7, 'b'), first(0, 'a'), first(2 ** 31 - 1, 'a')]
  expect(new Set(all).size).toBe(all.length)
})

test('whole numbers are even: chi-square over 100 cells stays under the 99.9th percentile', () => {
  const random = createRandom(1, 'even')
  const cells = new Array<number>(100).fill(0)
  const draws = 100_000
  for (let draw = 0; draw < draws; draw++) cells[random.int(100)]!++
  const expected = draws / cells.length
  const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // 99 degrees of freedom: 148.2 at 99.9 %, 61.1 at 0.1 %.
  expect(chiSquare).toBeLessThan(148.2)
  expect(chiSquare).toBeGreaterThan(61.1)
})

test('a shuffle keeps everything and reaches every order', () => {
  const random = createRandom(3, 'shuffle')
  const orders = new Set<string>()
  for (let round = 0; round < 200; round++) {
    const array = ['a', 'b', 'c']
    random.shuffle(array)
    expect([...array].sort()).toEqual(['a', 'b', 'c'])
    orders.add(array.join(''))
  }
  expect(orders.size).toBe(6)
})
