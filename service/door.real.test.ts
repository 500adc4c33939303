/** What an instance does with frames, names and sockets that it cannot take; and that nobody else notices. */

import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { CLOSE_CODES, type CloseName, ERROR_CODES, type ErrorCode, type ErrorFrame } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

const FRAME_BYTES_MAX = 2000

let redis: TestRedis
let instance: TestInstance
let locked: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  ;[instance, locked] = await Promise.all([
    TestInstance.start('open', redis.url, {
      ...{ FRAME_BYTES_MAX: String(FRAME_BYTES_MAX), TEXT_BYTES_MAX: '200', ROOMS_MAX: '2' },
    }),
    TestInstance.start('locked', redis.url, { GUESTS: 'deny' }),
  ])
})
afterAll(stopEverything)

const CODE_OF_FRAME: readonly [what: string, frame: object | string | Buffer, code: ErrorCode][] = [
  ['nonsense', 'nonsense', 'not-json'],
  ['an empty frame', '', 'not-json'],
  ['half a frame', '{"type":"send","room":"r"', 'not-json'],
  ['an array', [], 'not-a-frame'],
  ['a number', '7', 'not-a-frame'],
  ['null', 'null', 'not-a-frame'],
  ['no type', {}, 'not-a-frame'],
  ['a type that is no string', { type: 1 }, 'not-a-frame'],
  ['a binary frame', Buffer.from('{"type":"ping","nonce":1}'), 'binary-frame'],
  ['an unknown type', { type: 'shout' }, 'unknown-type'],
  ['a frame of the service', { type: 'welcome' }, 'unknown-type'],
  ['a bad room', { type: 'join', room: 'a b' }, 'bad-field'],
  ['a bad position', { type: 'join', room: 'r', position: { epoch: 'a', seq: -1 } }, 'bad-field'],
  ['a send without a session', { type: 'send', room: 'r', n: 1, text: 'x' }, 'bad-field'],
  ['a send with number 0', { type: 'send', room: 'r', session: 'k.1', n: 0, text: 'x' }, 'bad-field'],
  ['a leave of a room that it is not in', { type: 'leave', room: 'elsewhere' }, 'not-joined'],
]

describe('a frame that is not understood', () => {
  it.each(CODE_OF_FRAME)('%s gets its code, and the close of the table', async (_what, frame, code) => {
    const client = await TestClient.open(instance)
    const before = await instance.metric(METRIC_NAMES.errors, `code="${code}"`)
    client.send(frame)
    const error = await client.frame('error')
    expect(error).toMatchObject({ code, message: expect.stringMatching(/\S/) })
    const { closes }: { closes: CloseName | null } = ERROR_CODES[code]
    if (closes === null) {
      client.send({ type: 'ping', nonce: 9 })
      expect(await client.frame('pong')).toEqual({ type: 'pong', nonce: 9 })
      await client.close()
    } else {
      const { code: closeCode, why: reason } = CLOSE_CODES[closes]
      expect(await client.closed).toMatchObject({ code: closeCode, reason })
    }
    expect(await instance.metric(METRIC_NAMES.errors, `code="${code}"`)).toBe(before + 1)
  })

  it('is the last that is read where it closes the socket', async () => {
    const client = await TestClient.joined(instance, 'last-words')
    client.send('nonsense')
    client.send({ type: 'send', room: 'last-words', session: 'k.1', n: 1, text: 'x' })
    await client.closed
    const later = await TestClient.joined(instance, 'last-words')
    expect((await later.frame('joined')).position.seq).toBe(0)
    await later.close()
  })

  it('a frame that is too long gets 1009, one of exactly the limit is read', async () => {
    const frameOf = (bytes: number) => {
      const frame = (pad: string) => JSON.stringify({ type: 'ping', nonce: 1, pad })
      return frame('x'.repeat(bytes - frame('').length))
    }
    const client = await TestClient.open(instance)
    client.send(frameOf(FRAME_BYTES_MAX))
    await client.frame('pong')
    client.send(frameOf(FRAME_BYTES_MAX + 1))
    expect((await client.closed).code).toBe(CLOSE_CODES.frameTooLong.code)
  })

  it('text that is not UTF-8 ends that socket only', async () => {
    const client = await TestClient.open(instance)
    client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
    expect((await client.closed).code).toBe(1007)
    expect(await instance.statusOf('/healthz')).toBe(200)
  })

  it('cannot be answered twice: joins beyond the limit and again', async () => {
    const client = await TestClient.joined(instance, 'first')
    await client.join({ room: 'second' })
    const errorFor = async (room: string): Promise<ErrorFrame> => {
      client.send({ type: 'join', room })
      return client.frame('error', frame => frame.room === room)
    }
    expect((await errorFor('third')).code).toBe('too-many-rooms')
    expect((await errorFor('second')).code).toBe('already-joined')
    client.send({ type: 'leave', room: 'first' })
    await client.frame('left')
    await client.join({ room: 'third' })
    await client.close()
  })

  it('costs a well-behaved client on the same instance nothing', async () => {
    const room = 'calm'
    const [ann, ben] = await Promise.all([TestClient.joined(instance, room), TestClient.joined(instance, room)])
    const hostile = async () => {
      for (const [, frame] of CODE_OF_FRAME) {
        const client = await TestClient.open(instance)
        client.send(frame)
        await client.frame('error')
        await client.close()
      }
      const rude = connect(instance.port, '127.0.0.1').on('error', () => {})
      rude.end('GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n')
      const large = await TestClient.open(instance)
      large.send('x'.repeat(100_000))
      await large.closed
    }
    const talk = async () => {
      for (let n = 1; n <= 60; n++) {
        expect(await ann.say({ room, session: 'k.1', n, text: String(n) })).toMatchObject({ type: 'ack', n })
      }
    }
    await Promise.all([hostile(), talk()])
    await Promise.all([ann, ben].map(client => client.untilMessages(room, 60)))
    const expected = Array.from({ length: 60 }, (_, index) => String(index + 1))
    expect([ann.texts(room), ben.texts(room)]).toEqual([expected, expected])
    expect([ann.isClosed, ben.isClosed]).toEqual([false, false])
    await Promise.all([ann.close(), ben.close()])
    await until('every socket is forgotten', async () => (await instance.metric(METRIC_NAMES.connections)) === 0)
  })
})

describe('who is refused at the door', () => {
  const badName = CLOSE_CODES.badName.code
  it.each([
    '',
    '?guest=',
    '?guest=a%20b',
    '?guest=-ann',
    `?guest=${'a'.repeat(65)}`,
    '?guest=ann&guest=ben',
    '?guest=%00',
  ])('is who comes with the name "%s"', async query => {
    const client = await TestClient.open(instance, { query })
    expect((await client.closed).code).toBe(badName)
    expect(client.frames).toEqual([])
  })

  it.each([[[]], [['chat']], [['tuesday.v2', 'other']]])('is who offers the subprotocols %j', async subprotocols => {
    const client = await TestClient.open(instance, { subprotocols })
    expect(await client.closed).toMatchObject({
      ...{ code: CLOSE_CODES.badProtocol.code, reason: CLOSE_CODES.badProtocol.why },
    })
    expect(client.frames).toEqual([])
  })

  it('is not who offers the right subprotocol among others', async () => {
    const client = await TestClient.open(instance, { subprotocols: ['other', 'tuesday.v1'] })
    await client.frame('welcome')
    expect(client.socket.protocol).toBe('tuesday.v1')
    await client.close()
  })

  it('is a guest where guests are denied', async () => {
    const client = await TestClient.open(locked)
    expect((await client.closed).code).toBe(CLOSE_CODES.badToken.code)
    expect(client.frames).toEqual([])
    expect(await locked.metric(METRIC_NAMES.closes, `code="${CLOSE_CODES.badToken.code}"`)).toBe(1)
  })

  it('is a plain request for the WebSocket endpoint', async () => {
    expect(await instance.statusOf('/ws?guest=ann')).toBe(404)
  })
})
