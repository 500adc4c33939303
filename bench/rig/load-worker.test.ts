import { expect, test } from 'vitest'
import { planOf } from './load-worker.ts'

test('stretches follow each other with a pause; a burst comes at one time', () => {
  const stretches = [
    { messages: 3, burst: 1, everyMs: 40 },
    { messages: 4, burst: 2, everyMs: 250 },
  ]
  const { messages, clients, loadMs } = planOf({ clients: 10, stretches, speaker: 'itself' })
  expect(messages.atMs).toEqual([0, 40, 80, 1120, 1120, 1370, 1370])
  expect(messages.client).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(messages.room).toHaveLength(7)
  expect(clients).toHaveLength(10)
  expect(loadMs).toBe(1120 + 500 + 1000)
})

test('where another worker speaks, its clients are every other one, and only the one that speaks is in the room', () => {
  const stretches = [{ messages: 4, burst: 2, everyMs: 250 }]
  const { messages, clients } = planOf({ clients: 5, stretches, speaker: 'another worker' })
  expect(messages.client).toEqual([1, 1, 1, 1])
  expect(clients.map(({ rooms }) => rooms.length)).toEqual([1, 1, 1, 0, 1, 0, 1, 0, 1, 0])
})
