/**
 * What is said to a room comes once for each of its clients, with the same bytes each time. Here it is decoded, parsed and checked the first time only;
 * later on its bytes are compared with those that came before, all of them.
 *
 * Which ones to compare with is a guess: after this frame came that one for the client before, so it will be the same for this client. Where
 * it is wrong a hash finds the frame. Memory is bounded: two generations of bytes, of which the older one is forgotten when the younger one is
 * full.
 */

import { type ParsedFrame, parseServiceFrame } from '../../client/client.ts'
import type { MessageFrame } from '../../service/protocol.ts'
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
  /** The stretch that was found here last. */
  stretch: Stretch | null
}

/** Frames of one generation, one behind the other, that are messages of one room and epoch with seqs that rise by one. Or one frame that is no message. */
interface Stretch {
  readonly frames: readonly SharedFrame[]
  readonly messages: readonly MessageFrame[]
  readonly bytes: number
  /** Bytes of a frame that would go on with it, and was left out; infinite where there was none. */
  readonly nextBytes: number
}

/** Where one connection is in the stream of frames. */
export interface FrameCursor {
  last: SharedFrame | null
}

/** One whose frames are skimmed. */
export interface FrameHearer extends FrameCursor {
  /** False: no more. */
  hear(frame: ParsedFrame): boolean
  /** Messages of one room and epoch, with seqs that rise by one; the same array for whoever is told the same. False: it would rather hear each by itself. */
  hearStretch(messages: readonly MessageFrame[]): boolean
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
    const frame: SharedFrame = { ...place, size, parsed, next: null, stretch: null }
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
      frame.stretch = null
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
    let taken = 0
    for (let next: SharedFrame | undefined = first; next !== undefined && taken + next.size <= length; ) {
      const { frames, messages, bytes: stretchBytes } = stretchFrom(next, length - taken)
      const last = frames[frames.length - 1]!
      next = generation.frames[last.index + 1]
      if (messages.length > 0 && hearer.hearStretch(messages)) {
        taken += stretchBytes
        hearer.last = last
        continue
      }
      for (const frame of frames) {
        taken += frame.size
        hearer.last = frame
        if (!hearer.hear(frame.parsed)) return start + taken
      }
    }
    return start + taken
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

/** The longest one from this frame on that fits into `bytesMax`, as the frame itself does. Looked for once, as long as the chunks of others end where this one does. */
function stretchFrom(first: SharedFrame, bytesMax: number): Stretch {
  const known = first.stretch
  if (known !== null && known.bytes <= bytesMax && known.bytes + known.nextBytes > bytesMax) return known
  const frames = [first]
  const messages = isMessage(first.parsed) ? [first.parsed] : []
  let bytes = first.size
  let nextBytes = Number.POSITIVE_INFINITY
  for (let last = messages[0]; last !== undefined; last = messages.at(-1)) {
    const next = first.generation.frames[first.index + frames.length]
    if (next === undefined || !isMessage(next.parsed) || !isNext(last, next.parsed)) break
    if (bytes + next.size > bytesMax) {
      nextBytes = next.size
      break
    }
    frames.push(next)
    messages.push(next.parsed)
    bytes += next.size
  }
  first.stretch = { frames, messages, bytes, nextBytes }
  return first.stretch
}

function isMessage(parsed: ParsedFrame): parsed is MessageFrame {
  return typeof parsed === 'object' && parsed?.type === 'message'
}

function isNext(before: MessageFrame, { room, epoch, seq }: MessageFrame): boolean {
  return room === before.room && epoch === before.epoch && seq === before.seq + 1
}

function isForRoom(parsed: ParsedFrame): boolean {
  return isMessage(parsed) || (typeof parsed === 'object' && parsed?.type === 'count')
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
