/**
 * Lets pages of the origins that may connect read what the HTTP routes answer, as a browser asks before it hands an answer over: the CORS protocol of the
 * Fetch standard, https://fetch.spec.whatwg.org/#http-cors-protocol. Others get their answers without it, and their browsers keep those to themselves.
 */

import type { FastifyInstance } from 'fastify'
import type { Door } from './door.ts'

/** How long a browser may remember what it was told, so that it does not ask before each request. */
const REMEMBERED_SECONDS = 600

/** To be called before the routes are added. */
export function answerOrigins(server: FastifyInstance, door: Pick<Door, 'admitsOrigin'>): void {
  server.addHook('onRequest', async (request, reply) => {
    const { origin, host = '' } = request.headers
    if (origin === undefined || !door.admitsOrigin(origin, host)) return
    reply.headers({ 'access-control-allow-origin': origin, vary: 'origin' })
    reply.header('access-control-expose-headers', 'retry-after')
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return
    reply.headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key',
      'access-control-max-age': REMEMBERED_SECONDS,
    })
    return reply.code(204).send()
  })
}
