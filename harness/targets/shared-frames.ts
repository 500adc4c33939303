/**
 * What is said to a room comes once for each of its clients, with the same bytes each time. Here it is decoded, parsed and checked the first time only;
 * later on its bytes are compared with those that came before, all of them.
 *
 * Which ones to compare with is a guess: after this frame came that one for the client before, so it will be the same for this client. Where
 * it is wrong a hash finds the frame. Memory is bounded: two generations of bytes, of which the older one is forgotten when the younger one is
 * full.
 */

import { type ParsedFrame, parseServiceFrame } from '../../client/client.ts'
import { textOf } from '../websocket/text.ts'

/** Of the two generations each: some thousand messages, which come to all of a worker's clients within a fraction of a second. */
const GENERATION_BYTES = 1_048_576
/** Kind, room, place and sender stand at the beginning of a frame. */
const HASHED_BYTES_MAX = 192

interface SharedFrame {
  readonly generation: Generation
  readonly start: number
  /** -1 once it is forgotten: then it is equal to nothing. */
  length: number
  parsed: ParsedFrame
  /** What came after it, for whoever heard it last. */
  next: SharedFrame | null
}

/** Where one connection is in the stream of frames. */
export interface FrameCursor {
  last: SharedFrame | null
}

class Generation {
  readonly bytes = Buffer.allocUnsafeSlow(GENERATION_BYTES)
  readonly byHash = new Map<number, SharedFrame>()
  /** All of them, also those whose hash is now another one's. */
  readonly #frames: SharedFrame[] = []
  #used = 0

  hasRoomFor(length: number): boolean {
    return this.#used + length <= GENERATION_BYTES
  }

  add(bytes: Buffer, start: number, end: number, hash: number, parsed: ParsedFrame): SharedFrame {
    const frame = { generation: this, start: this.#used, length: end - start, parsed, next: null }
    bytes.copy(this.bytes, this.#used, start, end)
    this.#used += frame.length
    this.#frames.push(frame)
    this.byHash.set(hash, frame)
    return frame
  }

  /** Also cuts the chain, or one client that hears nothing would hold everything that came since. */
  forget(): void {
    for (const frame of this.#frames) {
      frame.length = -1
      frame.parsed = null
      frame.next = null
    }
    this.#frames.length = 0
    this.byHash.clear()
    this.#used = 0
  }
}

export class SharedFrames {
  #young = new Generation()
  #old = new Generation()
  /** How many were decoded and parsed. */
  parsedCount = 0

  /**
   * The frame with these bytes, as `parseServiceFrame` has it; undefined where they are not UTF-8. It may be another client's as well, so it is frozen
   * where it is one that is said to a room.
   */
  parse(cursor: FrameCursor, bytes: Buffer, start: number, end: number): ParsedFrame | undefined {
    const guess = cursor.last === null ? null : cursor.last.next
    if (guess !== null && isEqual(guess, bytes, start, end)) {
      cursor.last = guess
      return guess.parsed
    }
    const hash = hashOf(bytes, start, end)
    const known = this.#young.byHash.get(hash) ?? this.#old.byHash.get(hash)
    if (known !== undefined && isEqual(known, bytes, start, end)) return this.#advance(cursor, known)
    const text = textOf(bytes, start, end)
    if (text === null) return undefined
    this.parsedCount++
    const parsed = parseServiceFrame(text)
    if (!isForRoom(parsed) || end - start > GENERATION_BYTES) return parsed
    if (!this.#young.hasRoomFor(end - start)) this.#turnOver()
    return this.#advance(cursor, this.#young.add(bytes, start, end, hash, Object.freeze(parsed)))
  }

  #advance(cursor: FrameCursor, frame: SharedFrame): ParsedFrame {
    // A frame that is forgotten leads nowhere.
    if (cursor.last !== null && cursor.last.length >= 0) cursor.last.next = frame
    cursor.last = frame
    return frame.parsed
  }

  #turnOver(): void {
    const forgotten = this.#old
    forgotten.forget()
    this.#old = this.#young
    this.#young = forgotten
  }
}

function isForRoom(parsed: ParsedFrame): boolean {
  return typeof parsed === 'object' && (parsed?.type === 'message' || parsed?.type === 'count')
}

function isEqual(frame: SharedFrame, bytes: Buffer, start: number, end: number): boolean {
  const { length, start: from } = frame
  return length === end - start && frame.generation.bytes.compare(bytes, start, end, from, from + length) === 0
}

/** FNV-1a of the length and the first bytes. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - start)
  const stop = Math.min(end, start + HASHED_BYTES_MAX)
  for (let at = start; at < stop; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return hash
}
