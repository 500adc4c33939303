/** `GET /rooms/:room/messages?after=<epoch>:<seq>&limit=<n>`: a page of a room's log, under the same contract as a resume. */

import type { FastifyInstance } from 'fastify'
import { ROOM_PATTERN } from './protocol.ts'
import { NotRun, Unconfirmed } from './redis-link.ts'
import { endOf, PAGE_ENTRIES } from './room.ts'
import type { RoomLog } from './room-log.ts'

const AFTER_PATTERN = '^[A-Za-z0-9_-]{1,32}:[0-9]{1,15}$'
/** Before every message of every epoch. */
const BEGINNING = { epoch: 'beginning', seq: 0 }

interface HistoryRequest {
  Params: { room: string }
  Querystring: { after?: string; limit: number }
}

/**
 * Answers `{room, complete, from, position, top, messages}`: the messages after `from`, of which the last stands at `position`;
 * go on from there until it equals `top`. `complete` is false where messages between `after` and `from` are gone.
 */
export function addHistoryRoute(server: FastifyInstance, options: { roomLog: RoomLog; guestsAllowed: boolean }): void {
  const schema = {
    params: { type: 'object', properties: { room: { type: 'string', pattern: ROOM_PATTERN.source } } },
    querystring: {
      type: 'object',
      properties: {
        after: { type: 'string', pattern: AFTER_PATTERN },
        limit: { type: 'integer', minimum: 1, maximum: PAGE_ENTRIES, default: PAGE_ENTRIES },
      },
    },
  }
  server.get<HistoryRequest>('/rooms/:room/messages', { schema }, async (request, reply) => {
    if (!options.guestsAllowed) return reply.code(401).send({ error: 'a token is needed' })
    const { room } = request.params
    const { after, limit } = request.query
    try {
      const asked = after === undefined ? BEGINNING : parsePosition(after)
      const page = await options.roomLog.read(room, { after: asked }, limit, null)
      const { top, from } = page
      const isComplete = page.isComplete || (asked === BEGINNING && from.seq === 0)
      const head = JSON.stringify({ room, complete: isComplete, from, position: endOf(page), top })
      const messages = page.entries.map(entry => entry.frame).join(',')
      return reply.type('application/json').send(`${head.slice(0, -1)},"messages":[${messages}]}`)
    } catch (error) {
      if (!(error instanceof NotRun) && !(error instanceof Unconfirmed)) throw error
      return reply.code(503).send({ error: 'the log could not be reached; try again' })
    }
  })
}

function parsePosition(text: string): { epoch: string; seq: number } {
  const colon = text.lastIndexOf(':')
  return { epoch: text.slice(0, colon), seq: Number(text.slice(colon + 1)) }
}
