/** Every refusal over HTTP has one form: `{"error": code, "message": string}`. */

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HTTP_ERROR_CODES, type HttpErrorCode } from './protocol.ts'
import { NotRun, Unconfirmed } from './redis-link.ts'

/** Thrown by a route. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly code: HttpErrorCode
  readonly retryAfterMs: number | null

  constructor(code: HttpErrorCode, message: string = HTTP_ERROR_CODES[code].why, retryAfterMs: number | null = null) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** Seconds after which a request that found Redis or an instance away may be tried again. */
const RETRY_AFTER_MS = 1000

/** What Fastify refuses by itself, by status. */
const CODES_OF_STATUS: Readonly<Record<number, HttpErrorCode>> = {
  400: 'bad-request',
  404: 'not-found',
  413: 'body-too-long',
  415: 'bad-media-type',
}

export function answerErrors(server: FastifyInstance, onRefusal: (code: HttpErrorCode) => void): void {
  const answer = (reply: FastifyReply, refusal: HttpRefusal) => {
    onRefusal(refusal.code)
    return send(reply, refusal)
  }
  server.setErrorHandler((error: FastifyError | Error, _request, reply) => {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal') server.log.error({ error }, 'a request failed')
    return answer(reply, refusal)
  })
  server.setNotFoundHandler((_request, reply) => answer(reply, new HttpRefusal('not-found')))
}

/** What Fastify refuses before it has a route: a path that cannot be decoded, or with a part that is too long. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  // An upgrade has left the care of Node's server, and has no hooks yet that would end it.
  reply.raw.once('finish', () => request.raw.socket.destroySoon())
  send(reply.header('connection', 'close'), refusalOf(error))
}

function refusalOf(error: FastifyError | Error): HttpRefusal {
  if (error instanceof HttpRefusal) return error
  if (error instanceof NotRun) return new HttpRefusal('unavailable')
  if (error instanceof Unconfirmed) return new HttpRefusal('unconfirmed')
  const status = 'statusCode' in error ? error.statusCode : undefined
  const code = CODES_OF_STATUS[status ?? 500]
  if (code !== undefined) return new HttpRefusal(code, error.message)
  // Others that are the client's fault, an unsupported encoding say.
  return status !== undefined && status < 500
    ? new HttpRefusal('bad-request', error.message)
    : new HttpRefusal('internal')
}

function send(reply: FastifyReply, { code, message, retryAfterMs }: HttpRefusal): FastifyReply {
  const { status } = HTTP_ERROR_CODES[code]
  if (code === 'bad-token') reply.header('www-authenticate', 'Bearer')
  const waitMs = retryAfterMs ?? (status >= 503 ? RETRY_AFTER_MS : null)
  if (waitMs !== null) reply.header('retry-after', Math.max(1, Math.ceil(waitMs / 1000)))
  return reply.code(status).send({ error: code, message })
}
