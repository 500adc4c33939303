/** Tokens at the door: who gets in, as whom, into which rooms and for how long. */

import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLOSE_CODES } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis } from './test-cluster.ts'
import { offerOf, publicKeyTokenOf, TEST_SECRET, tokenOf } from './test-token.ts'

const BAD_TOKEN = { code: CLOSE_CODES.badToken.code, reason: CLOSE_CODES.badToken.why }

let redis: TestRedis
let instance: TestInstance
let mixed: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  ;[instance, mixed] = await Promise.all([
    TestInstance.start('tokens', redis.url, { JWT_SECRET: TEST_SECRET, GUESTS: 'deny' }),
    TestInstance.start('mixed', redis.url, { JWT_SECRET: TEST_SECRET, JWT_ISSUER: 'me', JWT_AUDIENCE: 'chat' }),
  ])
})
afterAll(stopEverything)

const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow

/** A token whose second part is another's. */
function forged(): string {
  const [header, , signature] = tokenOf().split('.')
  return `${header}.${tokenOf({ sub: 'root' }).split('.')[1]}.${signature}`
}

describe('a token', () => {
  it('lets in as its subject, under the protocol and not under the token', async () => {
    const client = await TestClient.open(instance, offerOf(tokenOf({ sub: 'ben@example.org' })))
    expect(client.socket.protocol).toBe('tuesday.v1')
    expect(await client.frame('welcome')).toMatchObject({ user: 'ben@example.org' })
    await client.join({ room: 'r' })
    await client.say({ room: 'r', session: 'k.1', n: 1, text: 'x' })
    expect((await client.untilMessages('r', 1))[0]).toMatchObject({ from: 'ben@example.org' })
    await client.close()
  })

  it.each([
    ['that is nonsense', 'nonsense'],
    ['that is empty', ''],
    ['that is forged', forged()],
    ['of another secret', tokenOf({}, 'another secret of at least 32 bytes')],
    ['without a signature', `${tokenOf({}, TEST_SECRET, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`],
    ['that names another algorithm', tokenOf({}, TEST_SECRET, { alg: 'HS512' })],
    ['that has ended', tokenOf({ exp: seconds(-1) })],
    ['that has not begun', tokenOf({ nbf: seconds(30) })],
    ['that never ends', tokenOf({ exp: undefined })],
    ['without a subject', tokenOf({ sub: undefined })],
    ['whose subject cannot be a user', tokenOf({ sub: 'a b' })],
    ['whose subject looks like a guest', tokenOf({ sub: 'guest~ann' })],
    ['whose rooms are no list', tokenOf({ rooms: 'r' })],
    ['whose rooms cannot be rooms', tokenOf({ rooms: ['a b'] })],
  ])('%s is refused with "fresh token"', async (_what, token) => {
    const client = await TestClient.open(instance, offerOf(token))
    expect(await client.closed).toMatchObject(BAD_TOKEN)
    expect(client.frames).toEqual([])
    expect(CLOSE_CODES.badToken.after).toBe('fresh-token')
  })

  it('is needed where guests are denied', async () => {
    const client = await TestClient.open(instance)
    expect(await client.closed).toMatchObject(BAD_TOKEN)
  })

  it('that is offered without the protocol is refused for that', async () => {
    const client = await TestClient.open(instance, { query: '', subprotocols: [`token.${tokenOf()}`] })
    expect((await client.closed).code).toBe(CLOSE_CODES.badProtocol.code)
  })

  it('opens its rooms and no others; the socket stays', async () => {
    const client = await TestClient.open(instance, offerOf(tokenOf({ rooms: ['mine', 'ours'] })))
    await client.join({ room: 'ours' })
    client.send({ type: 'join', room: 'yours' })
    expect(await client.frame('error')).toMatchObject({ code: 'forbidden', room: 'yours' })
    const refused = await client.say({ room: 'yours', session: 'k.1', n: 1, text: 'x' })
    expect(refused).toMatchObject({ type: 'reject', code: 'not-joined' })
    await client.join({ room: 'mine' })
    expect(client.isClosed).toBe(false)
    await client.close()
    const other = await TestClient.open(instance, offerOf(tokenOf({ sub: 'ben' })))
    expect((await other.join({ room: 'yours' })).top).toBe(0)
    await other.close()
  })

  it('with an empty list of rooms opens none', async () => {
    const client = await TestClient.open(instance, offerOf(tokenOf({ rooms: [] })))
    client.send({ type: 'join', room: 'mine' })
    expect(await client.frame('error')).toMatchObject({ code: 'forbidden' })
    await client.close()
  })

  it('that ends closes its socket with "fresh token", and a fresh one goes on from the position', async () => {
    const exp = seconds(2)
    const client = await TestClient.open(instance, offerOf(tokenOf({ exp })))
    const { position } = await client.join({ room: 'ends' })
    const close = await client.closed
    expect(close).toMatchObject(BAD_TOKEN)
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000)
    const again = await TestClient.open(instance, offerOf(tokenOf()))
    expect(await again.join({ room: 'ends', position })).toMatchObject({ complete: true })
    await again.close()
  })
})

describe('tokens and guests together', () => {
  const good = { iss: 'me', aud: 'chat' }

  it('cannot be taken for each other', async () => {
    const [guest, client] = await Promise.all([
      TestClient.open(mixed, { user: 'ann' }),
      TestClient.open(mixed, offerOf(tokenOf({ sub: 'ann', ...good }))),
    ])
    expect((await guest.frame('welcome')).user).toBe('guest~ann')
    expect((await client.frame('welcome')).user).toBe('ann')
    await Promise.all([guest.close(), client.close()])
  })

  it('a bad token is refused although guests are allowed', async () => {
    const client = await TestClient.open(mixed, { ...offerOf(forged()), query: '?guest=ann' })
    expect(await client.closed).toMatchObject(BAD_TOKEN)
  })

  it.each([
    ['another issuer', { ...good, iss: 'you' }],
    ['no issuer', { aud: 'chat' }],
    ['another audience', { ...good, aud: ['mail', 'news'] }],
    ['no audience', { iss: 'me' }],
  ])('%s is refused', async (_what, claims) => {
    const client = await TestClient.open(mixed, offerOf(tokenOf(claims)))
    expect(await client.closed).toMatchObject(BAD_TOKEN)
  })
})

describe('a public key', () => {
  const keys = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: generateKeyPairSync('ed25519'),
  }

  it.each(['RS256', 'ES256', 'EdDSA'] as const)(
    'takes %s of its own, and not the key itself as a secret',
    async name => {
      const pem = String(keys[name].publicKey.export({ type: 'spki', format: 'pem' }))
      const strict = await TestInstance.start(`strict-${name}`, redis.url, { JWT_PUBLIC_KEY: pem, GUESTS: 'deny' })
      const client = await TestClient.open(strict, offerOf(publicKeyTokenOf(name, keys[name].privateKey)))
      expect((await client.frame('welcome')).user).toBe('ann')
      const confused = await TestClient.open(strict, offerOf(tokenOf({}, pem)))
      expect(await confused.closed).toMatchObject(BAD_TOKEN)
      await client.close()
      await strict.stop()
    },
  )
})
