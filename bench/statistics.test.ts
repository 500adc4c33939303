import { expect, test } from 'vitest'
import { spreadOf } from './statistics.ts'

test('median and range of an odd and an even count, in any order', () => {
  expect(spreadOf([9, 1, 4])).toEqual({ median: 4, min: 1, max: 9, count: 3 })
  expect(spreadOf([10, 2, 4, 1])).toEqual({ median: 3, min: 1, max: 10, count: 4 })
  expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7, count: 1 })
})

test('an infinite value, which is a quantile that was never reached, moves the median only where it is in the middle', () => {
  expect(spreadOf([1, 2, Number.POSITIVE_INFINITY])?.median).toBe(2)
  expect(spreadOf([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])?.median).toBe(Number.POSITIVE_INFINITY)
})

test('nothing has no median', () => {
  expect(spreadOf([])).toBeNull()
})
