import { expect, test } from 'vitest'
import { type HistorySketch, history } from './history.ts'
import { checkReordered } from './reordered.ts'

function judge(sketch: HistorySketch) {
  const { run, phases } = history(sketch)
  return checkReordered(run, phases)
}

test("accepts a sender's messages in their order, whatever comes between", () => {
  const sends = ['ann', 'bob', 'ann', 'bob']
  expect(judge({ sends, clients: { ann: '0 1 2 3', bob: '0 1 2 3' } }).count).toBe(0)
})

test('accepts messages of different senders in any order', () => {
  const sends = [
    { by: 'ann', at: 2 },
    { by: 'bob', at: 1 },
  ]
  expect(judge({ sends, clients: { ann: '1 0', bob: '1 0' } }).count).toBe(0)
})

test('accepts a message that was lost in between', () => {
  expect(judge({ sends: ['ann', 'ann', 'ann'], clients: { ann: '0 2', bob: '0 2' } }).count).toBe(0)
})

test('accepts a repetition: that is a duplicate', () => {
  expect(judge({ sends: ['ann', 'ann'], clients: { ann: '0 1 | 0 1', bob: '0 1' } }).count).toBe(0)
})

test('rejects an earlier message after a later one, in everybody’s order', () => {
  const sends = [
    { by: 'ann', at: 2 },
    { by: 'ann', at: 1 },
  ]
  const found = judge({ sends, clients: { ann: '1 0', bob: '1 0' } })
  expect(found.count).toBe(2)
  expect(found.examples[0]).toMatchObject({
    what: 'delivered after message 1 of the same sender',
    client: 'ann',
    message: 0,
    sender: 'ann',
  })
})

test('accepts what nobody sent, or sent elsewhere: that is a phantom', () => {
  const never = { by: 'ann', outcome: 'rejected', handedAtMs: null } as const
  expect(judge({ sends: [never, 'ann'], clients: { ann: '1 0@2', bob: '1' } }).count).toBe(0)
  const rooms = ['lobby', 'attic']
  const elsewhere = { by: 'ann', room: 'attic' }
  expect(judge({ rooms, sends: [elsewhere, 'ann'], clients: { ann: '1', bob: '1 0@2' } }).count).toBe(0)
})

test('rejects across a reconnect', () => {
  expect(judge({ sends: ['ann', 'ann'], clients: { ann: '0 1', bob: '1 | 0' } }).count).toBe(1)
})

test('rejects a roll-call message before one of the load', () => {
  expect(judge({ sends: ['ann'], rollCall: ['ann'], clients: { ann: '0 1', bob: '1 0' } }).count).toBe(1)
})
