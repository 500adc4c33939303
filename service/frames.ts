/** Reads a client's frames: text in, a checked frame or the `error` that it gets out. */

import { type ClientFrame, type ErrorCode, type Position, ROOM_PATTERN, SESSION_PATTERN } from './protocol.ts'

export interface FrameError {
  readonly code: ErrorCode
  readonly message: string
  readonly room?: string
}

export type ReadFrame = { readonly frame: ClientFrame } | { readonly error: FrameError }

const EPOCH_PATTERN = /^[A-Za-z0-9_-]{1,32}$/

type Fields = Readonly<Record<string, unknown>>

/** Never throws. Fields that are not known are ignored, so that newer clients can talk to older services. */
export function readFrame(text: string): ReadFrame {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return failure('not-json', 'the frame is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return failure('not-a-frame', 'the frame is not a JSON object')
  }
  const fields = value as Fields
  switch (fields.type) {
    case 'join':
      return readJoin(fields)
    case 'leave':
      return isRoom(fields.room) ? { frame: { type: 'leave', room: fields.room } } : badRoom(fields)
    case 'send':
      return readSend(fields)
    case 'ping':
      return isWhole(fields.nonce, 0)
        ? { frame: { type: 'ping', nonce: fields.nonce } }
        : failure('bad-field', 'ping.nonce must be a whole number from 0')
  }
  if (typeof fields.type !== 'string') return failure('not-a-frame', 'the frame has no string field "type"')
  return failure('unknown-type', `no frame has the type "${fields.type.slice(0, 32)}"`)
}

function readJoin(fields: Fields): ReadFrame {
  const { room, position, history } = fields
  if (!isRoom(room)) return badRoom(fields)
  if (position !== undefined && !isPosition(position)) {
    return failure('bad-field', 'join.position must be {epoch: string, seq: whole number from 0}', room)
  }
  if (history !== undefined && !isWhole(history, 0)) {
    return failure('bad-field', 'join.history must be a whole number from 0', room)
  }
  if (position !== undefined && history !== undefined) {
    return failure('bad-field', 'join takes position or history, not both', room)
  }
  const asked = position && { epoch: position.epoch, seq: position.seq }
  return { frame: { type: 'join', room, position: asked, history } }
}

function readSend(fields: Fields): ReadFrame {
  const { room, session, n, text } = fields
  if (!isRoom(room)) return badRoom(fields)
  if (typeof session !== 'string' || !SESSION_PATTERN.test(session)) {
    return failure('bad-field', 'send.session must be <sender>.<generation>, as in k3j9.1', room)
  }
  if (!isWhole(n, 1)) return failure('bad-field', 'send.n must be a whole number from 1', room)
  if (typeof text !== 'string') return failure('bad-field', 'send.text must be a string', room)
  return { frame: { type: 'send', room, session, n, text } }
}

function failure(code: ErrorCode, message: string, room?: string): ReadFrame {
  return { error: room === undefined ? { code, message } : { code, message, room } }
}

function badRoom(fields: Fields): ReadFrame {
  return failure('bad-field', `${fields.type}.room must match ${ROOM_PATTERN.source}`)
}

function isRoom(value: unknown): value is string {
  return typeof value === 'string' && ROOM_PATTERN.test(value)
}

function isWhole(value: unknown, min: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min
}

function isPosition(value: unknown): value is Position {
  if (typeof value !== 'object' || value === null) return false
  const { epoch, seq } = value as Fields
  return typeof epoch === 'string' && EPOCH_PATTERN.test(epoch) && isWhole(seq, 0)
}
