/** Test support: HTTP requests that are well-formed as HTTP and odd in what they say, and some that are quite right. */

import type { Limits } from '../protocol.ts'
import { hostileText, stringText, textAround, valueText } from './hostile-values.ts'
import type { HttpRequest } from './http-wire.ts'
import type { Random } from './random.ts'
import type { RoomModel } from './room-model.ts'

type Header = readonly [name: string, value: string]

export interface RequestSurroundings {
  readonly rooms: readonly RoomModel[]
  readonly guests: readonly string[]
  /** Good ones and others. */
  readonly tokens: readonly string[]
}

const TYPES_RIGHT = [
  'application/json',
  'Application/JSON',
  'application/json; charset=utf-8',
  'application/json;charset="utf-8"',
]
const TYPES_WRONG = [
  ...['text/plain', 'text/xml', 'application/jsonx', 'application/x-www-form-urlencoded', 'multipart/form-data', '*/*'],
  ...['application/', 'json', 'application/json+x', 'application/octet-stream', 'text/json', 'a/b; c=application/json'],
]
const METHODS = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH']
const PATHS = [
  ...[
    '/',
    '//',
    '/rooms',
    '/rooms/',
    '/rooms/r',
    '/rooms/r/',
    '/rooms/r/messages/',
    '/rooms/r/messages/1',
    '/ROOMS/r/messages',
  ],
  ...[
    '/healthz/',
    '/Healthz',
    '//healthz',
    '/metrics',
    '/.env',
    '/../healthz',
    '/%2e%2e/healthz',
    '/rooms//messages',
    '/%00',
  ],
  ...['/%', '/%zz', '/rooms/%/messages', '/rooms/%e4/messages', '/rooms/%c0%af/messages', '/ws', '/ws%', '/healthz%'],
]
const LATIN_1 = String.fromCharCode(...Array.from({ length: 127 }, (_, index) => 129 + index))

export class HostileRequests {
  readonly #random: Random
  readonly #limits: Limits
  /** Said before, so that it can be said again. */
  #lastPublish: HttpRequest | null = null
  #count = 0

  constructor(random: Random, limits: Limits) {
    this.#random = random
    this.#limits = limits
  }

  next(around: RequestSurroundings): HttpRequest {
    const random = this.#random
    return random.weighted<() => HttpRequest>([
      [8, () => this.#publish(around)],
      [3, () => this.#again(around)],
      [4, () => this.#history(around)],
      [2, () => this.#elsewhere(around)],
      [
        1,
        () => ({
          method: random.pick(['GET', 'HEAD']),
          target: random.pick(['/healthz', '/readyz']),
          headers: [],
          body: null,
        }),
      ],
    ])()
  }

  /** Right in each part more often than not. */
  #publish(around: RequestSurroundings): HttpRequest {
    const random = this.#random
    const { query, headers } = this.#caller(around)
    const body = random.chance(0.05) ? null : this.#body()
    const target = `/rooms/${this.#room(around)}/messages${query === '' ? '' : `?${query}`}`
    const all = random.shuffled([...headers, ...this.#key(), ...this.#type(), ...this.#junkHeaders()])
    const request = { method: 'POST', target, headers: all, body, isChunked: random.chance(0.1) }
    this.#lastPublish = request
    return request
  }

  /** The last one, as it was or with another text. */
  #again(around: RequestSurroundings): HttpRequest {
    const last = this.#lastPublish
    if (last === null || this.#random.chance(0.1)) return this.#publish(around)
    return this.#random.chance(0.5) ? last : { ...last, body: Buffer.from('{"text":"another"}') }
  }

  #history(around: RequestSurroundings): HttpRequest {
    const random = this.#random
    const { query, headers } = this.#caller(around)
    const { epoch, top } = random.pick(around.rooms)
    const after = random.weighted<() => string>([
      [4, () => `${epoch ?? 'e'}:${random.pick([0, top, top + 1, random.between(0, top), 999_999_999_999_999])}`],
      [1, () => `unknown:${random.between(0, 9)}`],
      [
        2,
        () =>
          random.pick([
            '',
            ':',
            'e',
            'e:',
            ':1',
            'e:-1',
            'e:1.5',
            'e:x',
            'e:1:1',
            `${'e'.repeat(33)}:1`,
            'e:1234567890123456',
          ]),
      ],
      [1, () => hostileText(random, 200)],
    ])
    const limit = () =>
      random.pick(['1', '2', '199', '200', '007', '0', '201', '-1', 'x', '1.5', '', '1e9', 'NaN', '9'.repeat(30)])
    const parts = [query]
    if (random.chance(0.7)) parts.push(`after=${encodeURIComponent(after())}`)
    if (random.chance(0.5)) parts.push(`limit=${encodeURIComponent(limit())}`)
    if (random.chance(0.05)) parts.push('after=e:1', 'limit=1')
    if (random.chance(0.2)) parts.push(this.#junkParameter())
    const target = `/rooms/${this.#room(around)}/messages?${random.shuffled(parts).join('&')}`
    return { method: 'GET', target, headers: [...headers, ...this.#junkHeaders()], body: null }
  }

  #elsewhere(around: RequestSurroundings): HttpRequest {
    const random = this.#random
    const room = random.pick(around.rooms).name
    if (random.chance(0.7)) {
      const target = random.chance(0.8) ? random.pick(PATHS) : `/${encodeURIComponent(hostileText(random, 100))}`
      return { method: random.pick(['GET', 'POST']), target: `${target}?guest=ann`, headers: [], body: null }
    }
    return {
      method: random.pick(METHODS),
      target: `/rooms/${room}/messages?guest=ann`,
      headers: this.#type(),
      body: this.#body(),
    }
  }

  #room(around: RequestSurroundings): string {
    const random = this.#random
    if (random.chance(0.85)) return random.pick(around.rooms).name
    if (random.chance(0.2))
      return random.pick(['r'.repeat(65), 'r'.repeat(100), 'r'.repeat(101), 'r'.repeat(2000), '%72%', '%ff'])
    return encodeURIComponent(hostileText(random, 300))
  }

  #caller(around: RequestSurroundings): { query: string; headers: Header[] } {
    const random = this.#random
    const headers: Header[] = []
    if (random.chance(0.25)) {
      const token = random.pick(around.tokens)
      const scheme = random.pick(['Bearer ', 'bearer ', 'Bearer  ', 'BEARER ', 'Bearer  ', 'Basic ', 'Bearer', ''])
      headers.push(['Authorization', scheme + token])
    }
    const guest = random.pick(around.guests)
    const query = random.weighted<() => string>([
      [12, () => `guest=${guest}`],
      [1, () => `guest=%${guest.charCodeAt(0).toString(16)}${guest.slice(1)}`],
      [1, () => this.#junkParameter()],
      [
        1,
        () =>
          random.pick([
            '',
            'guest',
            'guest=',
            'guest=a&guest=b',
            'guest[]=a',
            'guest=%',
            'guest=%zz',
            'guest=a+b',
            'Guest=a',
          ]),
      ],
      [1, () => `guest=${encodeURIComponent(hostileText(random, 70))}`],
      [1, () => `guest=${'g'.repeat(random.pick([57, 58, 59, 64, 65]))}`],
      [1, () => `${this.#junkParameter()}&guest=${guest}`],
    ])()
    return { query, headers }
  }

  #junkParameter(): string {
    const random = this.#random
    const key = random.pick(['__proto__', 'constructor', 'toString', 'x', '', 'Guest', 'guest.', '%', 'a%00'])
    return `${key}=${encodeURIComponent(hostileText(random, 100))}`
  }

  #key(): Header[] {
    const random = this.#random
    const name = random.pick(['Idempotency-Key', 'idempotency-key', 'IDEMPOTENCY-KEY'])
    const fresh = `${this.#count++}-`
    return random.weighted<() => Header[]>([
      [10, () => [[name, `${fresh}key`]]],
      [1, () => []],
      [1, () => [[name, random.pick(['', ' ', '\t'])]]],
      [1, () => [[name, fresh.padEnd(random.pick([255, 256, 257, 4000]), 'k')]]],
      [
        1,
        () => [
          [name, `${fresh}${random.pick([LATIN_1, '"', '\\', '{}', ',;=', '\u0080', '%00', 'a b', '__proto__'])}x`],
        ],
      ],
      [
        0.5,
        () => [
          [name, `${fresh}a`],
          [name, 'b'],
        ],
      ],
      [0.5, () => [[name, random.pick(['same', '__proto__', '0'])]]],
    ])()
  }

  #type(): Header[] {
    const random = this.#random
    if (random.chance(0.75)) return [['Content-Type', 'application/json']]
    if (random.chance(0.2)) return []
    return [['Content-Type', random.pick(random.chance(0.5) ? TYPES_RIGHT : TYPES_WRONG)]]
  }

  #junkHeaders(): Header[] {
    const random = this.#random
    if (random.chance(0.8)) return []
    return [
      random.pick<Header>([
        ['__proto__', 'x'],
        ['constructor', 'x'],
        ['X-Forwarded-For', '1.2.3.4, ::1, \u00ff'],
        ['X-Forwarded-Host', 'evil.example'],
        ['Cookie', '=;=; __proto__=x'],
        ['Accept', 'nothing/at-all;q=x'],
        ['Accept-Version', '9.9.9'],
        ['Accept-Encoding', 'br;q=1.0, x'],
        ['Content-Encoding', 'gzip'],
        ['Range', 'bytes=-1'],
        ['If-Match', '"x"'],
        ['Origin', 'null'],
        ['X-Long', 'x'.repeat(4000)],
      ]),
    ]
  }

  #body(): Buffer {
    const random = this.#random
    const { textBytesMax, frameBytesMax } = this.#limits
    const right = () => `{"text":${random.chance(0.5) ? stringText(random) : '"hello"'}}`
    const text = random.weighted<() => string>([
      [12, right],
      [1, () => ` \n\t${right()}\r\n`],
      [1, () => `\ufeff${right()}`],
      [1, () => '{"text":""}'],
      [2, () => `{"text":${valueText(random)}}`],
      [1, () => valueText(random)],
      [
        1,
        () =>
          `{"text":"x",${JSON.stringify(random.pick(['__proto__', 'constructor', 'from', '']))}:${valueText(random)}}`,
      ],
      [1, () => `{"__proto__":{"text":"x"}}`],
      [0.5, () => `{"text":"first","text":${stringText(random)}}`],
      [1, () => right().slice(0, -1)],
      [0.5, () => ''],
      [4, () => `{"text":${JSON.stringify(textAround(random, textBytesMax))}}`],
      [0.5, () => right().padEnd(frameBytesMax + random.pick([-1, 0]))],
    ])()
    const bytes = Buffer.from(text.toWellFormed())
    if (random.chance(0.03)) return Buffer.concat([Buffer.from('{"text":"'), random.bytes(3), Buffer.from('"}')])
    return bytes
  }
}
