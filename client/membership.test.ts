/** Joining, the position, and what of the stream is handed on. Each test begins at e1/10, the room's top. */

import { describe, expect, test } from 'vitest'
import type { MessageFrame } from '../service/protocol.ts'
import { type ChatClient, parseServiceFrame } from './client.ts'
import { gap, joined, joinedClient, left, lines, message, openClient, reconnect } from './literal.ts'

const error = (code: string) => JSON.stringify({ type: 'error', room: 'lobby', code, message: 'no' })

test.each([
  ['the next', ['e1/11'], ['message e1/11']],
  ['the next twice', ['e1/11', 'e1/11'], ['message e1/11', 'duplicate e1/11']],
  ['one from before', ['e1/3'], ['duplicate e1/3']],
  ['the first of a new epoch, right after the last of the old', ['e2/11', 'e2/12'], ['message e2/11', 'message e2/12']],
  ['one too far', ['e1/12'], ['hole e1/10 to e1/12', '> leave lobby', '> join lobby e1/10']],
  ['another epoch below', ['e2/8'], ['hole e1/10 to e2/8', '> leave lobby', '> join lobby e1/10']],
  ['another epoch above', ['e2/12'], ['hole e1/10 to e2/12', '> leave lobby', '> join lobby e1/10']],
] as const)('message: %s', (_, places, said) => {
  const client = joinedClient()
  expect(places.flatMap(place => lines(client.frame(message(place), 0)))).toEqual(said)
})

test('messages up to the top told by joined are history', () => {
  const client = openClient()
  client.join('lobby', { history: 2 }, 0)
  expect(lines(client.frame(joined('e1/8', 10), 0))).toEqual(['joined e1/8 top 10'])
  const said = (['e1/9', 'e1/10', 'e1/11'] as const).flatMap(place => lines(client.frame(message(place), 0)))
  expect(said).toEqual(['message e1/9 history', 'message e1/10 history', 'message e1/11'])
})

test('while rejoining after a hole, what still comes is neither delivered nor counted, until the new answer', () => {
  const client = joinedClient()
  client.frame(message('e1/12'), 0)
  for (const text of [message('e1/13'), message('e1/10'), left('e1/13')]) expect(client.frame(text, 0)).toEqual([])
  expect(lines(client.frame(joined('e1/10', 13), 0))).toEqual(['joined e1/10 top 13'])
  expect(lines(client.frame(message('e1/11'), 0))).toEqual(['message e1/11 history'])
})

test('a stream that stays broken at one place costs the connection, and the backoff grows', () => {
  const client = joinedClient()
  const breakOnce = () => {
    client.frame(joined('e1/10', 12), 0)
    return lines(client.frame(message('e1/12'), 0)).slice(1)
  }
  for (const after of [50, 100, 200]) {
    for (let i = 0; i < 3; i += 1) expect(breakOnce()).toEqual(['> leave lobby', '> join lobby e1/10'])
    expect(breakOnce()).toEqual(['close 4410', 'state waiting', `connect after ${after}`])
    client.opened(0)
    client.frame('{"type":"welcome","instance":"chat-2","limits":{"inFlightMax":3,"textBytesMax":20}}', 0)
  }
})

test('holes at different places may go on for ever', () => {
  const client = joinedClient()
  for (let seq = 11; seq < 30; seq += 1) {
    client.frame(message(`e1/${seq}`), 0)
    expect(lines(client.frame(message(`e1/${seq + 2}`), 0)).at(-1)).toBe(`> join lobby e1/${seq}`)
    client.frame(joined(`e1/${seq}`, 99), 0)
  }
})

test('an answer that claims to be complete but begins elsewhere is a hole', () => {
  const client = joinedClient()
  expect(reconnect(client, 0)).toEqual(['> join lobby e1/10'])
  expect(lines(client.frame(joined('e1/12', 14), 0))).toEqual([
    'hole e1/10 to e1/13',
    '> leave lobby',
    '> join lobby e1/10',
  ])
})

test('an incomplete answer waits for its gap; without one the next message is a hole', () => {
  const client = joinedClient()
  reconnect(client, 0)
  expect(lines(client.frame(joined('e1/14', 20, false), 0))).toEqual(['joined e1/14 top 20 incomplete'])
  expect(lines(client.frame(gap('e1/10', 'e1/15'), 0))).toEqual(['gap e1/10 to e1/15'])
  expect(lines(client.frame(message('e1/15'), 0))).toEqual(['message e1/15 history'])
  reconnect(client, 0)
  client.frame(joined('e1/18', 20, false), 0)
  expect(lines(client.frame(message('e1/19'), 0))[0]).toBe('hole e1/15 to e1/19')
})

test.each([
  ['above', gap('e1/10', 'e2/15'), 'e2/15'],
  ['below, where lost seqs are used again', gap('e1/8', 'e2/9'), 'e2/9'],
] as const)('a gap moves the position into a new epoch: %s', (_, text, next) => {
  const client = joinedClient()
  expect(lines(client.frame(text, 0))[0]).toMatch(/^gap/)
  expect(lines(client.frame(message(next), 0))).toEqual([`message ${next}`])
})

test('a gap never moves back within an epoch', () => {
  const client = joinedClient()
  client.frame(gap('e1/4', 'e1/8'), 0)
  expect(lines(client.frame(message('e1/8'), 0))).toEqual(['duplicate e1/8'])
})

test('a gap that begins beyond the position leaves a hole', () => {
  const client = joinedClient()
  expect(lines(client.frame(gap('e1/12', 'e1/20'), 0))[0]).toBe('hole e1/10 to e1/13')
})

test('while leaving the stream is owed up to left; a later join starts afresh', () => {
  const client = joinedClient()
  expect(lines(client.leave('lobby', 0))).toEqual(['> leave lobby'])
  expect(lines(client.frame(message('e1/11'), 0))).toEqual(['message e1/11'])
  expect(lines(client.join('lobby', { history: 1 }, 0))).toEqual([])
  expect(lines(client.frame(left('e1/11'), 0))).toEqual(['left e1/11', '> join lobby history 1'])
})

test('a hole seen while leaving is told once and not repaired', () => {
  const client = joinedClient()
  client.leave('lobby', 0)
  expect(lines(client.frame(message('e1/12'), 0))).toEqual(['hole e1/10 to e1/12'])
  expect(client.frame(message('e1/13'), 0)).toEqual([])
  expect(lines(client.frame(left('e1/13'), 0))).toEqual(['left e1/13'])
})

test('left beyond the position is a hole', () => {
  const client = joinedClient()
  client.leave('lobby', 0)
  expect(lines(client.frame(left('e1/12'), 0))).toEqual(['hole e1/10 to e1/11', 'left e1/12'])
})

test('leaving before the join is answered waits for the answer', () => {
  const client = openClient()
  client.join('lobby', {}, 0)
  expect(lines(client.leave('lobby', 0))).toEqual([])
  expect(lines(client.frame(joined('e1/10', 10), 0))).toEqual(['joined e1/10 top 10', '> leave lobby'])
  expect(lines(client.frame(left('e1/10'), 0))).toEqual(['left e1/10'])
})

test('leaving is over when the connection is', () => {
  const client = joinedClient()
  client.leave('lobby', 0)
  expect(lines(client.closed(1006, 0))[0]).toBe('left e1/10')
  client.opened(1)
  expect(client.isJoined('lobby')).toBe(false)
  expect(lines(client.leave('lobby', 1))).toEqual([])
})

test('leaving while disconnected is over at once', () => {
  const client = joinedClient()
  client.closed(1006, 0)
  expect(lines(client.leave('lobby', 0))).toEqual(['left e1/10'])
  expect(client.position('lobby')).toBeNull()
})

test.each([
  ['too-many-rooms', ['refused lobby too-many-rooms']],
  ['forbidden', ['refused lobby forbidden']],
  ['unavailable', ['error unavailable']],
  ['already-joined', ['> leave lobby', '> join lobby']],
  ['not-joined', []],
])('a join answered by the error %s', (code, said) => {
  const client = openClient()
  client.join('lobby', {}, 0)
  expect(lines(client.frame(error(code), 0))).toEqual(said)
  expect(reconnect(client, 0)).toEqual(said[0]?.startsWith('refused') ? [] : ['> join lobby'])
})

test('counts are passed on for joined rooms only', () => {
  const count = '{"type":"count","room":"lobby","connections":3,"participants":2}'
  expect(lines(joinedClient().frame(count, 0))).toEqual(['count 3 2'])
  expect(lines(openClient().frame(count, 0))).toEqual([])
})

const STANDINGS = {
  joined: () => joinedClient(),
  leaving: () => after(joinedClient(), client => client.leave('lobby', 0)),
  'deaf while it leaves': () =>
    after(joinedClient(), client => [client.leave('lobby', 0), client.frame(message('e1/12'), 0)]),
  rejoining: () => after(joinedClient(), client => client.frame(message('e1/12'), 0)),
  'catching up': () =>
    after(openClient(), client => [client.join('lobby', { history: 2 }, 0), client.frame(joined('e1/10', 12), 0)]),
  'in no room': () => openClient(),
  'without a connection': () => after(joinedClient(), client => client.closed(1006, 0)),
}

function after(client: ChatClient, doThis: (client: ChatClient) => unknown): ChatClient {
  doThis(client)
  return client
}

describe.each(Object.entries(STANDINGS))('a stretch of messages for one who is %s', (standing, stand) => {
  test.each([
    ['e1', 11, 3],
    ['e2', 11, 2],
    ['e1', 10, 2],
    ['e1', 12, 2],
    ['e1', 13, 1],
    ['e2', 8, 2],
  ] as const)('%s/%i, %i of them', (epoch, seq, length) => {
    const frames = Array.from({ length }, (_, index) => message(`${epoch}/${seq + index}`))
    const [atOnce, byOne] = [stand(), stand()]
    const isTaken = atOnce.parsedStretch(
      frames.map(frame => parseServiceFrame(frame) as MessageFrame),
      5,
    )
    expect(isTaken).toBe(seq === 11 && (standing === 'joined' || standing === 'leaving'))
    if (isTaken) {
      const said = frames.flatMap(frame => lines(byOne.frame(frame, 5)))
      expect(said).toEqual(frames.map((_, index) => `message ${epoch}/${seq + index}`))
    }
    expect(stateOf(atOnce)).toEqual(stateOf(byOne))
  })
})

function stateOf(client: ChatClient): unknown {
  return [client.position('lobby'), client.isJoined('lobby'), client.nextTickAtMs(), lines(client.tick(100_000))]
}
