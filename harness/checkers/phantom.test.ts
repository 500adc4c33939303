import { expect, test } from 'vitest'
import { type HistorySketch, history } from './history.ts'
import { checkPhantom } from './phantom.ts'

function judge(sketch: HistorySketch) {
  const { run, phases } = history(sketch)
  return checkPhantom(run, phases)
}

test('accepts messages of the plan, of whatever accepted outcome', () => {
  const sends = ['ann', { by: 'bob', outcome: 'unknown', at: 2 }] as const
  expect(judge({ sends, clients: { ann: '0 1@2', bob: '0 1@2' } }).count).toBe(0)
})

test('rejects what the load saw as a phantom', () => {
  const found = judge({ sends: ['ann'], clients: { ann: '0', bob: '0 ?2' } })
  expect(found.count).toBe(1)
  expect(found.examples[0]).toMatchObject({ client: 'bob', message: null, position: { epoch: 'a', seq: 2 } })
  expect(found.examples[0]!.what).toContain('nobody sent it: id x.1/1')
})

test('rejects numbers outside of the plan, but not twice where the load saw it too', () => {
  expect(judge({ sends: ['ann'], clients: { ann: '0', bob: '0 7@2 -1@3' } }).count).toBe(2)
  expect(judge({ sends: ['ann'], clients: { ann: '0', bob: '0 ?2 -1@2' } }).count).toBe(1)
})

test('rejects a message of another room', () => {
  const clients = { ann: { streams: { red: '0' } }, bob: { streams: { blue: '0@1' } } }
  const found = judge({ rooms: ['red', 'blue'], sends: [{ by: 'ann', room: 'red' }], clients })
  expect(found.count).toBe(1)
  expect(found.examples[0]).toMatchObject({ client: 'bob', room: 'blue', message: 0 })
})

test('rejects a message that was definitely rejected, at each client and in the log', () => {
  const sends = [{ by: 'ann', outcome: 'rejected', code: 'unavailable' }] as const
  const found = judge({ sends, clients: { ann: '0@1', bob: '0@1' }, logs: { lobby: '0@1' } })
  expect(found.count).toBe(3)
  expect(found.examples[0]!.what).toBe('delivered, but it was definitely rejected (unavailable)')
})

test('rejects a log entry that nobody sent', () => {
  const found = judge({ sends: ['ann'], clients: { ann: '0', bob: '0' }, logs: { lobby: '0 ?2' } })
  expect(found.count).toBe(1)
  expect(found.examples[0]).toMatchObject({
    what: 'in the log, but nobody sent it',
    client: null,
    room: 'lobby',
    message: null,
  })
})
