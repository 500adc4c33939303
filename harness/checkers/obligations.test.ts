import { describe, expect, test } from 'vitest'
import { type HistorySketch, history } from './history.ts'
import { countObligations } from './obligations.ts'

const owed = (sketch: HistorySketch) => countObligations(history(sketch).run)

test('every member of the room is owed every accepted message, the sender too', () => {
  expect(owed({ sends: ['ann', 'bob'], clients: { ann: '', bob: '', cleo: '' } })).toBe(6)
})

test('members of other rooms are owed nothing', () => {
  const clients = {
    ann: { streams: { red: '' } },
    bob: { streams: { blue: '' } },
    cleo: { streams: { red: '', blue: '' } },
  }
  const sends = [
    { by: 'ann', room: 'red' },
    { by: 'bob', room: 'blue' },
    { by: 'cleo', room: 'blue' },
  ]
  expect(owed({ rooms: ['red', 'blue'], sends, clients })).toBe(6)
})

test('a client whose join was never answered is owed nothing', () => {
  const bob = { streams: { lobby: '' }, joinedAtMs: null }
  expect(owed({ sends: ['ann'], clients: { ann: '0', bob } })).toBe(1)
})

test('a reconnect changes nothing', () => {
  expect(owed({ sends: ['ann', 'ann', 'ann'], clients: { ann: '0 1 2', bob: '0 | |' } })).toBe(6)
})

test('what was rejected is owed to nobody, even where it was seen', () => {
  expect(owed({ sends: [{ by: 'ann', outcome: 'rejected' }], clients: { ann: '0@1', bob: '' } })).toBe(0)
})

test('a leave ends it: placed up to the leave is owed, later is not', () => {
  // Bob leaves at 6 ms, after seq 1.
  expect(owed({ sends: ['ann', 'ann'], clients: { ann: '0 1', bob: '0 leave(1)' } })).toBe(3)
})

test('what is placed exactly at the leave is owed by place', () => {
  const bob = { streams: { lobby: 'leave(1)' }, joinedAtMs: 50 }
  expect(owed({ sends: [{ by: 'ann', atMs: 40 }], clients: { ann: '0', bob } })).toBe(2)
})

describe('at a leave', () => {
  /** Bob gets seq 1 and leaves at 6 ms; what Ann said at that time stands at seq 2. */
  const owedOf = (atMs: number, healedAtMs = -20_000) => {
    const joinedAtMs = -9_000
    const sends = [
      { by: 'ann', atMs, at: 2 },
      { by: 'ann', atMs: 0, at: 1 },
    ]
    const ann = { streams: { lobby: '1 0' }, joinedAtMs }
    return owed({ sends, clients: { ann, bob: { streams: { lobby: '1 leave(1)' }, joinedAtMs } }, healedAtMs })
  }

  test('what is in flight is owed by its place alone', () => {
    expect(owedOf(-10)).toBe(3)
    expect(owedOf(-4_900)).toBe(3)
  })

  test('what is older than the deadline is owed, though the service says that it comes after the leave', () => {
    expect(owedOf(-5_100)).toBe(4)
  })

  test('unless it was sent before the faults had healed', () => {
    expect(owedOf(-5_100, -5_000)).toBe(3)
  })
})

test('by place only within the same line of epochs: a later epoch comes after the join, whatever its seq', () => {
  const bob = { streams: { lobby: '0' }, joinedAtMs: 50, joinedAtSeq: 5 }
  const sends = [{ by: 'ann', atMs: 40, at: 'b:3' }]
  expect(owed({ sends, clients: { ann: '0', bob } })).toBe(2)
})

test.each([
  ['the log', { lobby: '0@3' }, 'b:9', 2],
  ['the log, also where it is the earlier place', { lobby: '0@1' }, '3', 1],
  ['the ack, where the log does not know', { lobby: null }, '3', 2],
  ['the ack, also where it is the earlier place', { lobby: null }, '1', 1],
])('believes of a place %s', (_, logs, at, count) => {
  const bob = { streams: { lobby: '' }, joinedAtMs: 50, joinedAtSeq: 2 }
  expect(owed({ sends: [{ by: 'ann', atMs: 40, at }], logs, clients: { ann: '0@2', bob } })).toBe(count)
})
