import { expect, test } from 'vitest'
import { checkDuplicated } from './duplicated.ts'
import { type HistorySketch, history } from './history.ts'

function judge(sketch: HistorySketch) {
  const { run, phases } = history(sketch)
  return checkDuplicated(run, phases)
}
const sends = ['ann', 'ann', 'ann']

test('accepts each message once at each client, across reconnects', () => {
  expect(judge({ sends, clients: { ann: '0 1 2', bob: '0 | 1 2' } }).count).toBe(0)
})

test('accepts the same message in two rooms of one client as what it is, a phantom of one', () => {
  const clients = { ann: { streams: { red: '0', blue: '0@1' } } }
  expect(judge({ rooms: ['red', 'blue'], sends: ['ann'], clients }).count).toBe(0)
})

test('rejects a message that comes again after a resume', () => {
  const found = judge({ sends, clients: { ann: '0 1 2', bob: '0 1 | 1 2' } })
  expect(found.count).toBe(1)
  expect(found.examples[0]).toMatchObject({
    client: 'bob',
    message: 1,
    position: { epoch: 'a', seq: 2 },
    sender: 'ann',
  })
})

test('rejects a message that stands in the log twice and comes at both places', () => {
  const found = judge({ sends, clients: { ann: '0 1 2 1@4', bob: '0 1 2 1@4' } })
  expect(found.count).toBe(2)
  expect(found.examples[0]!.position).toEqual({ epoch: 'a', seq: 4 })
})

test('counts each repetition', () => {
  expect(judge({ sends, clients: { ann: '0 0 0 1 2', bob: '0 1 2' } }).count).toBe(2)
})
