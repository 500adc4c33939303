/** A client that was written from docs/protocol.md alone, in another language, on instances that die, drain and forget. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { MessageFrame } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { stopPythonClients, TestPythonClient } from './test-python-client.ts'

const COMMAND_MS = 300

let redis: TestRedis
let one: TestInstance
let two: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  const environment = { REDIS_COMMAND_MS: String(COMMAND_MS), TEXT_BYTES_MAX: '40' }
  ;[one, two] = await Promise.all([
    TestInstance.start('one', redis.url, environment),
    TestInstance.start('two', redis.url, environment),
  ])
})
afterEach(stopPythonClients)
afterAll(stopEverything)

const place = ({ epoch, seq, id, from, text }: MessageFrame) => `${epoch}:${seq} ${id} ${from} ${text}`
const numbered = (count: number, word = 'ann') => Array.from({ length: count }, (_, index) => `${word} ${index + 1}`)
const textsOf = (client: TestPythonClient, from: string) =>
  client.messages.filter(message => message.from === from).map(({ text }) => text)

/** The client `ann` in the room, at home on the first of the instances. */
async function joined(room: string, instances: readonly TestInstance[], ...options: (string | number)[]) {
  const urls = instances.flatMap(({ webSocketUrl }) => ['--url', webSocketUrl])
  const ann = new TestPythonClient(...urls, '--room', room, '--guest', 'ann', ...options)
  await ann.untilLines('joined')
  return ann
}

describe('the Python client', () => {
  it('has all once and in order when its instance is killed, also a send that had landed unanswered', async () => {
    const room = 'killed'
    const doomed = await TestInstance.start('doomed', redis.url)
    const ben = await TestClient.joined(two, room, 'ben')
    const ann = await joined(room, [doomed, two])
    ann.say(...numbered(10))
    await ann.untilLines('message', 10)
    const { session } = (await ann.untilLines('ack', 10))[0]!

    // What the instance reads before it stops or not makes no difference: nobody hears of it from there.
    doomed.signal('SIGSTOP')
    ann.say(...numbered(60).slice(10))
    await ben.sayAll(room, 'b.1', 1, 5)
    const twin = await TestClient.joined(two, room, 'ann')
    expect(await twin.say({ room, session, n: 11, text: 'ann 11' })).toMatchObject({ type: 'ack' })
    expect(ann.of('ack')).toHaveLength(10)
    await doomed.stop()

    await ann.untilLines('ack', 60)
    await ben.sayAll(room, 'b.1', 6, 10)
    await ann.untilLines('message', 70)
    expect(await ann.finish()).toBe(0)
    expect(textsOf(ann, 'ann')).toEqual(numbered(60))
    expect(ann.messages.map(place)).toEqual((await ben.untilMessages(room, 70)).map(place))
    expect(ann.of('closed')[0]).toMatchObject({ code: 1006, next: 'reconnect', waitMsMax: 100 })
    expect(ann.of('joined')[1]).toMatchObject({ complete: true, position: { seq: 10 } })
    expect(ann.of('gap')).toEqual([])
    await Promise.all([ben.close(), twin.close()])
  })

  it('has all once and in order when instance after instance is killed while everybody talks', async () => {
    const room = 'again'
    const doomed = await Promise.all(['a', 'b', 'c'].map(name => TestInstance.start(name, redis.url)))
    const ben = await TestClient.joined(two, room, 'ben')
    const ann = await joined(room, [...doomed, two], '--send', 1500)
    const talk = ben.sayAll(room, 'b.1', 1, 300)
    for (const [index, instance] of doomed.entries()) {
      await ann.untilLines('welcome', index + 1)
      await ann.untilLines('ack', 300 * (index + 1))
      await instance.stop()
    }
    await talk
    await ann.untilLines('message', 1800)
    expect(await ann.finish()).toBe(0)
    expect(ann.messages.map(place)).toEqual((await ben.untilMessages(room, 1800)).map(place))
    expect(textsOf(ann, 'ann')).toEqual(numbered(1500))
    expect(ann.of('welcome').map(({ instance }) => instance)).toEqual(['a', 'b', 'c', 'two'])
    await ben.close()
  })

  it('leaves an instance that is frozen', async () => {
    const frozen = await TestInstance.start('frozen', redis.url)
    const ann = await joined('frozen', [frozen, one], '--silence-seconds', 0.5)
    frozen.signal('SIGSTOP')
    ann.say('anybody there?')
    await ann.untilLines('message')
    expect(ann.of('closed')[0]).toMatchObject({ code: 1006, reason: 'silent for too long' })
    expect(await ann.finish()).toBe(0)
    expect(ann.messages).toHaveLength(1)
    await frozen.stop()
  })

  it('keeps a quiet connection that answers', async () => {
    const ann = await joined('quiet', [one], '--silence-seconds', 1)
    await ann.untilLines('pong', 2)
    expect(await ann.finish()).toBe(0)
    expect(ann.of('opened')).toHaveLength(1)
  })

  it('comes back over several pages of history while others talk', async () => {
    const room = 'pages'
    for (let count = 0; count < 500; count++) await redis.appendWithoutHint(room, `old ${count}`)
    const ben = await TestClient.open(two, { user: 'ben' })
    const { position } = await ben.join({ room, history: 490 })
    const [ann] = await Promise.all([
      joined(room, [one], '--after', `${position.epoch}:${position.seq}`, '--send', 20),
      ben.sayAll(room, 'b.1', 1, 40),
    ])
    await ann.untilLines('message', 550)
    expect(await ann.finish()).toBe(0)
    expect(ann.messages.map(place)).toEqual((await ben.untilMessages(room, 550)).map(place))
    expect(ann.messages[0]!.seq).toBe(11)
    await ben.close()
  })

  it('stays on a draining instance until it is closed, and then goes to another one at once', async () => {
    const room = 'draining'
    const leaving = await TestInstance.start('leaving', redis.url, { DRAIN_SPREAD_MS: '1000' })
    const first = await TestClient.joined(leaving, room, 'first')
    const ben = await TestClient.joined(two, room, 'ben')
    const ann = await joined(room, [leaving, two])
    ann.say(...numbered(10))
    await ann.untilLines('ack', 10)
    leaving.signal('SIGTERM')
    expect(await ann.untilLines('draining')).toMatchObject([{ closesInMs: 500 }])
    ann.say(...numbered(20).slice(10))
    await ann.untilLines('ack', 20)
    await ben.sayAll(room, 'b.1', 1, 10)
    await ann.untilLines('welcome', 2)
    ann.say(...numbered(30).slice(20))
    await ann.untilLines('message', 40)
    expect(await ann.finish()).toBe(0)
    expect(ann.of('closed')[0]).toMatchObject({ code: 1012, next: 'reconnect', waitMs: 0 })
    expect(ann.messages.map(place)).toEqual((await ben.untilMessages(room, 40)).map(place))
    expect(await leaving.exited).toEqual({ code: 0, signal: null })
    await Promise.all([first.close(), ben.close()])
  })

  it('is told of the messages that a trimmed log has lost, and goes on behind them', async () => {
    const room = 'trimmed'
    const ben = await TestClient.joined(two, room, 'ben')
    const { epoch } = (await ben.frame('joined')).position
    for (let count = 1; count <= 10; count++) await redis.appendWithoutHint(room, `old ${count}`)
    await redis.control.xtrim(`tuesday:{${room}}:log`, 'MINID', '7-0')
    const ann = await joined(room, [one], '--after', `${epoch}:3`, '--send', 1)
    await ann.untilLines('message', 5)
    expect(await ann.finish()).toBe(0)
    expect(ann.of('gap')).toMatchObject([{ after: { epoch, seq: 3 }, next: { epoch, seq: 7 }, reason: 'trimmed' }])
    expect(ann.messages.map(({ seq }) => seq)).toEqual([7, 8, 9, 10, 11])
    await ben.close()
  })

  it('goes on in the next generation when Redis has lost the room and the session', async () => {
    const room = 'lost'
    const other = await TestRedis.start()
    const instance = await TestInstance.start('forgetful', other.url)
    const ann = await joined(room, [instance])
    ann.say(...numbered(5))
    await ann.untilLines('message', 5)
    const before = ann.messages.at(-1)!
    await other.kill()
    other.deleteData()
    await other.start()
    await ann.untilLines('gap')
    ann.say('ann 6', 'ann 7')
    await ann.untilLines('message', 7)
    expect(await ann.finish()).toBe(0)
    expect(ann.of('gap')).toMatchObject([{ after: { epoch: before.epoch, seq: 5 }, next: { seq: 1 } }])
    expect(ann.of('reject')[0]).toMatchObject({ n: 6, code: 'out-of-order', last: 0 })
    expect(ann.messages.slice(5).map(({ seq, id, text }) => [seq, id.split('.')[1], text])).toEqual([
      [1, '2/1', 'ann 6'],
      [2, '2/2', 'ann 7'],
    ])
    await Promise.all([instance.stop(), other.stop()])
  })

  it('gives up a text that is too long, and what came out of order behind it goes in order all the same', async () => {
    const room = 'long'
    const ben = await TestClient.joined(two, room, 'ben')
    const ann = await joined(room, [one])
    const tooLong = '€'.repeat(14)
    ann.say('a', 'b', tooLong, 'c', '', 'd', 'e')
    await ann.untilLines('message', 5)
    expect(await ann.finish()).toBe(0)
    const codes = ann.of('reject').map(({ n, code }) => `${n} ${code}`)
    expect(codes).toContain('3 text-too-long')
    expect(codes).toContain('4 out-of-order')
    const numbers = ann.messages.map(({ id, text }) => `${id.split('.')[1]} ${text}`)
    expect(numbers).toEqual(['1/1 a', '1/2 b', '2/1 c', '2/2 d', '2/3 e'])
    expect(ann.messages.map(place)).toEqual((await ben.untilMessages(room, 5)).map(place))
    await ben.close()
  })

  it('sends again what nobody could confirm, and it is there once', async () => {
    const room = 'unconfirmed'
    const ben = await TestClient.joined(two, room, 'ben')
    const ann = await joined(room, [one])
    await redis.control.call('CLIENT', 'PAUSE', String(60 * COMMAND_MS), 'WRITE')
    ann.say(...numbered(40))
    await ann.untilLines('unconfirmed', 32)
    await redis.control.call('CLIENT', 'UNPAUSE')
    await ann.untilLines('message', 40)
    expect(await ann.finish()).toBe(0)
    expect(textsOf(ann, 'ann')).toEqual(numbered(40))
    expect(ann.messages.map(place)).toEqual((await ben.untilMessages(room, 40)).map(place))
    await ben.close()
  })

  it('stays away after a code that is final, and where it has no fresh token', async () => {
    const locked = await TestInstance.start('locked', redis.url, { GUESTS: 'deny' })
    const cases = [
      [one, 'a b', { code: 4404, next: 'final' }, 3],
      [locked, 'ann', { code: 4401, next: 'fresh-token' }, 4],
    ] as const
    for (const [{ webSocketUrl }, guest, close, exitCode] of cases) {
      const ann = new TestPythonClient('--url', webSocketUrl, '--room', 'r', '--guest', guest)
      expect(await ann.exited).toBe(exitCode)
      expect(ann.lines).toMatchObject([{ type: 'opened' }, { type: 'closed', ...close }])
    }
    await locked.stop()
  })
})

describe('over HTTP', () => {
  it('reads page by page, from an instance that is ready, until the position equals the top', async () => {
    const room = 'read'
    const leaving = await TestInstance.start('leaving', redis.url, {
      DRAIN_NOTICE_MS: '30000',
      DRAIN_SPREAD_MS: '0',
      DRAIN_MS_MAX: '40000',
    })
    for (let count = 0; count < 450; count++) await redis.appendWithoutHint(room, `old ${count}`)
    const ben = await TestClient.open(two, { user: 'ben' })
    await ben.join({ room, history: 450 })
    leaving.signal('SIGTERM')
    await until('it is not ready', async () => (await leaving.statusOf('/readyz')) === 503)
    const urls = [leaving, two].flatMap(({ webSocketUrl }) => ['--url', webSocketUrl])
    const reader = new TestPythonClient(...urls, '--room', room, '--read')
    expect(await reader.exited).toBe(0)
    expect(reader.of('page').map(({ url, complete }) => [url, complete])).toEqual(
      Array(3).fill([two.webSocketUrl, true]),
    )
    expect(reader.messages.map(place)).toEqual((await ben.untilMessages(room, 450)).map(place))
    await Promise.all([leaving.stop(), ben.close()])
  })

  it('says where the answer is not complete, and ends with 1 where it may not read', async () => {
    const room = 'read-trimmed'
    for (let count = 1; count <= 10; count++) await redis.appendWithoutHint(room, `old ${count}`)
    await redis.control.xtrim(`tuesday:{${room}}:log`, 'MINID', '7-0')
    const reader = new TestPythonClient('--url', one.webSocketUrl, '--room', room, '--read')
    expect(await reader.exited).toBe(0)
    expect(reader.of('page')).toMatchObject([{ complete: false, top: { seq: 10 } }])
    expect(reader.messages.map(({ seq }) => seq)).toEqual([7, 8, 9, 10])
    const lost = new TestPythonClient('--url', one.webSocketUrl, '--room', 'not%20a%20room', '--read')
    expect(await lost.exited).toBe(1)
    expect(lost.lines).toMatchObject([{ type: 'failed', status: 400 }])
  })
})
