/** Test support: bytes after the handshake that break RFC 6455, and some that only look as if they did. */

import type { Random } from './random.ts'
import { closePayload, encodeFrame, OPCODES, type WireFrame } from './websocket-wire.ts'

const UNKNOWN_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]
const CLOSE_CODES_WRONG = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
const CLOSE_CODES_RIGHT = [1000, 1001, 1002, 1003, 1007, 1014, 3000, 3999, 4000, 4400, 4999]
const NOT_UTF8 = ['ff', 'c080', 'eda080', 'f5808080', 'e282', 'c3']

export class HostileWire {
  readonly #random: Random
  readonly #frameBytesMax: number
  #nonce = 1_000_000

  constructor(random: Random, frameBytesMax: number) {
    this.#random = random
    this.#frameBytesMax = frameBytesMax
  }

  /** A few frames in a row, mostly with something wrong in the last. */
  next(): Buffer {
    const random = this.#random
    const before = Array.from({ length: random.between(0, 3) }, () => this.#right())
    const wrong = this.#wrong()
    const after = random.chance(0.3) ? this.#right() : Buffer.alloc(0)
    const bytes = Buffer.concat([...before, wrong, after])
    if (random.chance(0.1)) return bytes.subarray(0, random.between(0, bytes.length))
    return bytes
  }

  #text(): Buffer {
    return Buffer.from(`{"type":"ping","nonce":${this.#nonce++}}`)
  }

  /** Nothing is wrong with it, though not everybody writes so. */
  #right(): Buffer {
    const random = this.#random
    const text = this.#text()
    return random.weighted<() => Buffer>([
      [3, () => encodeFrame({ opcode: OPCODES.text, payload: text })],
      [3, () => this.#fragments(text, random.between(1, 6))],
      [1, () => encodeFrame({ opcode: OPCODES.text, payload: text, lengthBytes: random.pick([2, 8]) })],
      [1, () => encodeFrame({ opcode: OPCODES.ping, payload: random.bytes(random.pick([0, 1, 124, 125])) })],
      [1, () => encodeFrame({ opcode: OPCODES.pong, payload: random.bytes(random.pick([0, 1, 125])) })],
    ])()
  }

  /** One message in several frames, some of them empty, with control frames in between. */
  #fragments(payload: Buffer, count: number, last: Partial<WireFrame> = {}): Buffer {
    const random = this.#random
    const cuts = Array.from({ length: count - 1 }, () => random.between(0, payload.length)).toSorted((a, b) => a - b)
    const parts = [0, ...cuts].map((cut, index) => payload.subarray(cut, cuts[index] ?? payload.length))
    const frames = parts.flatMap((part, index) => {
      const isFinal = index === parts.length - 1
      const opcode = index === 0 ? OPCODES.text : OPCODES.continuation
      const frame = encodeFrame({ opcode, payload: part, isFinal, ...(isFinal ? last : {}) })
      return random.chance(0.2) && !isFinal
        ? [frame, encodeFrame({ opcode: OPCODES.ping, payload: part.subarray(0, 9) })]
        : [frame]
    })
    return Buffer.concat(frames)
  }

  #wrong(): Buffer {
    const random = this.#random
    const text = this.#text()
    const frame = (fields: Partial<WireFrame>) => encodeFrame({ opcode: OPCODES.text, payload: text, ...fields })
    const control = () => random.pick([OPCODES.close, OPCODES.ping, OPCODES.pong])
    const max = this.#frameBytesMax
    return random.weighted<() => Buffer>([
      [2, () => frame({ reserved: random.between(1, 7), opcode: random.pick(Object.values(OPCODES)) })],
      [2, () => frame({ opcode: random.pick(UNKNOWN_OPCODES) })],
      [2, () => frame({ isMasked: false, opcode: random.pick(Object.values(OPCODES).slice(1)) })],
      [2, () => frame({ opcode: control(), isFinal: false, payload: random.bytes(random.pick([0, 2, 125])) })],
      [2, () => frame({ opcode: control(), payload: random.bytes(random.pick([126, 127, 200, 70_000])) })],
      [1, () => frame({ opcode: control(), payload: Buffer.from('{}'), lengthBytes: random.pick([2, 8]) })],
      [2, () => frame({ opcode: OPCODES.continuation, isFinal: random.chance(0.5) })],
      [
        2,
        () =>
          Buffer.concat([frame({ isFinal: false }), frame({ opcode: random.pick([OPCODES.text, OPCODES.binary]) })]),
      ],
      [2, () => frame({ payload: Buffer.from(random.pick(NOT_UTF8), 'hex') })],
      [
        2,
        () => this.#fragments(Buffer.concat([text, Buffer.from(random.pick(NOT_UTF8), 'hex')]), random.between(2, 5)),
      ],
      [1, () => this.#fragments(Buffer.from('{"type":"🙂🙂🙂","nonce":1}'), 12)],
      [1, () => frame({ opcode: OPCODES.binary, isFinal: random.chance(0.5) })],
      [1, () => frame({ opcode: OPCODES.close, payload: random.bytes(1) })],
      [3, () => frame({ opcode: OPCODES.close, payload: closePayload(random.pick(CLOSE_CODES_WRONG)) })],
      [2, () => frame({ opcode: OPCODES.close, payload: closePayload(random.pick(CLOSE_CODES_RIGHT), 'goodbye') })],
      [1, () => frame({ opcode: OPCODES.close, payload: Buffer.alloc(0) })],
      [
        1,
        () => frame({ opcode: OPCODES.close, payload: closePayload(1000, Buffer.from(random.pick(NOT_UTF8), 'hex')) }),
      ],
      [2, () => frame({ declaredLength: BigInt(random.pick([max + 1, 2 ** 31, 2 ** 53 - 1])), lengthBytes: 8 })],
      [1, () => frame({ declaredLength: random.pick([2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]), lengthBytes: 8 })],
      [1, () => this.#fragments(Buffer.alloc(max + random.pick([0, 1]), ' '), random.between(2, 9))],
      [2, () => frame({ declaredLength: BigInt(random.between(0, 2 * text.length)) })],
      [0.05, () => this.#manyFragments()],
      [2, () => random.bytes(random.between(1, 64))],
      [3, () => this.#flipped(Buffer.concat([this.#right(), this.#right(), frame({})]))],
    ])()
  }

  /** At the number of pieces that the WebSocket layer takes, and one more. */
  #manyFragments(): Buffer {
    const piece = encodeFrame({ opcode: OPCODES.continuation, payload: Buffer.from(' '), isFinal: false })
    const count = 16_384 - 2 + this.#random.pick([0, 1])
    return Buffer.concat([
      encodeFrame({ opcode: OPCODES.text, payload: this.#text(), isFinal: false }),
      ...Array.from({ length: count }, () => piece),
      encodeFrame({ opcode: OPCODES.continuation, payload: Buffer.from(' ') }),
    ])
  }

  #flipped(bytes: Buffer): Buffer {
    const flipped = Buffer.from(bytes)
    const count = this.#random.between(1, 4)
    for (let index = 0; index < count; index++)
      flipped[this.#random.between(0, bytes.length - 1)]! ^= 1 << this.#random.between(0, 7)
    return flipped
  }
}
