/**
 * `POST /rooms/:room/messages`: says something without a socket. An Idempotency-Key takes the place of a sender session: each key is a
 * session of one message, so that a retry is answered with the first one's place
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
 */

import { createHash } from 'node:crypto'
import { Ajv } from 'ajv'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { HttpCallers } from './http-caller.ts'
import { HttpRefusal } from './http-errors.ts'
import type { Metrics, SendOutcome } from './metrics.ts'
import { errorResponses, GUEST_PARAMETER, POSITION_SCHEMA, ROOM_PARAMETERS, SECURITY } from './openapi.ts'
import { HTTP_ERROR_CODES, type Position } from './protocol.ts'
import type { RedisLink } from './redis-link.ts'
import type { RoomLog } from './room-log.ts'

const KEY_CHARACTERS_MAX = 256
/** Of a sender's name; 128 bits of SHA-256. */
const DIGEST_CHARACTERS = 22

export interface PublishRouteOptions {
  readonly callers: HttpCallers
  readonly roomLog: RoomLog
  readonly commands: RedisLink
  readonly metrics: Metrics
  readonly textBytesMax: number
  readonly redisWaitMsMax: number
  readonly idempotencyExpiryMs: number
  readonly isRefusing: () => boolean
  /** The newest position of the room that this instance knows. */
  readonly knownPosition: (room: string) => Position | null
}

interface PublishRequest {
  Params: { room: string }
  Headers: { 'idempotency-key': string }
  Body: { text: string }
}

const SCHEMA = {
  summary: 'Say something',
  description:
    'Puts one message into the log of the room and delivers it to everybody there. The same Idempotency-Key of the same user in the ' +
    'same room is one message, however often it is sent: a retry answers 200 with the place of the first.',
  tags: ['messages'],
  security: SECURITY,
  params: ROOM_PARAMETERS,
  querystring: { type: 'object', properties: { guest: GUEST_PARAMETER } },
  headers: {
    type: 'object',
    required: ['idempotency-key'],
    properties: {
      'idempotency-key': {
        type: 'string',
        minLength: 1,
        maxLength: KEY_CHARACTERS_MAX,
        description: 'Made at random for each message, and sent again with each retry of it.',
      },
    },
  },
  body: {
    type: 'object',
    required: ['text'],
    additionalProperties: false,
    properties: { text: { type: 'string', description: 'At most textBytesMax bytes of UTF-8, and not empty.' } },
  },
  response: {
    ...Object.fromEntries(
      [
        [201, 'The message is in the log at this place.'],
        [200, 'It was there already, at this place, by an earlier request with the same key.'],
      ].map(([status, description]) => [
        status,
        {
          description,
          type: 'object',
          required: ['room', 'id', 'epoch', 'seq'],
          properties: { room: { type: 'string' }, id: { type: 'string' }, ...POSITION_SCHEMA.properties },
        },
      ]),
    ),
    ...errorResponses(
      ...(['bad-request', 'bad-token', 'forbidden', 'body-too-long', 'bad-media-type', 'key-reused'] as const),
      ...(['too-fast', 'unavailable', 'unconfirmed'] as const),
    ),
  },
}

/** Fastify's own would make a string of a number. */
const strict = new Ajv({ strict: false, allErrors: false })

export function addPublishRoute(server: FastifyInstance, options: PublishRouteOptions): void {
  const { callers, metrics, commands, roomLog, isRefusing } = options
  const route = {
    schema: SCHEMA,
    validatorCompiler: ({ schema }: { schema: object }) => strict.compile(schema),
    onResponse: async (_request: FastifyRequest, { elapsedTime, statusCode }: FastifyReply) =>
      metrics.sendDuration.http[outcomeOf(statusCode)].observe(elapsedTime / 1000),
  }
  server.post<PublishRequest>('/rooms/:room/messages', route, async (request, reply) => {
    if (isRefusing()) throw new HttpRefusal('draining')
    const { room } = request.params
    const { user } = callers.admit(request, room)
    const { text } = request.body
    if (text.length === 0) throw new HttpRefusal('text-empty')
    if (Buffer.byteLength(text) > options.textBytesMax) throw new HttpRefusal('text-too-long')
    if (!commands.isUsable && !(await commands.waitUntilUsable(options.redisWaitMsMax)))
      throw new HttpRefusal('unavailable')
    const sender = `http-${digestOf(request.headers['idempotency-key'])}`
    const published = await roomLog.publish(
      { room, user, sender, generation: 1, n: 1, text, known: options.knownPosition(room) },
      { digest: digestOf(text), expiryMs: options.idempotencyExpiryMs },
    )
    // The others come from a socket that uses the sender of this key as its own.
    if (published.is !== 'accepted') throw new HttpRefusal('key-reused')
    if (!published.isRepeat) metrics.accepted.inc()
    return reply.code(published.isRepeat ? 200 : 201).send({ room, id: `${sender}.1/1`, ...published.position })
  })
}

/** Of an error in the service nobody knows where it happened. */
function outcomeOf(status: number): SendOutcome {
  if (status < 300) return 'accepted'
  const isOpen = status === HTTP_ERROR_CODES.unconfirmed.status || status === HTTP_ERROR_CODES.internal.status
  return isOpen ? 'unconfirmed' : 'refused'
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS)
}
