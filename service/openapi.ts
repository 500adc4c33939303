/** The HTTP side as an OpenAPI document, made of the routes' own schemas; and the pieces that they share. */

import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { HTTP_ERROR_CODES, type HttpErrorCode, ROOM_PATTERN, USER_PATTERN } from './protocol.ts'

/** Version of the HTTP interface, after the subprotocol `tuesday.v1`. */
const INTERFACE_VERSION = '1.0.0'

/** A token, or nothing: guests give a name. */
export const SECURITY: readonly Record<string, readonly string[]>[] = [{ token: [] }, {}]

export const ROOM_PARAMETERS = {
  type: 'object',
  required: ['room'],
  properties: { room: { type: 'string', pattern: ROOM_PATTERN.source } },
}

export const GUEST_PARAMETER = {
  type: 'string',
  pattern: USER_PATTERN.source,
  description: "A guest's name, in place of a token, where guests are allowed.",
}

export const POSITION_SCHEMA = {
  type: 'object',
  required: ['epoch', 'seq'],
  properties: {
    epoch: { type: 'string', description: 'Opaque; compare for equality only.' },
    seq: { type: 'integer', minimum: 0, description: 'Rises by one from message to message in a room.' },
  },
}

/** One response for each status that these codes have. */
export function errorResponses(...codes: readonly HttpErrorCode[]): Record<number, object> {
  const responses: Record<number, object> = {}
  for (const status of new Set(codes.map(code => HTTP_ERROR_CODES[code].status))) {
    const ofStatus = Object.entries(HTTP_ERROR_CODES).filter(([, entry]) => entry.status === status)
    responses[status] = {
      description: ofStatus.map(([code, { why }]) => `\`${code}\`: ${why}.`).join(' '),
      type: 'object',
      required: ['error', 'message'],
      properties: {
        error: { type: 'string', enum: ofStatus.map(([code]) => code) },
        message: { type: 'string', description: 'For a person.' },
      },
    }
  }
  return responses
}

/** To be called before the routes are added. Serves the document at `/openapi.json`. */
export async function describeRoutes(server: FastifyInstance): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tuesday over HTTP',
        version: INTERFACE_VERSION,
        description:
          'Publishing and history under the delivery contract. The live stream is a WebSocket: see docs/protocol.md.',
      },
      tags: [{ name: 'messages' }, { name: 'health' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
  })
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger())
}
