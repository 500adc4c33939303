/**
 * Reads the frames that a server writes, chunk by chunk. A frame that is whole within one chunk is handed over as a range of that chunk, without
 * a copy; of one that is not, only what has come is kept. Between frames a reader holds nothing.
 *
 * Not checked here: whether a text is UTF-8. Who turns the bytes into a string does that (see text.ts), and most frames of a crowded room are
 * never turned into one.
 */

import { CLOSE, CONTROL_BYTES_MAX, isCloseCode, OPCODES } from './frame.ts'
import { isText } from './text.ts'

/** What comes of reading. Ranges of bytes are valid during the call only. */
export interface FrameSink {
  /**
   * Between two messages: bytes from a frame's beginning to the end of the chunk. Whoever knows them by heart takes what is known, in whole frames, and
   * returns where it ends; `start` where nothing is.
   */
  skim(bytes: Buffer, start: number, end: number): number
  /** A whole text message. */
  text(bytes: Buffer, start: number, end: number): void
  ping(bytes: Buffer, start: number, end: number): void
  /** The other end wants to close, or has answered. 1005 where it gives no code. */
  closing(code: number): void
  /** What came is not a WebSocket, and nothing is read any more: close with this code. */
  broken(code: number, why: string): void
}

interface Fragments {
  readonly parts: Buffer[]
  bytes: number
}

/** Bytes of a frame that has not come whole: as far as they have come. */
interface Rest {
  bytes: Buffer
  filled: number
}

/** Not all bytes are there yet. */
const INCOMPLETE = -1

export class FrameReader {
  readonly #sink: FrameSink
  readonly #messageBytesMax: number
  #rest: Rest | null = null
  #fragments: Fragments | null = null
  /** A close frame was read, or something that is wrong: the rest means nothing. */
  #isDone = false

  constructor(sink: FrameSink, messageBytesMax: number) {
    this.#sink = sink
    this.#messageBytesMax = messageBytesMax
  }

  /** Reads on; `end` is where the chunk ends, which may be used again afterwards. */
  read(chunk: Buffer, start: number, end: number): void {
    let at = this.#rest === null ? start : this.#fill(this.#rest, chunk, start, end)
    if (at < end && this.#fragments === null && !this.#isDone) at = this.#sink.skim(chunk, at, end)
    while (at < end && !this.#isDone) {
      const next = this.#frame(chunk, at, end)
      if (next === INCOMPLETE) break
      at = next
    }
    if (at < end && !this.#isDone) this.#keep(chunk, at, end)
  }

  /** No more is read: what is wrong was found by somebody else. */
  stop(): void {
    this.#isDone = true
    this.#rest = null
    this.#fragments = null
  }

  /** Reads one frame and returns where the next one begins. */
  #frame(bytes: Buffer, start: number, end: number): number {
    const size = this.#sizeOf(bytes, start, end)
    if (size === INCOMPLETE || start + size > end) return INCOMPLETE
    const next = start + size
    const length = bytes[start + 1]!
    const payload = start + (length < 126 ? 2 : length === 126 ? 4 : 10)
    const first = bytes[start]!
    const isFinal = first >= 0x80
    switch (first & 0x0f) {
      case OPCODES.text:
        if (isFinal) this.#sink.text(bytes, payload, next)
        else this.#fragments = { parts: [Buffer.from(bytes.subarray(payload, next))], bytes: next - payload }
        break
      case OPCODES.continuation:
        this.#goOn(bytes, payload, next, isFinal)
        break
      case OPCODES.ping:
        this.#sink.ping(bytes, payload, next)
        break
      case OPCODES.close:
        this.#close(bytes, payload, next)
    }
    return next
  }

  /** Bytes of the frame that begins here, header and all, once enough of its header has come. Where it is wrong, reading ends. */
  #sizeOf(bytes: Buffer, start: number, end: number): number {
    if (end - start < 2) return INCOMPLETE
    const first = bytes[start]!
    const second = bytes[start + 1]!
    const problem = this.#problemOf(first, second)
    if (problem !== null) return this.#fail(CLOSE.protocolError, problem)
    if ((first & 0x0f) === OPCODES.binary) return this.#fail(CLOSE.unsupportedData, 'a binary frame')
    let header = 2
    let length = second
    if (second === 126) {
      header = 4
      if (end - start < header) return INCOMPLETE
      length = bytes.readUInt16BE(start + 2)
    } else if (second === 127) {
      header = 10
      if (end - start < header) return INCOMPLETE
      length = bytes.readUInt32BE(start + 2) * 2 ** 32 + bytes.readUInt32BE(start + 6)
    }
    if ((first & 0x08) === 0 && length + (this.#fragments?.bytes ?? 0) > this.#messageBytesMax) {
      return this.#fail(CLOSE.messageTooLong, `a message longer than ${this.#messageBytesMax} bytes`)
    }
    return header + length
  }

  #problemOf(first: number, second: number): string | null {
    // Nearly all frames: the last one of a text, neither masked nor within fragments.
    if (first === 0x81 && second < 0x80 && this.#fragments === null) return null
    const opcode = first & 0x0f
    if ((first & 0x70) !== 0) return 'a reserved bit is set'
    if (second >= 0x80) return 'a server masks nothing'
    if (opcode >= OPCODES.close) {
      if (opcode > OPCODES.pong) return `an unknown opcode, ${opcode}`
      if (first < 0x80) return 'a control frame in fragments'
      return second > CONTROL_BYTES_MAX ? 'a control frame that is too long' : null
    }
    if (opcode > OPCODES.binary) return `an unknown opcode, ${opcode}`
    if (opcode === OPCODES.continuation) return this.#fragments === null ? 'a continuation of nothing' : null
    return this.#fragments === null ? null : 'a new message within another one'
  }

  #goOn(bytes: Buffer, start: number, end: number, isFinal: boolean): void {
    const fragments = this.#fragments!
    fragments.parts.push(Buffer.from(bytes.subarray(start, end)))
    fragments.bytes += end - start
    if (!isFinal) return
    this.#fragments = null
    this.#sink.text(Buffer.concat(fragments.parts), 0, fragments.bytes)
  }

  #close(bytes: Buffer, start: number, end: number): void {
    if (end === start) {
      this.stop()
      return this.#sink.closing(CLOSE.noCode)
    }
    const code = end - start === 1 ? 0 : bytes.readUInt16BE(start)
    if (!isCloseCode(code)) this.#fail(CLOSE.protocolError, 'a close frame without a valid code')
    else if (!isText(bytes, start + 2, end)) this.#fail(CLOSE.invalidText, 'a reason that is not UTF-8')
    else {
      this.stop()
      this.#sink.closing(code)
    }
  }

  /** Takes what is still missing of the frame that has begun, and reads it once it is whole. Returns how far the chunk is used up. */
  #fill(rest: Rest, chunk: Buffer, start: number, end: number): number {
    let at = start
    while (at < end) {
      at = take(rest, chunk, at, end)
      const size = this.#sizeOf(rest.bytes, 0, rest.filled)
      if (this.#isDone) return end
      // Without its length byte by byte, so that nothing of a following frame gets in.
      const wanted = size === INCOMPLETE ? rest.filled + 1 : size
      if (rest.bytes.length !== wanted) grow(rest, wanted)
      if (rest.filled < wanted) continue
      this.#rest = null
      this.#frame(rest.bytes, 0, size)
      break
    }
    return at
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const size = this.#sizeOf(chunk, start, end)
    if (this.#isDone) return
    const rest = { bytes: Buffer.allocUnsafeSlow(size === INCOMPLETE ? end - start + 1 : size), filled: 0 }
    take(rest, chunk, start, end)
    this.#rest = rest
  }

  #fail(code: number, why: string): typeof INCOMPLETE {
    this.stop()
    this.#sink.broken(code, why)
    return INCOMPLETE
  }
}

/** Copies what fits and returns how far the chunk is used up. */
function take(rest: Rest, chunk: Buffer, start: number, end: number): number {
  const copied = chunk.copy(rest.bytes, rest.filled, start, end)
  rest.filled += copied
  return start + copied
}

function grow(rest: Rest, size: number): void {
  const grown = Buffer.allocUnsafeSlow(size)
  rest.bytes.copy(grown, 0, 0, rest.filled)
  rest.bytes = grown
}
