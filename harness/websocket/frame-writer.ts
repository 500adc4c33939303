/**
 * Frames as a client writes them: whole and masked. A mask has to be unpredictable (RFC 6455, section 5.3), so it comes from the system's source of
 * randomness, many at a time.
 */

import { randomFillSync } from 'node:crypto'
import { CLOSE, CONTROL_BYTES_MAX, OPCODES } from './frame.ts'

const MASK_BYTES = 4
/** In the second byte. */
const MASKED = 0x80
const MASKS_AT_ONCE = 1024

const masks = Buffer.alloc(MASKS_AT_ONCE * MASK_BYTES)
let masksUsed = MASKS_AT_ONCE

export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const frame = begin(OPCODES.text, length)
  frame.write(text, frame.length - length, 'utf8')
  return mask(frame, length)
}

/** An answer to a ping: its payload, which is at most {@link CONTROL_BYTES_MAX} bytes. */
export function pongFrame(payload: Uint8Array): Buffer {
  const frame = begin(OPCODES.pong, payload.length)
  frame.set(payload, frame.length - payload.length)
  return mask(frame, payload.length)
}

/** With 1005 it carries no code. The reason takes at most 123 bytes. */
export function closeFrame(code: number, reason = ''): Buffer {
  if (code === CLOSE.noCode) return mask(begin(OPCODES.close, 0), 0)
  const length = 2 + Buffer.byteLength(reason)
  if (length > CONTROL_BYTES_MAX) throw new RangeError(`a reason takes at most 123 bytes, found ${length - 2}`)
  const frame = begin(OPCODES.close, length)
  frame.writeUInt16BE(code, frame.length - length)
  frame.write(reason, frame.length - length + 2, 'utf8')
  return mask(frame, length)
}

/** The header that a server puts before a text of so many bytes that is one frame. */
export function serverHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytesOf(length))
  putHeader(header, OPCODES.text, length, 0)
  return header
}

/** A final frame's header, with room for mask and payload at its end. */
function begin(opcode: number, length: number): Buffer {
  const frame = Buffer.allocUnsafe(headerBytesOf(length) + MASK_BYTES + length)
  putHeader(frame, opcode, length, MASKED)
  return frame
}

function headerBytesOf(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10
}

function putHeader(frame: Buffer, opcode: number, length: number, masked: number): void {
  const bytes = headerBytesOf(length)
  frame[0] = 0x80 | opcode
  frame[1] = masked | (bytes === 2 ? length : bytes === 4 ? 126 : 127)
  if (bytes === 4) frame.writeUInt16BE(length, 2)
  else if (bytes === 10) frame.writeBigUInt64BE(BigInt(length), 2)
}

function mask(frame: Buffer, length: number): Buffer {
  if (masksUsed === MASKS_AT_ONCE) {
    randomFillSync(masks)
    masksUsed = 0
  }
  const from = MASK_BYTES * masksUsed++
  const payload = frame.length - length
  masks.copy(frame, payload - MASK_BYTES, from, from + MASK_BYTES)
  for (let index = 0; index < length; index++) frame[payload + index]! ^= masks[from + (index & 3)]!
  return frame
}
