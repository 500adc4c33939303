/**
 * Pages of another host over HTTP (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol): those that may open sockets may read older messages and
 * publish, too. Browsers enforce it; who is not a browser needs a token or a name like everybody.
 */

import type { FastifyInstance } from 'fastify'
import type { Door } from './door.ts'

const ROOMS_PATH = '/rooms/'
/** What the routes of rooms take. */
const METHODS = 'GET, POST'
const REQUEST_HEADERS = 'authorization, content-type, idempotency-key'
const ANSWER_HEADERS = 'retry-after'
/** A browser need not ask again for so long whether it may; it keeps an answer for two hours at most. */
const KEPT_SECONDS = '7200'

/** To be called before the routes are added. */
export function answerForeignPages(server: FastifyInstance, door: Pick<Door, 'admitsOrigin'>): void {
  server.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith(ROOMS_PATH)) return
    reply.header('vary', 'origin')
    const { origin } = request.headers
    if (origin === undefined || !door.admitsOrigin(origin, request.host)) return
    reply.header('access-control-allow-origin', origin)
    reply.header('access-control-expose-headers', ANSWER_HEADERS)
    const isQuestion = request.method === 'OPTIONS' && 'access-control-request-method' in request.headers
    if (!isQuestion) return
    reply.header('access-control-allow-methods', METHODS)
    reply.header('access-control-allow-headers', REQUEST_HEADERS)
    reply.header('access-control-max-age', KEPT_SECONDS)
    return reply.code(204).send()
  })
}
