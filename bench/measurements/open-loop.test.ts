import { expect, test } from 'vitest'
import { holds } from './open-loop.ts'

const result = { deliveries: 2_000_000, seconds: 2, closed: 0, p99Ms: 40 }

test('a rate is held when everything came, in time, to everybody', () => {
  expect(holds(result, 1_000_000)).toBe(true)
  expect(holds({ ...result, deliveries: 1_900_000 }, 1_000_000)).toBe(false)
  expect(holds({ ...result, p99Ms: 100 }, 1_000_000)).toBe(false)
  expect(holds({ ...result, p99Ms: null }, 1_000_000)).toBe(false)
  expect(holds({ ...result, closed: 1 }, 1_000_000)).toBe(false)
})
