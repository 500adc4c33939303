import { beforeEach, expect, test } from 'vitest'
import type { PlannedSend } from '../../scenarios/k6/flood/flood-plan.ts'
import { Receipts } from '../../scenarios/k6/flood/receipts.ts'
import { makeText } from '../load/message-text.ts'

const BYTES = 40
/** Ann (0) and Bob (1) take turns in room 0; the last message is Bob's in room 1. */
const SENDS: PlannedSend[] = [
  [0, 0, 0],
  [10, 1, 0],
  [20, 0, 0],
  [30, 1, 0],
  [40, 1, 1],
]
const at = (seq: number, epoch = 'a') => ({ epoch, seq })
let receipts: Receipts

/** A delivery in room 0. */
const tell = (number: number, seq: number, text = makeText({ number, instance: 7 }, BYTES)) =>
  receipts.told(0, text, at(seq))

beforeEach(() => {
  receipts = new Receipts(SENDS, BYTES)
  receipts.joined(0, at(5))
})

test('a message that is new, told again, or out of its sender’s order', () => {
  expect(tell(0, 6)).toEqual({ is: 'new', number: 0, senderTag: 7 })
  expect(tell(3, 7)).toMatchObject({ is: 'new' })
  expect(tell(2, 8)).toMatchObject({ is: 'new' })
  expect(tell(1, 9)).toMatchObject({ is: 'reordered', number: 1 })
  expect(tell(1, 10)).toMatchObject({ is: 'duplicated' })
})

test('a message that nobody sent, that was changed, or is in the wrong room', () => {
  expect(tell(9, 6)).toEqual({ is: 'phantom' })
  expect(tell(0, 7, `${makeText({ number: 0, instance: 7 }, BYTES).slice(0, -1)}!`)).toEqual({ is: 'phantom' })
  expect(tell(4, 8)).toEqual({ is: 'phantom' })
})

test('an own message that was acknowledged and never told is lost, wherever its acknowledgement came', () => {
  receipts.acked(0, 0, at(6))
  tell(0, 6)
  tell(2, 7)
  receipts.acked(0, 2, at(7))
  expect(receipts.left(0, at(7), true)).toBe(0)
  receipts.joined(0, at(7))
  receipts.acked(0, 2, at(8))
  expect(receipts.left(0, at(9), true)).toBe(2)
})

test('what comes after an answered leave is not owed, unless all is over', () => {
  receipts.acked(0, 0, at(6))
  expect(receipts.left(0, at(5), false)).toBe(0)
  receipts.joined(0, at(5))
  receipts.acked(0, 0, at(6))
  expect(receipts.left(0, at(5), true)).toBe(1)
})

test('what stood there before the join is not owed', () => {
  receipts.acked(0, 0, at(5))
  expect(receipts.left(0, at(5), true)).toBe(0)
})

test('the service sent more than was told', () => {
  tell(0, 6)
  expect(receipts.left(0, at(9), false)).toBe(3)
})

test('what was declared gone is no loss, and what comes behind it is', () => {
  tell(0, 6)
  receipts.acked(0, 2, at(8))
  expect(receipts.gap(0, at(6), at(9))).toBe(2)
  receipts.acked(0, 3, at(9))
  expect(receipts.left(0, at(8), true)).toBe(1)
})
