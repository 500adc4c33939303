import { expect, test } from 'vitest'
import type { Sample } from '../sample.ts'
import { highestOverLowest, thereAndBack } from './growth.ts'

test('a machine that drifts evenly drifts for all sizes alike', () => {
  const order = thereAndBack([100, 1000, 5000, 10_000], 2)
  expect(order.slice(0, 8)).toEqual([100, 1000, 5000, 10_000, 10_000, 5000, 1000, 100])
  expect(order.slice(8)).toEqual(order.slice(0, 8))
  // The cost of everything rises by one with each stretch.
  const drift = new Map<number, number>()
  for (const [stretch, size] of order.entries()) drift.set(size, (drift.get(size) ?? 0) + stretch)
  expect(new Set(drift.values()).size).toBe(1)
})

test('the dearest size is compared with the cheapest, and is as disturbed as the most disturbed', () => {
  const of = (cpuUsPerDelivery: number, foreign: number): Sample => ({
    ...{ measurement: 'growth', subject: 'tuesday', point: 'some', round: 3, saturated: null },
    values: { cpuUsPerDelivery, foreign },
  })
  const { round, values } = highestOverLowest([of(12, 0.01), of(15, 0.2), of(10, 0.02)])
  expect(round).toBe(3)
  expect(values).toEqual({ ratio: 1.5, foreign: 0.2 })
})
