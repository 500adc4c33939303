/**
 * Test support: what docs/protocol.md says of a frame by itself, whatever went before. Written from the document and not from `frames.ts`, so
 * that each can be wrong alone. Names that `protocol.ts` defines as patterns are taken from there.
 */

import { isUtf8 } from 'node:buffer'
import {
  CLOSE_CODES,
  type ErrorCode,
  type JoinFrame,
  type LeaveFrame,
  type Limits,
  type PingFrame,
  ROOM_PATTERN,
  SESSION_PATTERN,
  type SendFrame,
} from '../protocol.ts'

/** What a client sends: the payload of one WebSocket message. */
export interface Payload {
  readonly bytes: Buffer
  readonly isBinary: boolean
}

export type Reading =
  | { readonly is: 'frame'; readonly frame: JoinFrame | LeaveFrame | SendFrame | PingFrame }
  /** `room` is null where the frame names none that could be. */
  | { readonly is: 'error'; readonly code: ErrorCode; readonly room: string | null }
  /** Closed by the WebSocket layer, without a frame "error". */
  | { readonly is: 'close'; readonly code: number }

/** Of an epoch's name, which is opaque to clients; longer and other ones cannot have come from the service. */
const EPOCH_PATTERN = /^[A-Za-z0-9_-]{1,32}$/

type Fields = Readonly<Record<string, unknown>>

export function readPayload({ bytes, isBinary }: Payload, limits: Limits): Reading {
  if (bytes.length > limits.frameBytesMax) return { is: 'close', code: CLOSE_CODES.frameTooLong.code }
  if (isBinary) return error('binary-frame')
  if (!isUtf8(bytes)) return { is: 'close', code: CLOSE_CODES.notUtf8.code }
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    return error('not-json')
  }
  if (!isObject(value) || typeof value.type !== 'string') return error('not-a-frame')
  return readFields(value)
}

function readFields(fields: Fields): Reading {
  const { type, nonce } = fields
  const room = isName(fields.room, ROOM_PATTERN) ? fields.room : null
  if (type === 'ping') return isWhole(nonce, 0) ? { is: 'frame', frame: { type, nonce } } : error('bad-field')
  if (type !== 'join' && type !== 'leave' && type !== 'send') return error('unknown-type', room)
  if (room === null) return error('bad-field')
  if (type === 'leave') return { is: 'frame', frame: { type, room } }
  return type === 'send' ? readSend(fields, room) : readJoin(fields, room)
}

function readSend({ session, n, text }: Fields, room: string): Reading {
  const isRight = isName(session, SESSION_PATTERN) && isWhole(n, 1) && typeof text === 'string'
  return isRight ? { is: 'frame', frame: { type: 'send', room, session, n, text } } : error('bad-field', room)
}

function readJoin({ position, history }: Fields, room: string): Reading {
  if (position !== undefined && history !== undefined) return error('bad-field', room)
  if (history !== undefined) {
    return isWhole(history, 0) ? { is: 'frame', frame: { type: 'join', room, history } } : error('bad-field', room)
  }
  if (position === undefined) return { is: 'frame', frame: { type: 'join', room } }
  if (!isObject(position)) return error('bad-field', room)
  const { epoch, seq } = position
  return isName(epoch, EPOCH_PATTERN) && isWhole(seq, 0)
    ? { is: 'frame', frame: { type: 'join', room, position: { epoch, seq } } }
    : error('bad-field', room)
}

function error(code: ErrorCode, room: string | null = null): Reading {
  return { is: 'error', code, room }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isName(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

function isWhole(value: unknown, min: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) < 2 ** 53
}
