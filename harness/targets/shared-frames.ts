/**
 * What is said to a room comes once for each of its clients, with the same bytes each time. Here it is decoded, parsed and checked the first time only;
 * later on its bytes are compared with those that came before, all of them.
 *
 * Which ones to compare with is a guess: after this frame came that one for the client before, so it will be the same for this client. Where
 * it is wrong a hash finds the frame. Memory is bounded: two generations of bytes, of which the older one is forgotten when the younger one is
 * full.
 */

import { type ParsedFrame, parseServiceFrame } from '../../client/client.ts'
import { serverHeader } from '../websocket/frame-writer.ts'
import { textOf } from '../websocket/text.ts'

/** Of the two generations each: some thousand messages, which come to all of a worker's clients within a fraction of a second. */
const GENERATION_BYTES = 1_048_576
const HEADER_BYTES_MAX = 10
/** Kind, room, place and sender stand at the beginning of a frame. */
const HASHED_BYTES_MAX = 192

interface SharedFrame {
  readonly generation: Generation
  readonly index: number
  /** Where its header begins. */
  readonly start: number
  readonly headerBytes: number
  /** With its header; -1 once it is forgotten: then it is equal to nothing. */
  size: number
  parsed: ParsedFrame
  /** What came after it, for whoever heard it last. */
  next: SharedFrame | null
}

/** Where one connection is in the stream of frames. */
export interface FrameCursor {
  last: SharedFrame | null
}

/** One whose frames are skimmed. */
export interface FrameHearer extends FrameCursor {
  /** False: no more. */
  hear(frame: ParsedFrame): boolean
}

class Generation {
  /** Frames as servers write them, one behind the other. */
  readonly bytes = Buffer.allocUnsafeSlow(GENERATION_BYTES)
  readonly byHash = new Map<number, SharedFrame>()
  /** All of them, also those whose hash is now another one's. */
  readonly frames: SharedFrame[] = []
  used = 0

  hasRoomFor(payloadBytes: number): boolean {
    return this.used + HEADER_BYTES_MAX + payloadBytes <= GENERATION_BYTES
  }

  add(bytes: Buffer, start: number, end: number, hash: number, parsed: ParsedFrame): SharedFrame {
    const header = serverHeader(end - start)
    const size = header.length + end - start
    const place = { generation: this, index: this.frames.length, start: this.used, headerBytes: header.length }
    const frame: SharedFrame = { ...place, size, parsed, next: null }
    header.copy(this.bytes, frame.start)
    bytes.copy(this.bytes, frame.start + header.length, start, end)
    this.used += size
    this.frames.push(frame)
    this.byHash.set(hash, frame)
    return frame
  }

  /** Also cuts the chain, or one client that hears nothing would hold everything that came since. */
  forget(): void {
    for (const frame of this.frames) {
      frame.size = -1
      frame.parsed = null
      frame.next = null
    }
    this.frames.length = 0
    this.byHash.clear()
    this.used = 0
  }
}

export class SharedFrames {
  #young = new Generation()
  #old = new Generation()

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
    const parsed = parseServiceFrame(text)
    if (!isForRoom(parsed) || end - start > GENERATION_BYTES - HEADER_BYTES_MAX) return parsed
    if (!this.#young.hasRoomFor(end - start)) this.#turnOver()
    return this.#advance(cursor, this.#young.add(bytes, start, end, hash, Object.freeze(parsed)))
  }

  /**
   * Hands on, without a look at each, the whole frames from `start` on that came before in this order and with these bytes, headers and all.
   * Returns where the first one begins that is not known so.
   */
  skim(hearer: FrameHearer, bytes: Buffer, start: number, end: number): number {
    const first = hearer.last === null ? null : hearer.last.next
    if (first === null || first.size < 0) return start
    const { generation, start: from } = first
    const length = Math.min(end - start, generation.used - from)
    if (generation.bytes.compare(bytes, start, start + length, from, from + length) !== 0) return start
    const { frames } = generation
    let at = start
    for (let index = first.index; index < frames.length; index++) {
      const frame = frames[index]!
      if (at + frame.size > start + length) break
      at += frame.size
      hearer.last = frame
      if (!hearer.hear(frame.parsed)) break
    }
    return at
  }

  #advance(cursor: FrameCursor, frame: SharedFrame): ParsedFrame {
    // A frame that is forgotten leads nowhere.
    if (cursor.last !== null && cursor.last.size >= 0) cursor.last.next = frame
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
  const { generation, size, headerBytes, start: from } = frame
  if (size !== headerBytes + end - start) return false
  return generation.bytes.compare(bytes, start, end, from + headerBytes, from + size) === 0
}

/** FNV-1a of the length and the first bytes. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - start)
  const stop = Math.min(end, start + HASHED_BYTES_MAX)
  for (let at = start; at < stop; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return hash
}
