/**
 * Test support: WebSocket frames as bytes (RFC 6455), right and wrong ones, and what a service has to make of the bytes that it gets.
 *
 * Not handled: extensions, since the service takes none.
 */

import { isUtf8 } from 'node:buffer'
import { CLOSE_CODES } from '../protocol.ts'

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** Pieces of one message beyond which ws gives up. */
const FRAGMENTS_MAX = 16_384
const TOO_MANY_FRAGMENTS = 1008
/** Always the same, those of RFC 6455, so that a seed makes the same bytes again. */
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d])
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const CONTROL_BYTES_MAX = 125

export interface WireFrame {
  readonly opcode: number
  readonly payload?: Buffer
  readonly isFinal?: boolean
  /** RSV1 to RSV3. */
  readonly reserved?: number
  readonly isMasked?: boolean
  /** Of the length: the shortest that can hold it, unless said otherwise. */
  readonly lengthBytes?: 0 | 2 | 8
  /** What the header says, where that is not the payload's length. */
  readonly declaredLength?: bigint
}

export function encodeFrame(frame: WireFrame): Buffer {
  const { opcode, payload = Buffer.alloc(0), isFinal = true, reserved = 0, isMasked = true } = frame
  const length = frame.declaredLength ?? BigInt(payload.length)
  const lengthBytes = frame.lengthBytes ?? (length <= 125n ? 0 : length < 65_536n ? 2 : 8)
  const header = Buffer.alloc(2 + lengthBytes)
  header[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode
  header[1] = (isMasked ? 0x80 : 0) | { 0: Number(length) & 0x7f, 2: 126, 8: 127 }[lengthBytes]
  if (lengthBytes === 2) header.writeUInt16BE(Number(length & 0xffffn), 2)
  if (lengthBytes === 8) header.writeBigUInt64BE(length, 2)
  if (!isMasked) return Buffer.concat([header, payload])
  return Buffer.concat([header, MASK, masked(payload, MASK)])
}

function masked(payload: Buffer, mask: Buffer): Buffer {
  const result = Buffer.allocUnsafe(payload.length)
  for (let index = 0; index < payload.length; index++) result[index] = payload[index]! ^ mask[index & 3]!
  return result
}

/** Of a close frame. */
export function closePayload(code: number, reason: Buffer | string = ''): Buffer {
  const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)])
  payload.writeUInt16BE(code)
  return payload
}

interface Header {
  readonly isFinal: boolean
  readonly reserved: number
  readonly opcode: number
  readonly isMasked: boolean
  /** Null where it is not there yet. */
  readonly length: bigint | null
  /** Bytes before the payload. */
  readonly size: number
}

/** Null where there is less than the first two bytes. */
function readHeader(bytes: Buffer): Header | null {
  if (bytes.length < 2) return null
  const [first, second] = [bytes[0]!, bytes[1]!]
  const isMasked = second >= 0x80
  const short = second & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const hasLength = bytes.length >= 2 + lengthBytes
  const long = () => (lengthBytes === 2 ? BigInt(bytes.readUInt16BE(2)) : bytes.readBigUInt64BE(2))
  return {
    isFinal: first >= 0x80,
    reserved: (first >> 4) & 7,
    opcode: first & 15,
    isMasked,
    length: lengthBytes === 0 ? BigInt(short) : hasLength ? long() : null,
    size: 2 + lengthBytes + (isMasked ? 4 : 0),
  }
}

/** The first frame that the service has written; null where it is not complete. Throws where a service must not write so. */
export function decodeServiceFrame(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | null {
  const header = readHeader(bytes)
  if (header === null || header.length === null) return null
  if (header.isMasked || header.reserved !== 0 || !header.isFinal)
    throw new Error('the service wrote a frame that is not right')
  const size = header.size + Number(header.length)
  return bytes.length < size ? null : { opcode: header.opcode, payload: bytes.subarray(header.size, size), size }
}

export type WireEvent =
  | { readonly is: 'message'; readonly bytes: Buffer; readonly isBinary: boolean }
  | { readonly is: 'ping'; readonly payload: Buffer }
  /** By the client, with the payload that the service gives back. */
  | { readonly is: 'goodbye'; readonly payload: Buffer }
  /** The service has to close with this code. */
  | { readonly is: 'violation'; readonly code: number }

/** What a service makes of the bytes that came after the handshake, until the first reason to close; a frame that is not complete is nothing. */
export function readClientBytes(bytes: Buffer, frameBytesMax: number): WireEvent[] {
  const events: WireEvent[] = []
  let rest = bytes
  let message: { opcode: number; parts: Buffer[]; length: bigint } | null = null
  const violation = (code: number) => [...events, { is: 'violation', code } as const]
  for (;;) {
    const header = readHeader(rest)
    if (header === null) return events
    const { isFinal, reserved, opcode, isMasked, length, size } = header
    const isControl = opcode >= 8
    const isKnown = Object.values(OPCODES).some(known => known === opcode)
    const isInPlace = isControl || (opcode === OPCODES.continuation) === (message !== null)
    const isRightControl =
      !isControl || (isFinal && (rest[1]! & 0x7f) <= CONTROL_BYTES_MAX && !(opcode === OPCODES.close && length === 1n))
    if (reserved !== 0 || !isKnown || !isInPlace || !isRightControl || !isMasked)
      return violation(CLOSE_CODES.protocolError.code)
    if (length === null) return events
    const total: bigint = length + (isControl ? 0n : (message?.length ?? 0n))
    if (!isControl && total > BigInt(frameBytesMax)) return violation(CLOSE_CODES.frameTooLong.code)
    if (rest.length < size + Number(length)) return events
    const payload = masked(rest.subarray(size, size + Number(length)), rest.subarray(size - 4, size))
    rest = rest.subarray(size + Number(length))
    if (opcode === OPCODES.ping) events.push({ is: 'ping', payload })
    else if (opcode === OPCODES.close) return [...events, readGoodbye(payload)]
    else if (!isControl) {
      message ??= { opcode, parts: [], length: 0n }
      message.parts.push(payload)
      message.length = total
      if (message.parts.length > FRAGMENTS_MAX) return violation(TOO_MANY_FRAGMENTS)
      if (!isFinal) continue
      const whole = { bytes: Buffer.concat(message.parts), isBinary: message.opcode === OPCODES.binary }
      if (!whole.isBinary && !isUtf8(whole.bytes)) return violation(CLOSE_CODES.notUtf8.code)
      events.push({ is: 'message', ...whole })
      message = null
    }
  }
}

/** RFC 6455 section 7.4 and the IANA registry: which codes may be on the wire. */
function readGoodbye(payload: Buffer): WireEvent {
  if (payload.length === 0) return { is: 'goodbye', payload }
  const code = payload.readUInt16BE()
  const isAllowed =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
  if (!isAllowed) return { is: 'violation', code: CLOSE_CODES.protocolError.code }
  if (!isUtf8(payload.subarray(2))) return { is: 'violation', code: CLOSE_CODES.notUtf8.code }
  return { is: 'goodbye', payload }
}

export interface HandshakeOptions {
  /** With its question mark. */
  readonly query: string
  readonly subprotocols: string | null
  readonly headers?: readonly string[]
}

/** The request that opens a WebSocket. */
export function handshake({ query, subprotocols, headers = [] }: HandshakeOptions): string {
  const lines = [
    `GET /ws${query} HTTP/1.1`,
    ...['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    `Sec-WebSocket-Key: ${KEY}`,
    ...(subprotocols === null ? [] : [`Sec-WebSocket-Protocol: ${subprotocols}`]),
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
