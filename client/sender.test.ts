/** Numbering, order, retries and outcomes. At most three sends are in flight. Pauses are 50 ms, then 100, 200 … */

import { expect, test } from 'vitest'
import type { ChatClient } from './client.ts'
import {
  ack,
  joined,
  joinedClient,
  left,
  lines,
  newClient,
  openClient,
  reconnect,
  reject,
  unconfirmed,
  WELCOME,
} from './literal.ts'

/** Sends texts a, b, c … under handles of the same name. */
function sendAll(client: ChatClient, texts: string, nowMs = 0): string[] {
  return [...texts].flatMap(text => lines(client.send('lobby', text, text, nowMs)))
}

function feed(client: ChatClient, frames: readonly string[], nowMs = 0): string[] {
  return frames.flatMap(frame => lines(client.frame(frame, nowMs)))
}

test('sends are numbered, held at three in flight, and go on with each ack', () => {
  const client = joinedClient()
  expect(sendAll(client, 'abcde')).toEqual(['> send s.1/1 a', '> send s.1/2 b', '> send s.1/3 c'])
  expect(feed(client, [ack('s.1', 1, 'e1/11')])).toEqual(['acked a e1/11', '> send s.1/4 d'])
  expect(feed(client, [ack('s.1', 1, 'e1/11')])).toEqual([])
})

test('the window is counted from the oldest open one, since the service remembers no more answers than that', () => {
  const client = joinedClient()
  sendAll(client, 'abcde')
  expect(feed(client, [ack('s.1', 2, 'e1/12'), ack('s.1', 3, 'e1/13')])).toEqual(['acked b e1/12', 'acked c e1/13'])
  expect(feed(client, [ack('s.1', 1, 'e1/11')])).toEqual(['acked a e1/11', '> send s.1/4 d', '> send s.1/5 e'])
})

test('a send before the join is answered follows the join frame', () => {
  const client = openClient()
  expect(sendAll(client, 'a')).toEqual([])
  expect(lines(client.join('lobby', {}, 0))).toEqual(['> join lobby', '> send s.1/1 a'])
})

test('after a reconnect everything open is written again with its old number', () => {
  const client = joinedClient()
  sendAll(client, 'abcd')
  feed(client, [ack('s.1', 2, 'e1/12')])
  expect(reconnect(client, 0)).toEqual(['> join lobby e1/10', '> send s.1/1 a', '> send s.1/3 c'])
  expect(feed(client, [ack('s.1', 1, 'e1/11')])).toEqual(['acked a e1/11', '> send s.1/4 d'])
})

test('unconfirmed: all in flight are answered first, then the oldest is written again after a pause, and the rest with the acks', () => {
  const client = joinedClient()
  sendAll(client, 'abcd')
  const refused = reject('s.1', 3, 'out-of-order', { last: 0 })
  expect(feed(client, [unconfirmed('s.1', 1), reject('s.1', 2, 'out-of-order', { last: 0 }), refused])).toEqual([])
  expect(client.nextTickAtMs()).toBe(50)
  expect(lines(client.tick(49))).toEqual([])
  expect(lines(client.tick(50))).toEqual(['> send s.1/1 a'])
  expect(feed(client, [ack('s.1', 1, 'e1/11')], 51)).toEqual(['acked a e1/11', '> send s.1/2 b', '> send s.1/3 c'])
})

test('after a pause one more is let out with each ack, up to what the service takes; a new connection starts with all', () => {
  const client = joinedClient()
  sendAll(client, 'abcdefgh')
  feed(
    client,
    [1, 2, 3].map(n => reject('s.1', n, 'too-fast')),
  )
  expect(lines(client.tick(50))).toEqual(['> send s.1/1 a'])
  expect(feed(client, [ack('s.1', 1, 'e1/11')], 51).slice(1)).toEqual(['> send s.1/2 b', '> send s.1/3 c'])
  expect(feed(client, [ack('s.1', 2, 'e1/12')], 52).slice(1)).toEqual(['> send s.1/4 d', '> send s.1/5 e'])
  expect(feed(client, [ack('s.1', 3, 'e1/13')], 53).slice(1)).toEqual(['> send s.1/6 f'])
  feed(
    client,
    [4, 5, 6].map(n => reject('s.1', n, 'too-fast')),
    54,
  )
  expect(reconnect(client, 55)).toEqual(['> join lobby e1/10', '> send s.1/4 d', '> send s.1/5 e', '> send s.1/6 f'])
})

test('no pause is shorter than half of the first one at the longest', () => {
  const client = joinedClient({ random: () => 0 })
  sendAll(client, 'a')
  feed(client, [reject('s.1', 1, 'too-fast')])
  expect(client.nextTickAtMs()).toBe(50)
})

test('out-of-order: once for the whole round, at once; without progress after a pause', () => {
  const client = joinedClient()
  const refuse = [1, 2, 3].map(n => reject('s.1', n, 'out-of-order', { last: 0 }))
  sendAll(client, 'abc')
  expect(feed(client, refuse)).toEqual(['> send s.1/1 a', '> send s.1/2 b', '> send s.1/3 c'])
  expect(feed(client, refuse)).toEqual([])
  expect(lines(client.tick(50))).toEqual(['> send s.1/1 a'])
})

test('out-of-order where an earlier attempt was accepted: the old place is asked for', () => {
  const client = joinedClient()
  sendAll(client, 'a')
  feed(client, [unconfirmed('s.1', 1)])
  client.tick(50)
  expect(feed(client, [ack('s.1', 1, 'e1/11')])).toEqual(['acked a e1/11'])
})

test('out-of-order with a last that covers the send: it is in the log, its place is forgotten', () => {
  const client = joinedClient()
  sendAll(client, 'ab')
  expect(feed(client, [reject('s.1', 1, 'out-of-order', { last: 1 }), ack('s.1', 2, 'e1/12')])).toEqual([
    'unconfirmed a',
    'acked b e1/12',
  ])
  expect(sendAll(client, 'c')).toEqual(['> send s.1/3 c'])
})

test('out-of-order below what was acked: the record is lost, and the log with it, so all move to a new session', () => {
  const client = joinedClient()
  sendAll(client, 'ab')
  feed(client, [ack('s.1', 1, 'e1/11')])
  reconnect(client, 0) // The fate of b is unknown from here on.
  sendAll(client, 'c')
  const forgot = [2, 3].map(n => reject('s.1', n, 'out-of-order', { last: 0 }))
  expect(feed(client, forgot)).toEqual(['> send s.2/1 b', '> send s.2/2 c'])
  feed(client, [reject('s.2', 1, 'unavailable'), reject('s.2', 2, 'unavailable')])
  // Someone may have seen b before it was lost.
  expect(lines(client.end(1)).slice(1, 3)).toEqual(['unconfirmed b', 'rejected c unavailable'])
})

test('stale-session: the next higher generation; what may be in the log is not sent again', () => {
  const client = joinedClient()
  sendAll(client, 'a')
  reconnect(client, 0)
  sendAll(client, 'b')
  const stale = [1, 2].map(n => reject('s.1', n, 'stale-session', { generation: 7 }))
  expect(feed(client, stale)).toEqual(['unconfirmed a', '> send s.8/1 b'])
})

test.each(['unavailable', 'too-fast', 'too-many-in-flight'] as const)('%s: again after a pause that grows', code => {
  const client = joinedClient()
  sendAll(client, 'ab')
  let refused = [1, 2]
  let nowMs = 0
  for (const pauseMs of [50, 100, 200]) {
    const refuse = refused.map(n => reject('s.1', n, code))
    expect(feed(client, refuse, nowMs)).toEqual([])
    nowMs += pauseMs
    expect(client.nextTickAtMs()).toBe(nowMs)
    expect(lines(client.tick(nowMs))).toEqual(['> send s.1/1 a'])
    refused = [1]
  }
  feed(client, [ack('s.1', 1, 'e1/11'), reject('s.1', 2, code)], nowMs)
  expect(client.nextTickAtMs()).toBe(nowMs + 50)
})

test('not-joined: rejoin once, then again after a pause', () => {
  const client = joinedClient()
  sendAll(client, 'ab')
  const refuse = [1, 2].map(n => reject('s.1', n, 'not-joined'))
  expect(feed(client, refuse)).toEqual(['> leave lobby', '> join lobby e1/10'])
  feed(client, [left('e1/10'), joined('e1/10', 10)])
  expect(lines(client.tick(50))).toEqual(['> send s.1/1 a'])
})

test('a text that only the service refuses: those after it move to a new session', () => {
  const client = joinedClient()
  sendAll(client, 'abc')
  const answers = [
    reject('s.1', 1, 'text-too-long'),
    reject('s.1', 2, 'out-of-order', { last: 0 }),
    reject('s.1', 3, 'out-of-order', { last: 0 }),
  ]
  expect(feed(client, answers)).toEqual(['rejected a text-too-long', '> send s.2/1 b', '> send s.2/2 c'])
})

test('… also those of unknown fate, since the log cannot have them without their predecessor', () => {
  const client = joinedClient()
  sendAll(client, 'abc')
  feed(client, [reject('s.1', 1, 'text-too-long'), unconfirmed('s.1', 2)])
  expect(reconnect(client, 0)).toEqual(['> join lobby e1/10', '> send s.2/1 b', '> send s.2/2 c'])
  const refuse = [1, 2].map(n => reject('s.2', n, 'unavailable'))
  feed(client, refuse)
  expect(lines(client.end(1)).slice(1, 3)).toEqual(['rejected b unavailable', 'rejected c unavailable'])
})

test('… and also where its predecessor is acked only afterwards', () => {
  const client = joinedClient()
  sendAll(client, 'abc')
  feed(client, [reject('s.1', 2, 'text-too-long'), ack('s.1', 1, 'e1/11')])
  expect(reconnect(client, 0)).toEqual(['> join lobby e1/10', '> send s.2/1 c'])
})

test.each([
  ['empty', '', 'text-empty'],
  ['over 20 bytes', 'x'.repeat(21), 'text-too-long'],
  ['over 20 bytes of UTF-8', 'ä'.repeat(11), 'text-too-long'],
  ['over 20 bytes in surrogate pairs', '🦉'.repeat(6), 'text-too-long'],
])('a text that is %s is refused without being written, and takes no number', (_, text, code) => {
  const client = joinedClient()
  expect(lines(client.send('lobby', text, 'x', 0))).toEqual([`rejected x ${code}`])
  expect(sendAll(client, 'a')).toEqual(['> send s.1/1 a'])
})

test.each(['ä'.repeat(10), '🦉'.repeat(5), '€'.repeat(6)])('%s fits', text => {
  expect(lines(joinedClient().send('lobby', text, 'x', 0))).toEqual([`> send s.1/1 ${text}`])
})

test('given up: never written', () => {
  const client = newClient()
  sendAll(client, 'a')
  sendAll(client, 'b', 10)
  expect(client.nextTickAtMs()).toBe(30_000)
  expect(lines(client.tick(30_000))).toEqual(['rejected a never-written'])
  client.start(30_001)
  client.opened(30_001)
  client.frame(WELCOME, 30_001)
  expect(lines(client.join('lobby', {}, 30_001))).toEqual(['> join lobby', '> send s.1/1 b'])
})

test('given up: every write was refused, so the rest moves to a new session', () => {
  const client = joinedClient({ sendDeadlineMs: 40 })
  sendAll(client, 'a')
  sendAll(client, 'b', 10)
  feed(client, [reject('s.1', 1, 'unavailable'), reject('s.1', 2, 'unavailable')], 10)
  expect(lines(client.tick(40))).toEqual(['rejected a unavailable'])
  expect(reconnect(client, 41)).toEqual(['> join lobby e1/10', '> send s.2/1 b'])
})

test('given up with unknown fate: others that may be in the log go with it, the rest moves', () => {
  const client = joinedClient({ sendDeadlineMs: 40 })
  sendAll(client, 'a')
  sendAll(client, 'bcd', 10)
  expect(lines(client.tick(40))).toEqual(['unconfirmed a', 'unconfirmed b', 'unconfirmed c', '> send s.2/1 d'])
  // Answers to the old session come too late.
  expect(feed(client, [ack('s.1', 1, 'e1/11'), ack('s.1', 2, 'e1/12')], 41)).toEqual([])
  expect(feed(client, [ack('s.2', 1, 'e1/13')], 42)).toEqual(['acked d e1/13'])
})

test('given up after an ack got lost behind it: the acked one is not reported again', () => {
  const client = joinedClient({ sendDeadlineMs: 40 })
  sendAll(client, 'ab')
  expect(feed(client, [ack('s.1', 2, 'e1/12'), unconfirmed('s.1', 1)], 30)).toEqual(['acked b e1/12'])
  expect(lines(client.tick(40))).toEqual(['unconfirmed a'])
  expect(client.openSendCount).toBe(0)
})

test('after leaving, open sends wait, are never written, and are given up at their deadline', () => {
  const client = joinedClient()
  client.leave('lobby', 0)
  expect(sendAll(client, 'a')).toEqual([])
  expect(lines(client.tick(19_000)).at(-1)).toBe('> ping 1')
  feed(client, [left('e1/10')], 19_001)
  client.tick(29_001)
  expect(lines(client.tick(30_000))).toEqual(['rejected a never-written'])
})
