/** Test support: bytes on the TCP port that are no HTTP, half of it, or a handshake that is none. The client says nothing more after them. */

import type { Limits } from '../protocol.ts'
import { encodeRequest } from './http-wire.ts'
import type { Random } from './random.ts'
import { handshake } from './websocket-wire.ts'

export interface HostileBytes {
  readonly what: string
  readonly bytes: Buffer
  /** Statuses of answers, each of which has to be one of these. */
  readonly statuses: readonly number[]
  /** Whether the connection may end without an answer. */
  readonly mayBeSilent: boolean
}

/** A room and a key of its own, since nobody can say what a few bytes make of a request. */
export const MUTANT_ROOM = 'mutant'
const HEADER_BYTES_MAX = 16_384

const GREETINGS = [
  'SSH-2.0-OpenSSH_9.9\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\u0016\u0003\u0001\u0000\u00c8\u0001\u0000\u0000\u00c4\u0003\u0003',
  '*1\r\n$4\r\nPING\r\n',
  'HELO localhost\r\n',
  '\u0000'.repeat(64),
  '\r\n\r\n\r\nx\r\n\r\n',
  'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
  'GET / HTTP/1.2\r\nHost: x\r\n\r\n',
  'GET / http/1.1\r\nHost: x\r\n\r\n',
  'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /\u00e4 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET \\ HTTP/1.1\r\nHost: x\r\n\r\n',
  'FOO / HTTP/1.1\r\nHost: x\r\n\r\n',
  'get / HTTP/1.1\r\nHost: x\r\n\r\n',
]

const HEADERS_WRONG = [
  ...[
    'A: \u0000',
    'A\u0000: b',
    ': b',
    'A b: c',
    'A : b',
    ' A: b',
    'A',
    '\u00e4: b',
    'A: b\r\n c',
    'A: b\nC: d',
    'A: \u007f',
    'A: b\rc',
  ],
  ...[
    'Content-Length: -1',
    'Content-Length: x',
    'Content-Length: 1 1',
    'Content-Length: +1',
    'Content-Length: 99999999999999999999',
  ],
  ...[
    'Content-Length: 0x10',
    'Content-Length: 1\r\nContent-Length: 2',
    'Content-Length: 1\r\nTransfer-Encoding: chunked',
  ],
  ...['Transfer-Encoding: chunked, gzip', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked, x'],
]

const CHUNKS_WRONG = [
  'x\r\n',
  '-1\r\n',
  '1\nx',
  '2\r\nabc',
  'fffffffffffffffff\r\n',
  '1;a=\u0000\r\nx\r\n',
  '1\r\nx\r\nz',
  ' 1\r\nx\r\n',
]

/** A right handshake with one thing wrong, and the statuses that it may get. */
const HANDSHAKES_WRONG: readonly (readonly [search: RegExp, replacement: string, status: number])[] = [
  [/Sec-WebSocket-Key: .*\r\n/, '', 400],
  [/Sec-WebSocket-Key: .*\r\n/, 'Sec-WebSocket-Key: x\r\n', 400],
  [/Sec-WebSocket-Key: .*\r\n/, `Sec-WebSocket-Key: ${'A'.repeat(5000)}\r\n`, 400],
  [/(Sec-WebSocket-Key: .*\r\n)/, '$1$1', 400],
  [/Sec-WebSocket-Version: 13\r\n/, '', 400],
  [/Version: 13/, 'Version: 12', 400],
  [/Version: 13/, 'Version: 99999999999', 400],
  [/Version: 13/, 'Version: 13, 8', 400],
  [/Upgrade: websocket/, 'Upgrade: h2c', 400],
  [/Upgrade: websocket/, 'Upgrade: websocket, h2c', 400],
  [/Upgrade: websocket\r\n/, '', 404],
  [/Connection: Upgrade/, 'Connection: close', 404],
  [/^GET/, 'POST', 404],
  [/^GET/, 'OPTIONS', 404],
  [/^GET/, 'PUT', 404],
  [/\/ws/, '/', 404],
  [/\/ws/, '/ws/', 404],
  [/\/ws/, '/WS', 404],
  [/\/ws/, '/nothing', 404],
  [/\/ws/, '/healthz', 404],
  [/\/ws/, '/readyz', 404],
  [/\/ws/, '/openapi.json', 404],
  [/\/ws/, '/rooms/r/messages', 404],
  [/\/ws/, '/%zz', 400],
  [/\/ws/, '/rooms/%/messages', 400],
]

export class HostileByteStreams {
  readonly #random: Random
  readonly #limits: Limits
  #count = 0

  constructor(random: Random, limits: Limits) {
    this.#random = random
    this.#limits = limits
  }

  next(): HostileBytes {
    const random = this.#random
    return random.weighted<() => HostileBytes>([
      [1, () => this.#bytes('nothing', '', [], true)],
      [2, () => this.#bytes('noise', random.bytes(random.between(1, 300)), [400], true)],
      [3, () => this.#bytes('a greeting', random.pick(GREETINGS), [400])],
      [3, () => this.#half()],
      [
        3,
        () =>
          this.#bytes('a header', `GET /healthz HTTP/1.1\r\nHost: x\r\n${random.pick(HEADERS_WRONG)}\r\n\r\n`, [400]),
      ],
      [
        2,
        () =>
          this.#bytes(
            'a chunk',
            `${this.#head()}Transfer-Encoding: chunked\r\n\r\n${random.pick(CHUNKS_WRONG)}`,
            [400],
          ),
      ],
      [1, () => this.#longHead()],
      [4, () => this.#wrongHandshake()],
      [2, () => this.#longBody()],
      [
        1,
        () =>
          this.#bytes(
            'after an answer',
            `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${random.pick(GREETINGS)}`,
            [200, 400],
          ),
      ],
      [4, () => this.#flipped()],
    ])()
  }

  #bytes(what: string, bytes: Buffer | string, statuses: readonly number[], mayBeSilent = false): HostileBytes {
    return { what, bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, statuses, mayBeSilent }
  }

  /** Of a request to say something, without its end. */
  #head(): string {
    const key = `Idempotency-Key: m${this.#count++}`
    return `POST /rooms/${MUTANT_ROOM}/messages?guest=mutant HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${key}\r\n`
  }

  #request(): Buffer {
    const key = `m${this.#random.between(0, 2 ** 31)}-${this.#count++}`
    return encodeRequest({
      method: 'POST',
      target: `/rooms/${MUTANT_ROOM}/messages?guest=mutant`,
      headers: [
        ['Content-Type', 'application/json'],
        ['Idempotency-Key', key],
      ],
      body: Buffer.from('{"text":"hello"}'),
    })
  }

  #half(): HostileBytes {
    const whole = this.#random.chance(0.5)
      ? this.#request()
      : Buffer.from(handshake({ query: '?guest=a', subprotocols: 'tuesday.v1' }))
    return this.#bytes('half a request', whole.subarray(0, this.#random.between(1, whole.length - 1)), [400])
  }

  #longHead(): HostileBytes {
    const random = this.#random
    const long = 'a'.repeat(HEADER_BYTES_MAX + random.pick([0, 4000]))
    const head = random.pick([
      `GET /${long} HTTP/1.1\r\n`,
      `GET / HTTP/1.1\r\nA: ${long}\r\n`,
      `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(4000)}`,
    ])
    return this.#bytes('a long head', head, [431], true)
  }

  #wrongHandshake(): HostileBytes {
    const [search, replacement, status] = this.#random.pick(HANDSHAKES_WRONG)
    const bytes = handshake({ query: '?guest=a', subprotocols: 'tuesday.v1' }).replace(search, replacement)
    return this.#bytes(`a handshake with ${search} as ${replacement.slice(0, 30)}`, bytes, [status])
  }

  /** Refused as soon as it is known to be too long. */
  #longBody(): HostileBytes {
    const random = this.#random
    const length = this.#limits.frameBytesMax + random.pick([1, 1000, 10 ** 9])
    if (random.chance(0.7)) return this.#bytes('a long body', `${this.#head()}Content-Length: ${length}\r\n\r\n`, [413])
    const size = this.#limits.frameBytesMax + 1
    return this.#bytes(
      'a long chunk',
      `${this.#head()}Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${' '.repeat(size)}`,
      [413],
    )
  }

  /** A few bits of a right request are other ones, though not those of the room, which nobody could find again. */
  #flipped(): HostileBytes {
    const random = this.#random
    const bytes = this.#request()
    const room = bytes.indexOf(MUTANT_ROOM)
    for (let left = random.between(1, 3); left > 0; left--) {
      const at = random.between(0, bytes.length - 1)
      if (at < room || at >= room + MUTANT_ROOM.length) bytes[at]! ^= 1 << random.between(0, 7)
    }
    return this.#bytes('a request with other bits', bytes, [200, 201, 400, 401, 404, 413, 415, 417, 422], true)
  }
}
