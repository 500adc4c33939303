import { expect, test } from 'vitest'
import { orderAtSeq, orderEpochs, seqOf } from './epochs.ts'

test('positions of one epoch are ordered by seq', () => {
  const { orderOf } = orderEpochs([{ epoch: 'a', atMs: 0 }], [])
  expect(orderOf({ epoch: 'a', seq: 9 })).toBeLessThan(orderOf({ epoch: 'a', seq: 10 }))
})

test('a later epoch comes after an earlier one, whatever the seqs', () => {
  const sightings = [
    { epoch: 'b', atMs: 50 },
    { epoch: 'a', atMs: 10 },
    { epoch: 'b', atMs: 90 },
  ]
  const { orderOf } = orderEpochs(sightings, [])
  expect(orderOf({ epoch: 'a', seq: 12 })).toBeLessThan(orderOf({ epoch: 'b', seq: 9 }))
})

test('the log knows better than the time of the first sighting', () => {
  const sightings = [
    { epoch: 'b', atMs: 10 },
    { epoch: 'lost', atMs: 15 },
    { epoch: 'a', atMs: 20 },
  ]
  const { orderOf } = orderEpochs(sightings, ['a', 'a', 'b'])
  expect(orderOf({ epoch: 'a', seq: 5 })).toBeLessThan(orderOf({ epoch: 'lost', seq: 1 }))
  expect(orderOf({ epoch: 'lost', seq: 9 })).toBeLessThan(orderOf({ epoch: 'b', seq: 1 }))
})

test('an order can be turned back', () => {
  const { orderOf, positionOf } = orderEpochs([], ['a', 'b'])
  const order = orderOf({ epoch: 'b', seq: 7 })
  expect(positionOf(order)).toEqual({ epoch: 'b', seq: 7 })
  expect(seqOf(order)).toBe(7)
  expect(positionOf(orderAtSeq(order, 8))).toEqual({ epoch: 'b', seq: 8 })
  expect(orderOf({ epoch: 'nobody told', seq: 1 })).toBeNaN()
})
