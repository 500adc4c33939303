/** Publishing over HTTP: one message for each Idempotency-Key, under the same contract as a socket's. */

import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TcpProxy } from '../harness/proxy/tcp-proxy.ts'
import { HTTP_ERROR_CODES, type HttpErrorCode } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { offerOf, TEST_SECRET, tokenOf } from './test-token.ts'

let redis: TestRedis
let one: TestInstance
let two: TestInstance

const ENVIRONMENT = { JWT_SECRET: TEST_SECRET, GUESTS: 'deny', REDIS_COMMAND_MS: '500', REDIS_WAIT_MS: '300' }

beforeAll(async () => {
  redis = await TestRedis.start()
  ;[one, two] = await Promise.all([
    TestInstance.start('one', redis.url, { ...ENVIRONMENT, TEXT_BYTES_MAX: '100', FRAME_BYTES_MAX: '2000' }),
    TestInstance.start('two', redis.url, ENVIRONMENT),
  ])
})
afterAll(stopEverything)

interface Request {
  readonly room?: string
  readonly key?: string
  readonly text?: unknown
  readonly token?: string
  readonly body?: string
  readonly headers?: Record<string, string>
}

interface Answer {
  readonly seq?: number
  readonly epoch?: string
  readonly error?: string
}

interface OpenApiDocument {
  readonly paths: Record<string, Record<string, { readonly responses: object }>>
}

async function publish(instance: TestInstance, request: Request = {}) {
  const { room = 'r', key = crypto.randomUUID(), text = 'hello', token = tokenOf(), headers = {} } = request
  const response = await fetch(`${instance.url}/rooms/${room}/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === '' ? {} : { 'idempotency-key': key }),
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: request.body ?? JSON.stringify({ text }),
  })
  return { status: response.status, body: (await response.json()) as Answer, headers: response.headers }
}

async function expectRefusal(instance: TestInstance, code: HttpErrorCode, request: Request) {
  const { status, body, headers } = await publish(instance, request)
  expect([body, status]).toEqual([{ error: code, message: expect.stringMatching(/\S/) }, HTTP_ERROR_CODES[code].status])
  return headers
}

describe('POST /rooms/:room/messages', () => {
  it('puts a message into the log and delivers it on every instance, as the subject of the token', async () => {
    const room = 'delivered'
    const [ann, ben] = await Promise.all([one, two].map(instance => TestClient.open(instance, offerOf(tokenOf()))))
    for (const client of [ann!, ben!]) await client.join({ room })
    const { status, body } = await publish(one, { room, text: 'hellö', token: tokenOf({ sub: 'bot' }) })
    expect(status).toBe(201)
    for (const client of [ann!, ben!]) {
      const [message] = await client.untilMessages(room, 1)
      expect(message).toMatchObject({ ...body, from: 'bot', text: 'hellö', seq: 1 })
      await client.close()
    }
  })

  it('answers a retry with the first place, through any instance, also many at once', async () => {
    const [room, key] = ['retried', 'key-1']
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => publish([one, two][index % 2]!, { room, key })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(19).fill(200), 201])
    for (const { body } of answers) expect(body).toEqual(answers[0]!.body)
    expect((await publish(two, { room })).body.seq).toBe(2)
  })

  it('takes one key for another message in another room and of another user', async () => {
    const key = 'key-2'
    expect((await publish(one, { room: 'a', key })).status).toBe(201)
    expect((await publish(one, { room: 'b', key })).status).toBe(201)
    expect((await publish(one, { room: 'a', key, token: tokenOf({ sub: 'ben' }) })).body.seq).toBe(2)
  })

  it('refuses a key with another text, and the first stays', async () => {
    const [room, key] = ['changed', 'key-3']
    await publish(one, { room, key, text: 'first' })
    await expectRefusal(one, 'key-reused', { room, key, text: 'second' })
    expect((await publish(two, { room, key, text: 'first' })).status).toBe(200)
  })

  it('forgets a key after its expiry', async () => {
    const short = await TestInstance.start('short', redis.url, { ...ENVIRONMENT, IDEMPOTENCY_EXPIRY_SECONDS: '60' })
    await publish(short, { room: 'expiry' })
    const [key] = await redis.control.keys('tuesday:{expiry}:sender:*')
    const expiryMs = await redis.control.pttl(key!)
    expect(expiryMs).toBeGreaterThan(50_000)
    expect(expiryMs).toBeLessThanOrEqual(60_000)
    await short.stop()
  })

  it.each<[string, HttpErrorCode, Request]>([
    ['without a key', 'bad-request', { key: '' }],
    ['with a key that is too long', 'bad-request', { key: 'k'.repeat(257) }],
    ['into a room that cannot be', 'bad-request', { room: 'a%20b' }],
    ['with nonsense', 'bad-request', { body: '{"text":' }],
    ['with an empty body', 'bad-request', { body: '' }],
    ['with null', 'bad-request', { body: 'null' }],
    ['with a list', 'bad-request', { body: '["text"]' }],
    ['with a number for a text', 'bad-request', { text: 5 }],
    ['with no text', 'bad-request', { body: '{}' }],
    ['with more than a text', 'bad-request', { body: '{"text":"x","from":"root"}' }],
    ['with a prototype', 'bad-request', { body: '{"text":"x","__proto__":{}}' }],
    ['with another type', 'bad-media-type', { headers: { 'content-type': 'text/xml' } }],
    ['with a body that is too long', 'body-too-long', { body: `{"text":"${'x'.repeat(3000)}"}` }],
    ['with a text that is too long', 'text-too-long', { text: 'ä'.repeat(51) }],
    ['with an empty text', 'text-empty', { text: '' }],
    ['without a token', 'bad-token', { token: '' }],
    ['with a token that is nonsense', 'bad-token', { token: 'nonsense' }],
    ['with a token of another secret', 'bad-token', { token: tokenOf({}, 'another secret of 32 bytes or more') }],
    ['into a room that the token does not name', 'forbidden', { token: tokenOf({ rooms: ['elsewhere'] }) }],
    ['to a path that is not there', 'not-found', { room: 'r/messages/x' }],
  ])('%s is refused', async (_what, code, request) => {
    const headers = await expectRefusal(one, code, { room: 'refused', ...request })
    if (code === 'bad-token') expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(await redis.control.exists('tuesday:{refused}:log')).toBe(0)
  })

  it('the history of a room that the token does not name is refused', async () => {
    const request = { headers: { authorization: `Bearer ${tokenOf({ rooms: ['mine'] })}` } }
    expect((await fetch(`${one.url}/rooms/mine/messages`, request)).status).toBe(200)
    expect((await fetch(`${one.url}/rooms/yours/messages`, request)).status).toBe(403)
  })

  it('faster than a user may is refused, with the time to wait', async () => {
    const slow = await TestInstance.start('slow', redis.url, {
      ...{ ...ENVIRONMENT, FRAMES_PER_SECOND: '1', FRAMES_BURST: '4', ROOMS_MAX: '2', IN_FLIGHT_MAX: '2' },
    })
    const statuses = []
    for (let count = 0; count < 4; count++) statuses.push((await publish(slow)).status)
    expect(statuses).toEqual(Array(4).fill(201))
    expect(Number((await expectRefusal(slow, 'too-fast', {})).get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect((await publish(slow, { token: tokenOf({ sub: 'ben' }) })).status).toBe(201)
    await slow.stop()
  })
})

describe('publishing while Redis is in trouble', () => {
  it('answers 504 where nobody knows, and a retry finds out', async () => {
    await using proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: redis.port })
    const behind = await TestInstance.start('behind', `redis://127.0.0.1:${proxy.port}`, ENVIRONMENT)
    const [room, key] = ['unconfirmed', 'key-4']
    proxy.inject({ fromTarget: { isBlackHole: true } })
    await expectRefusal(behind, 'unconfirmed', { room, key })
    proxy.heal()
    expect(await publish(two, { room, key })).toMatchObject({ status: 200, body: { seq: 1 } })
    await behind.stop()
  })

  it('answers 503 where nothing was written, for each in its time', async () => {
    const absent = await TestRedis.prepare()
    const early = await TestInstance.spawn('early', absent.url, ENVIRONMENT)
    await until('it is alive', async () => (await early.statusOf('/healthz')) === 200)
    expect((await expectRefusal(early, 'unavailable', {})).get('retry-after')).toBe('1')
    await early.stop()
  })

  it('answers 503 "draining" where the instance goes away', async () => {
    const leaving = await TestInstance.start('leaving', redis.url, { ...ENVIRONMENT, DRAIN_SPREAD_MS: '2000' })
    const clients = []
    for (let count = 0; count < 2; count++) clients.push(await TestClient.open(leaving, offerOf(tokenOf())))
    leaving.signal('SIGTERM')
    await clients[1]!.frame('draining')
    await expectRefusal(leaving, 'draining', {})
    expect((await leaving.exited).code).toBe(0)
  })
})

describe('the OpenAPI document', () => {
  it('is valid and names every path, status and refusal', async () => {
    const document = (await (await fetch(`${one.url}/openapi.json`)).json()) as OpenApiDocument
    expect(await new Validator().validate({ ...document })).toMatchObject({ valid: true })
    expect(Object.keys(document.paths).toSorted()).toEqual(['/healthz', '/readyz', '/rooms/{room}/messages'])
    const { get, post } = document.paths['/rooms/{room}/messages']!
    expect(Object.keys(post!.responses)).toEqual([
      '200',
      '201',
      '400',
      '401',
      '403',
      '413',
      '415',
      '422',
      '429',
      '503',
      '504',
    ])
    expect(Object.keys(get!.responses)).toEqual(['200', '400', '401', '403', '429', '503'])
    const named = JSON.stringify(document)
    for (const code of Object.keys(HTTP_ERROR_CODES)) {
      if (code !== 'internal' && code !== 'not-found') expect(named).toContain(`"${code}"`)
    }
  })
})
