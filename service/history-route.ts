/** `GET /rooms/:room/messages?after=<epoch>:<seq>&limit=<n>`: a page of a room's log, under the same contract as a resume. */

import type { FastifyInstance } from 'fastify'
import type { HttpCallers } from './http-caller.ts'
import { HttpRefusal } from './http-errors.ts'
import { NO_EPOCH } from './log-scripts.ts'
import { errorResponses, GUEST_PARAMETER, POSITION_SCHEMA, ROOM_PARAMETERS, SECURITY } from './openapi.ts'
import { NotRun, Unconfirmed } from './redis-link.ts'
import { endOf, isAt, PAGE_ENTRIES } from './room.ts'
import type { RoomLog } from './room-log.ts'

const AFTER_PATTERN = '^[A-Za-z0-9_-]{1,32}:[0-9]{1,15}$'
/** Before every message of every epoch; also where a room stands that nobody has used. */
const BEGINNING = { epoch: NO_EPOCH, seq: 0 }

interface HistoryRequest {
  Params: { room: string }
  Querystring: { after?: string; limit: number }
}

const MESSAGE_SCHEMA = {
  type: 'object',
  required: ['type', 'room', 'epoch', 'seq', 'sentAt', 'id', 'from', 'text'],
  properties: {
    type: { type: 'string', const: 'message' },
    room: { type: 'string' },
    ...POSITION_SCHEMA.properties,
    sentAt: { type: 'integer', description: "Redis' time when the message was accepted, Unix milliseconds." },
    id: { type: 'string' },
    from: { type: 'string', description: "The sender's user." },
    text: { type: 'string' },
  },
}

const SCHEMA = {
  summary: 'Read a page of the log',
  description:
    'The messages after `from`, the last of them at `position`. Go on from `position` until it equals `top`.',
  tags: ['messages'],
  security: SECURITY,
  params: ROOM_PARAMETERS,
  querystring: {
    type: 'object',
    properties: {
      after: { type: 'string', pattern: AFTER_PATTERN, description: '<epoch>:<seq>; without it from the oldest kept.' },
      limit: { type: 'integer', minimum: 1, maximum: PAGE_ENTRIES, default: PAGE_ENTRIES },
      guest: GUEST_PARAMETER,
    },
  },
  response: {
    200: {
      description: 'A page. `complete` is false where messages between `after` and `from` are gone.',
      type: 'object',
      required: ['room', 'complete', 'from', 'position', 'top', 'messages'],
      properties: {
        room: { type: 'string' },
        complete: { type: 'boolean' },
        ...{ from: POSITION_SCHEMA, position: POSITION_SCHEMA, top: POSITION_SCHEMA },
        messages: { type: 'array', maxItems: PAGE_ENTRIES, items: MESSAGE_SCHEMA },
      },
    },
    ...errorResponses('bad-request', 'bad-token', 'forbidden', 'too-fast', 'unavailable'),
  },
}

export function addHistoryRoute(server: FastifyInstance, options: { callers: HttpCallers; roomLog: RoomLog }): void {
  server.get<HistoryRequest>('/rooms/:room/messages', { schema: SCHEMA }, async (request, reply) => {
    const { room } = request.params
    const { after, limit } = request.query
    options.callers.admit(request, room)
    const asked = after === undefined ? BEGINNING : parsePosition(after)
    const page = await options.roomLog.read(room, { after: asked }, limit, null).catch(error => {
      // A read writes nothing, so it does not matter whether it ran.
      throw error instanceof NotRun || error instanceof Unconfirmed ? new HttpRefusal('unavailable') : error
    })
    const { top, from } = page
    const isComplete = page.isComplete || (isAt(BEGINNING, asked) && from.seq === 0)
    const head = JSON.stringify({ room, complete: isComplete, from, position: endOf(page), top })
    const messages = page.entries.map(entry => entry.frame).join(',')
    return reply.type('application/json').send(`${head.slice(0, -1)},"messages":[${messages}]}`)
  })
}

function parsePosition(text: string): { epoch: string; seq: number } {
  const colon = text.lastIndexOf(':')
  return { epoch: text.slice(0, colon), seq: Number(text.slice(colon + 1)) }
}
