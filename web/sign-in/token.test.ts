/** The token endpoint, and the service's own verifier and door as its judges. */

import { generateKeyPairSync } from 'node:crypto'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { Door } from '../../service/door.ts'
import { type Environment, EnvironmentReader } from '../../service/environment.ts'
import { readTokenKey } from '../../service/token-key.ts'
import { takeTokens } from '../../service/tokens.ts'
import { readSettings } from '../settings.ts'
import { sessionOf } from './session.ts'
import { answerTokenRequest, type TokenBody, type TokenErrorBody } from './token-answer.ts'

const SECRET = 'a secret of the tests, long enough for HS256'
const DEMO = { NODE_ENV: 'production', TUESDAY_WS_URLS: 'wss://chat.example.org/ws', JWT_SECRET: SECRET, TUESDAY_SIGN_IN: 'demo' }
const URL_OF_ROUTE = 'https://app.example.org/api/token'

/** As the page asks. */
function request(body: string = '{"name":"ann"}', headers: Record<string, string> = {}): Request {
  return new Request(URL_OF_ROUTE, { method: 'POST', body, headers: { 'sec-fetch-site': 'same-origin', ...headers } })
}

async function ask(environment: Environment, asked: Request = request(), session = sessionOf, nowMs = Date.now()) {
  const response = await answerTokenRequest(asked, readSettings(environment), session, nowMs)
  const body = (await response.json()) as TokenBody & TokenErrorBody
  return { status: response.status, headers: response.headers, body }
}

/** A door of the service, configured as an instance would be. */
async function doorOf(environment: Environment): Promise<Door> {
  const reader = new EnvironmentReader(environment)
  const verify = await takeTokens(Fastify(), readTokenKey(reader))
  expect(reader.problems).toEqual([])
  return new Door({ guestsAllowed: false, origins: [], verify })
}

const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } } as const
const pairs = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048, ...pem }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'prime256v1', ...pem }),
  EdDSA: generateKeyPairSync('ed25519', pem),
}

describe('a token of the front end', () => {
  it('lets its bearer in at the service that has the same secret', async () => {
    const { status, body, headers } = await ask(DEMO)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body.user).toBe('ann')
    const door = await doorOf({ JWT_SECRET: SECRET })
    expect(door.admit({ token: body.token, guest: null })).toEqual({
      user: 'ann',
      rooms: null,
      expiresAtMs: body.expiresAtMs,
    })
  })

  it.each(Object.entries(pairs))('is signed with a private key too: %s', async (_, { privateKey, publicKey }) => {
    const { JWT_SECRET: __, ...withoutSecret } = DEMO
    // As it stands in a file of variables.
    const JWT_PRIVATE_KEY = privateKey.replaceAll('\n', '\\n')
    const { body } = await ask({ ...withoutSecret, JWT_PRIVATE_KEY })
    const door = await doorOf({ JWT_PUBLIC_KEY: publicKey })
    expect(door.admit({ token: body.token, guest: null })).toMatchObject({ user: 'ann' })
  })

  it('has the issuer and the audience that the service asks for', async () => {
    const claims = { JWT_ISSUER: 'https://app.example.org', JWT_AUDIENCE: 'chat' }
    const door = await doorOf({ JWT_SECRET: SECRET, ...claims })
    const { body } = await ask({ ...DEMO, ...claims })
    expect(door.admit({ token: body.token, guest: null })).toMatchObject({ user: 'ann' })
    const without = await ask(DEMO)
    expect(door.admit({ token: without.body.token, guest: null })).toMatchObject({ refusal: 'badToken' })
  })

  it('opens the rooms of the session, and no others', async () => {
    const { body } = await ask(DEMO, request(), async () => ({ user: 'ann', rooms: ['lobby', 'team'] }))
    const door = await doorOf({ JWT_SECRET: SECRET })
    expect(door.admit({ token: body.token, guest: null })).toMatchObject({ rooms: new Set(['lobby', 'team']) })
  })

  it('ends when it was said to', async () => {
    const nowMs = Date.now()
    const { body } = await ask({ ...DEMO, TUESDAY_TOKEN_SECONDS: '60' }, request(), sessionOf, nowMs)
    expect(body.expiresAtMs).toBe(Math.floor(nowMs / 1000) * 1000 + 60_000)
    const door = await doorOf({ JWT_SECRET: SECRET })
    const old = await ask({ ...DEMO, TUESDAY_TOKEN_SECONDS: '60' }, request(), sessionOf, nowMs - 61_000)
    expect(door.admit({ token: old.body.token, guest: null })).toMatchObject({ refusal: 'badToken' })
  })

  it('is of no use at a service with another secret', async () => {
    const { body } = await ask(DEMO)
    const door = await doorOf({ JWT_SECRET: `another ${SECRET}` })
    expect(door.admit({ token: body.token, guest: null })).toMatchObject({ refusal: 'badToken' })
  })
})

describe('the token endpoint', () => {
  it('gives nobody a token before a session check is there, and says what to do', async () => {
    const { TUESDAY_SIGN_IN: _, ...production } = DEMO
    const { status, body } = await ask(production)
    expect(status).toBe(403)
    expect(body.error).toBe('not-set-up')
    expect(body.message).toMatch(/web\/sign-in\/session\.ts.*TUESDAY_SIGN_IN=demo/)
    expect(body.token).toBeUndefined()
  })

  it('says so where it has no key', async () => {
    const { status, body } = await ask({})
    expect([status, body.error]).toEqual([403, 'not-set-up'])
    expect(body.message).toMatch(/JWT_SECRET/)
  })

  it('answers pages of its own origin alone', async () => {
    for (const site of ['cross-site', 'same-site', 'none']) {
      const { status, body } = await ask(DEMO, request('{"name":"ann"}', { 'sec-fetch-site': site }))
      expect([site, status, body.error]).toEqual([site, 403, 'foreign-page'])
    }
  })

  it.each(['no JSON', '[]', 'null', '7', '{"name":7}'])('refuses the body %s', async body => {
    expect(await ask(DEMO, request(body))).toMatchObject({ status: 400, body: { error: 'bad-request' } })
  })

  it('refuses a long body', async () => {
    const long = JSON.stringify({ name: 'a'.repeat(2000) })
    expect(await ask(DEMO, request(long))).toMatchObject({ status: 413, body: { error: 'body-too-long' } })
  })

  it.each(['', 'ann smith', 'guest~ann', '<script>', 'a'.repeat(65)])('refuses the name "%s"', async name => {
    const asked = request(JSON.stringify({ name }))
    expect(await ask(DEMO, asked)).toMatchObject({ status: 400, body: { error: 'bad-name' } })
  })

  it('wants a name from who says that he is somebody', async () => {
    for (const body of ['', '{}', '{"name":null}']) {
      expect(await ask(DEMO, request(body))).toMatchObject({ status: 401, body: { error: 'signed-out' } })
    }
  })

  it('asks the session, not the page, who somebody is', async () => {
    const session = async (question: { request: Request }) => {
      expect(question.request.headers.get('cookie')).toBe('session=of-bob')
      return { user: 'bob', rooms: null }
    }
    const { body } = await ask(DEMO, request('{"name":"ann"}', { cookie: 'session=of-bob' }), session)
    expect(body.user).toBe('bob')
  })

  it('does not sign what the service would refuse', async () => {
    const asRoot = await ask(DEMO, request(), async () => ({ user: 'ann', rooms: ['no room'] }))
    expect([asRoot.status, asRoot.body.error]).toEqual([400, 'bad-name'])
  })
})
