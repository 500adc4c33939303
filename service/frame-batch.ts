/**
 * Text frames that go to many sockets at once: put on the wire once, as WebSocket messages of a server (RFC 6455, section 5.2: unmasked,
 * in one fragment each), one behind the other.
 */

const FINAL_TEXT = 0x81
const LENGTH_IN_16_BITS = 126
const LENGTH_IN_64_BITS = 127

export class FrameBatch {
  readonly frames: readonly string[]
  #bytes: Buffer | null = null

  constructor(frames: readonly string[]) {
    this.frames = frames
  }

  /** The same buffer each time; nobody may change it. */
  get bytes(): Buffer {
    this.#bytes ??= encode(this.frames)
    return this.#bytes
  }
}

function encode(frames: readonly string[]): Buffer {
  const lengths = frames.map(frame => Buffer.byteLength(frame))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headerBytes(length) + length, 0))
  let offset = 0
  for (const [index, frame] of frames.entries()) {
    offset = writeHeader(bytes, offset, lengths[index]!)
    offset += bytes.write(frame, offset)
  }
  return bytes
}

function headerBytes(length: number): number {
  if (length < LENGTH_IN_16_BITS) return 2
  return length < 0x1_0000 ? 4 : 10
}

/** Answers where the payload begins. */
function writeHeader(bytes: Buffer, offset: number, length: number): number {
  bytes[offset] = FINAL_TEXT
  if (length < LENGTH_IN_16_BITS) {
    bytes[offset + 1] = length
  } else if (length < 0x1_0000) {
    bytes[offset + 1] = LENGTH_IN_16_BITS
    bytes.writeUInt16BE(length, offset + 2)
  } else {
    bytes[offset + 1] = LENGTH_IN_64_BITS
    bytes.writeUInt32BE(0, offset + 2)
    bytes.writeUInt32BE(length, offset + 6)
  }
  return offset + headerBytes(length)
}
