import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { Door } from './door.ts'
import { answerForeignPages } from './foreign-pages.ts'

const PAGE = 'https://app.example.org'

async function ask(method: 'GET' | 'POST' | 'OPTIONS', headers: Record<string, string>, path = '/rooms/r/messages') {
  const server = Fastify()
  answerForeignPages(server, new Door({ guestsAllowed: true, origins: [PAGE], verify: null }))
  server.get('/rooms/:room/messages', async () => ({ messages: [] }))
  server.get('/readyz', async () => ({}))
  return server.inject({ method, url: path, headers: { host: 'chat.example.org', ...headers } })
}

const QUESTION = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }

describe('a page of another host', () => {
  it('may read what it is answered, where its origin is allowed', async () => {
    const { statusCode, headers } = await ask('GET', { origin: PAGE })
    expect(statusCode).toBe(200)
    expect(headers).toMatchObject({ 'access-control-allow-origin': PAGE, vary: 'origin' })
    expect(headers['access-control-allow-credentials']).toBeUndefined()
  })

  it('is told that it may come with a token and a key', async () => {
    const { statusCode, headers, body } = await ask('OPTIONS', { origin: PAGE, ...QUESTION })
    expect([statusCode, body]).toEqual([204, ''])
    expect(headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key',
    })
  })

  it('is told nothing where its origin is not allowed', async () => {
    for (const method of ['GET', 'OPTIONS'] as const) {
      const { headers } = await ask(method, { origin: 'https://elsewhere.example.org', ...QUESTION })
      expect(Object.keys(headers).filter(name => name.startsWith('access-control'))).toEqual([])
      expect(headers.vary).toBe('origin')
    }
  })

  it('may ask for rooms alone', async () => {
    const { headers } = await ask('GET', { origin: PAGE }, '/readyz')
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('who is not a browser', () => {
  it('is told nothing of origins', async () => {
    const { statusCode, headers } = await ask('GET', {})
    expect([statusCode, headers['access-control-allow-origin']]).toEqual([200, undefined])
  })
})
