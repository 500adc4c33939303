import { expect, test } from 'vitest'
import { type HistorySketch, history } from './history.ts'
import { checkStranded } from './stranded.ts'

function judge(sketch: HistorySketch) {
  const { run, phases } = history(sketch)
  return checkStranded(run, phases)
}
const rollCall = ['ann', 'bob', 'cleo']

test('accepts clients that answer the roll call and hear it', () => {
  const clients = { ann: '0 1 2', bob: '0 1 2', cleo: '0 1 2' }
  expect(judge({ rollCall, clients }).count).toBe(0)
})

test('accepts a client that has left', () => {
  const left = { streams: { lobby: 'leave(0)' }, joinedAtEnd: false }
  expect(judge({ rollCall: ['ann', 'bob'], clients: { ann: '0 1', bob: '0 1', cleo: left } }).count).toBe(0)
})

test('accepts a room with members on one instance only', () => {
  const bob = { streams: { lobby: '0' }, instance: 0 }
  expect(judge({ rollCall: ['ann'], clients: { ann: '0', bob } }).count).toBe(0)
})

test('accepts a client that misses its own instance only: lost tells of that', () => {
  const clients = { ann: '0 1 2', bob: '0 1 2', cleo: { streams: { lobby: '1 2' }, instance: 0 } }
  expect(judge({ rollCall, clients }).count).toBe(0)
})

test('knows nothing where the roll call never began', () => {
  const bob = { streams: { lobby: '' }, connectedAtEnd: false }
  expect(judge({ rollCallAtMs: null, clients: { ann: '', bob } }).count).toBe(0)
})

test('rejects a client that is disconnected at the end', () => {
  const bob = { streams: { lobby: '0 1' }, connectedAtEnd: false }
  const found = judge({ rollCall: ['ann', 'bob'], clients: { ann: '0 1', bob } })
  expect(found.count).toBe(1)
  expect(found.examples[0]).toMatchObject({ client: 'bob', what: 'disconnected', moment: 'roll-call' })
})

test('rejects a client whose join was not answered', () => {
  const bob = { streams: { lobby: '0 1' }, joinedAtEnd: false }
  const found = judge({ rollCall: ['ann', 'bob'], clients: { ann: '0 1', bob } })
  expect(found.count).toBe(1)
  expect(found.examples[0]!.what).toBe('its join of lobby was not answered')
})

test('rejects a deaf client: it misses what was said on another instance', () => {
  const bob = { streams: { lobby: '1' }, positionAtEnd: 3 }
  const found = judge({ rollCall, clients: { ann: '0 1 2', bob, cleo: '0 1 2' } })
  expect(found.count).toBe(1)
  expect(found.examples[0]!.what).toBe('deaf in lobby: missed 2 of 2 messages from other instances')
})

test('rejects a client that hears only some of it', () => {
  const bob = { streams: { lobby: '1 2' }, positionAtEnd: 3 }
  expect(judge({ rollCall, clients: { ann: '0 1 2', bob, cleo: '0 1 2' } }).count).toBe(1)
})

test('rejects a mute client, and those whose hearing it leaves unproven', () => {
  const mute = { by: 'bob', outcome: 'unknown' } as const
  const found = judge({ rollCall: ['ann', mute], clients: { ann: '0', bob: '0' } })
  expect(found.count).toBe(2)
  expect(found.examples.map(example => example.what)).toEqual([
    'perhaps deaf in lobby: none of 1 sends on other instances was accepted',
    'mute in lobby: 1 of 1 sends got no ack',
  ])
})

test('accepts that nothing was heard where all who were to speak on other instances had left', () => {
  const left = { streams: { lobby: 'leave(0)' }, joinedAtEnd: false }
  const refused = { by: 'bob', outcome: 'rejected', code: 'not-a-member' } as const
  expect(judge({ rollCall: ['ann', refused], clients: { ann: '0', bob: left } }).count).toBe(0)
})

test('rejects a client that misses what was accepted of one who left afterwards', () => {
  const left = { streams: { lobby: '0 1 leave(2)' }, joinedAtEnd: false }
  const found = judge({ rollCall: ['ann', 'bob'], clients: { ann: '0', bob: left } })
  expect(found.examples.map(({ what }) => what)).toEqual([
    'deaf in lobby: missed 1 of 1 messages from other instances; behind in lobby: at seq 1 of 2',
  ])
})

test('rejects a client that does not speak at the roll call, and had no answer after healing', () => {
  const lost = (by: string, handedAtMs: number) => ({ by, outcome: 'unknown', handedAtMs }) as const
  const judged = (send: ReturnType<typeof lost>, more = {}) =>
    judge({ sends: [send], rollCall: ['ann'], clients: { ann: '1@1', bob: '1@1' }, ...more })
  const found = judged(lost('bob', 200))
  expect(found.count).toBe(1)
  expect(found.examples[0]).toMatchObject({ client: 'bob', what: 'mute in lobby: 1 sends after healing got no answer' })
  expect(judged(lost('ann', 200)).count).toBe(0)
  expect(judged(lost('bob', 200), { faults: [{ firedAtMs: 100, healedAtMs: 250 }] }).count).toBe(0)
  expect(judged(lost('bob', 300), { faults: [{ firedAtMs: 100, healedAtMs: 250 }] }).count).toBe(1)
})

test('rejects a client that is behind its room, though the roll call reached it', () => {
  const bob = { streams: { lobby: '0 1' }, positionAtEnd: 1 }
  const found = judge({ rollCall: ['ann', 'bob'], clients: { ann: '0 1', bob } })
  expect(found.count).toBe(1)
  expect(found.examples[0]!.what).toBe('behind in lobby: at seq 1 of 2')
})

test('counts a client once, with all its reasons', () => {
  const bob = { streams: { lobby: '' }, connectedAtEnd: false, joinedAtEnd: false }
  const found = judge({ rollCall: ['ann'], clients: { ann: '0', bob } })
  expect(found.count).toBe(1)
  expect(found.examples[0]!.what).toContain('disconnected; its join of lobby was not answered; deaf in lobby')
})
