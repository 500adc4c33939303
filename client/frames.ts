/**
 * Frames of the service, from text to type. Checks the fields that the client relies on and nothing else: a service may add
 * fields and types, and an old client has to live with them.
 */

import type { Position, ServiceFrame } from '../service/protocol.ts'

/** A sentence that says what is wrong with the frame. */
export type FrameProblem = string

/** The frame; a sentence where it is malformed; null where its type is not known here. */
export type ParsedFrame = ServiceFrame | FrameProblem | null

export function parseServiceFrame(text: string): ParsedFrame {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return `expected a JSON object, found ${quote(text)}`
  }
  if (typeof value !== 'object' || value === null) return `expected a JSON object, found ${quote(text)}`
  const frame = value as Record<string, unknown>
  const isWellFormed = hasFieldsOfItsType(frame)
  if (isWellFormed === null) return typeof frame.type === 'string' ? null : `expected a string "type" in ${quote(text)}`
  return isWellFormed
    ? (frame as unknown as ServiceFrame)
    : `a field of this ${frame.type} frame is missing or wrong: ${quote(text)}`
}

/** Null where the type is not known. */
function hasFieldsOfItsType(frame: Record<string, unknown>): boolean | null {
  switch (frame.type as ServiceFrame['type']) {
    case 'message':
      return isString(frame.room) && isString(frame.epoch) && isWhole(frame.seq)
    case 'ack':
      return isNumbered(frame) && isString(frame.epoch) && isWhole(frame.seq)
    case 'reject':
      return isNumbered(frame) && isString(frame.code)
    case 'unconfirmed':
      return isNumbered(frame)
    case 'joined':
      return (
        isString(frame.room) && isPosition(frame.position) && typeof frame.complete === 'boolean' && isWhole(frame.top)
      )
    case 'left':
      return isString(frame.room) && isPosition(frame.position)
    case 'gap':
      return isString(frame.room) && isPosition(frame.after) && isPosition(frame.next)
    case 'count':
      return isString(frame.room) && isWhole(frame.connections) && isWhole(frame.participants)
    case 'welcome':
      return isString(frame.instance) && hasLimits(frame.limits)
    case 'draining':
      return isWhole(frame.closesInMs)
    case 'error':
      return isString(frame.code) && isString(frame.message)
    case 'pong':
      return true
    default:
      return null
  }
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

function isNumbered(frame: Record<string, unknown>): boolean {
  return isString(frame.room) && isString(frame.session) && isWhole(frame.n)
}

function isPosition(value: unknown): value is Position {
  if (typeof value !== 'object' || value === null) return false
  return isString((value as Position).epoch) && isWhole((value as Position).seq)
}

function hasLimits(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const limits = value as Record<string, unknown>
  return isWhole(limits.inFlightMax) && limits.inFlightMax >= 1 && isWhole(limits.textBytesMax)
}

/** The first characters, for a message to a person. */
function quote(text: string): string {
  const CHARACTERS_MAX = 80
  return JSON.stringify(text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}…` : text)
}
