/** The connection: connecting, backing off, draining, ending, and telling a dead one. */

import { expect, test } from 'vitest'
import { draining, joined, joinedClient, lines, message, newClient, openClient, reconnect, WELCOME } from './literal.ts'

test('start connects at once, and welcome joins what is wanted', () => {
  const client = newClient()
  expect(lines(client.start(0))).toEqual(['state connecting', 'connect after 0'])
  expect(lines(client.join('lobby', { history: 5 }, 0))).toEqual([])
  expect(lines(client.join('kitchen', { position: { epoch: 'e1', seq: 3 } }, 0))).toEqual([])
  expect(lines(client.opened(1))).toEqual([])
  expect(lines(client.frame(WELCOME, 2))).toEqual([
    'state open',
    'welcome chat-1',
    '> join lobby history 5',
    '> join kitchen e1/3',
  ])
})

test('attempts that fail back off to the cap, with jitter from the injected source', () => {
  const client = newClient({ backoffBaseMs: 100, backoffCapMs: 1_000 })
  client.start(0)
  const delays = [0, 1, 2, 3, 4, 5].map(() => lines(client.closed(1006, 0)).at(-1))
  expect(delays).toEqual([50, 100, 200, 400, 500, 500].map(ms => `connect after ${ms}`))
})

test('a service that welcomes and closes at once does not reset the backoff', () => {
  const client = newClient()
  client.start(0)
  const delays = [0, 1, 2].map(() => {
    client.opened(0)
    client.frame(WELCOME, 0)
    return lines(client.closed(1006, 10)).at(-1)
  })
  expect(delays).toEqual(['connect after 50', 'connect after 100', 'connect after 200'])
})

test.each([
  ['an answered join', (client: ReturnType<typeof openClient>) => client.frame(joined('e1/0', 0), 10), 20],
  ['five seconds', () => [], 5_000],
])('%s resets the backoff', (_, prove, atMs) => {
  const client = newClient()
  client.start(0)
  for (let i = 0; i < 4; i += 1) client.closed(1006, 0)
  client.opened(0)
  client.join('lobby', {}, 0)
  client.frame(WELCOME, 0)
  prove(client)
  expect(lines(client.closed(1006, atMs))).toEqual(['state waiting', 'connect after 50'])
})

test('tick tells when the wait is over', () => {
  const client = openClient()
  client.closed(1006, 0)
  expect(client.nextTickAtMs()).toBe(50)
  expect(lines(client.tick(49))).toEqual([])
  expect(lines(client.tick(50))).toEqual(['state connecting'])
})

test('an announced close is answered by a small jitter and another instance, until the next welcome', () => {
  const client = joinedClient({ backoffBaseMs: 1_000 })
  expect(lines(client.frame(draining, 0))).toEqual(['state draining', 'draining 2000'])
  expect(lines(client.closed(1012, 2_000))).toEqual(['state waiting', 'connect after 50 elsewhere'])
  expect(lines(client.closed(1006, 2_100))).toEqual(['connect after 500 elsewhere'])
  client.opened(3_000)
  client.frame(WELCOME, 3_000)
  expect(lines(client.closed(1006, 3_001))).toEqual(['state waiting', 'connect after 1000'])
})

test('1012 without a notice backs off like any other close', () => {
  const client = joinedClient({ backoffBaseMs: 1_000 })
  expect(lines(client.closed(1012, 0))).toEqual(['state waiting', 'connect after 500'])
})

test('a final code ends it, and reports open sends', () => {
  const client = joinedClient()
  client.send('lobby', 'hello', 'a', 0)
  expect(lines(client.closed(4403, 1))).toEqual(['unconfirmed a', 'state ended', 'ended 4403 final'])
  expect(lines(client.send('lobby', 'hello', 'b', 2))).toEqual(['rejected b never-written'])
  expect(lines(client.tick(3))).toEqual([])
  expect(client.nextTickAtMs()).toBeNull()
  expect(() => client.start(4)).toThrow('found one that is ended')
})

test('a bad token ends it until start is called again, not at once', () => {
  const client = newClient()
  client.start(0)
  client.opened(0)
  client.send('lobby', 'hello', 'a', 0)
  expect(lines(client.closed(4401, 0))).toEqual(['state ended', 'ended 4401 fresh-token'])
  expect(lines(client.start(0))).toEqual(['state waiting', 'connect after 100'])
  client.closed(4401, 100)
  expect(lines(client.start(100))).toEqual(['state waiting', 'connect after 400'])
})

test('end reports every open send once and closes', () => {
  const client = joinedClient()
  client.send('lobby', 'hello', 'a', 0)
  client.send('kitchen', 'hello', 'b', 0)
  expect(lines(client.end(1))).toEqual([
    'close 1000',
    'unconfirmed a',
    'rejected b never-written',
    'state ended',
    'ended 1000 final',
  ])
  expect(client.end(2)).toEqual([])
  expect(lines(client.opened(3))).toEqual(['close 1000'])
})

test('a socket without a welcome is closed and tried again', () => {
  const client = newClient()
  client.start(0)
  client.opened(0)
  expect(client.nextTickAtMs()).toBe(5_000)
  expect(lines(client.tick(4_999))).toEqual([])
  expect(lines(client.tick(5_000))).toEqual(['close 4408', 'state waiting', 'connect after 50'])
})

test('silence is answered by a ping, more silence by a close', () => {
  const client = openClient()
  expect(client.nextTickAtMs()).toBe(10_000)
  expect(lines(client.tick(10_000))).toEqual(['> ping 1'])
  expect(client.nextTickAtMs()).toBe(20_000)
  client.frame('{"type":"pong","nonce":1}', 10_100)
  expect(lines(client.tick(20_000))).toEqual([])
  expect(lines(client.tick(20_100))).toEqual(['> ping 2'])
  expect(lines(client.tick(30_100))).toEqual(['close 4408', 'state waiting', 'connect after 50'])
  // The host has forgotten that socket; what it says is not fed any more, and a frame that is would change nothing.
  expect(client.frame(message('e1/11'), 30_101)).toEqual([])
})

test('a host that slept asks before it gives up', () => {
  expect(lines(openClient().tick(1_000_000))).toEqual(['> ping 1'])
})

test.each([
  ['join', (client: ReturnType<typeof openClient>) => client.join('kitchen', {}, 100)],
  ['send', (client: ReturnType<typeof openClient>) => client.send('lobby', 'hello', 'a', 100)],
])('a %s that is not answered on a live socket costs the connection', (_, ask) => {
  const client = joinedClient()
  ask(client)
  client.frame('{"type":"pong","nonce":1}', 20_099)
  expect(lines(client.tick(20_099))).toEqual([])
  expect(lines(client.tick(20_100))).toEqual(['close 4408', 'state waiting', 'connect after 50'])
})

test.each([
  ['not JSON', 'hello', ['error bad-field']],
  ['null', 'null', ['error bad-field']],
  ['no type', '{}', ['error bad-field']],
  ['a message without a seq', '{"type":"message","room":"lobby","epoch":"e1"}', ['error bad-field']],
  ['a welcome without limits', '{"type":"welcome","instance":"x"}', ['error bad-field']],
  ['a type of the future', '{"type":"typing","room":"lobby"}', []],
  ['a room of somebody else', '{"type":"message","room":"attic","epoch":"e1","seq":1}', []],
  ['an error about nothing', '{"type":"error","code":"unknown-type","message":"?"}', ['error unknown-type']],
])('a frame that is %s changes nothing', (_, text, said) => {
  const client = joinedClient()
  expect(lines(client.frame(text, 1))).toEqual(said)
  expect(lines(client.frame(message('e1/11'), 2))).toEqual(['message e1/11'])
})

test('nothing to say costs no array', () => {
  const client = joinedClient()
  expect(client.tick(1)).toBe(client.tick(2))
})

test('what is wanted and open survives a reconnect', () => {
  const client = joinedClient()
  client.frame(message('e1/11'), 0)
  client.send('lobby', 'hello', 'a', 0)
  expect(reconnect(client, 5)).toEqual(['> join lobby e1/11', '> send s.1/1 hello'])
})

test.each([
  ['sender', { sender: 'a b' }, 'sender must be 1 to 32 of A-Z a-z 0-9 _ -, found "a b"'],
  ['time', { idlePingMs: -1 }, 'idlePingMs must be a number of milliseconds, 0 or more, found -1'],
])('a wrong %s is refused', (_, options, problem) => {
  expect(() => newClient(options)).toThrow(problem)
})

test('a name that cannot be a room is refused', () => {
  expect(() => newClient().join('no spaces', {}, 0)).toThrow('found "no spaces"')
})
