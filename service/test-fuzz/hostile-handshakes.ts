/** Test support: who knocks at the door, with which name, token, subprotocols and origin; and what docs/protocol.md says to that. */

import { createHmac } from 'node:crypto'
import { CLOSE_CODES, GUEST_PREFIX, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX, USER_PATTERN } from '../protocol.ts'
import { TEST_SECRET, tokenOf } from '../test-token.ts'
import { hostileText } from './hostile-values.ts'
import type { Random } from './random.ts'
import type { ReadToken } from './request-oracle.ts'
import type { HandshakeOptions } from './websocket-wire.ts'

/** Of RFC 9110 section 5.6.2. */
const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~09azAZ"
const LIST_ITEM = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** What `Host` says in every handshake. */
const HOST = 'localhost'

export class HostileHandshakes {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  next(guests: readonly string[], tokens: readonly string[]): HandshakeOptions {
    const random = this.#random
    const token = () => TOKEN_SUBPROTOCOL_PREFIX + random.pick(tokens)
    const subprotocols = random.weighted<() => string | null>([
      [4, () => SUBPROTOCOL],
      [4, () => `${SUBPROTOCOL}, ${token()}`],
      [1, () => `${token()},${SUBPROTOCOL}`],
      [1, () => `other, ${SUBPROTOCOL}`],
      [1, () => token()],
      [1, () => random.pick(['Tuesday.v1', 'tuesday.v2', 'tuesday.v1.', '__proto__', 'token.', 'token'])],
      [1, () => `${SUBPROTOCOL}, token.${random.text(TOKEN_CHARACTERS, random.pick([0, 1, 30, 3000]))}`],
      [
        1,
        () =>
          random.pick([
            '',
            ',',
            'a,,b',
            'a b',
            'a;b',
            '"a"',
            `${SUBPROTOCOL},${SUBPROTOCOL}`,
            `${SUBPROTOCOL}, token.{}`,
          ]),
      ],
      [0.5, () => null],
    ])()
    const guest = random.pick(guests)
    const query = random.weighted<() => string>([
      [6, () => `?guest=${guest}`],
      [2, () => `?guest=${encodeURIComponent(hostileText(random, 80))}`],
      [1, () => `?guest=${'g'.repeat(random.pick([57, 58, 59, 64, 65, 2000]))}`],
      [
        1,
        () =>
          random.pick([
            '',
            '?',
            '?guest',
            '?guest=',
            '?guest=a&guest=b',
            '?guest[]=a',
            '?Guest=a',
            '?guest=%',
            '?guest=%zz%',
          ]),
      ],
      [1, () => `?__proto__=x&guest=${guest}&toString=${encodeURIComponent(hostileText(random, 80))}`],
    ])()
    const origin = random.weighted<() => string[]>([
      [8, () => []],
      [1, () => [`Origin: http${random.pick(['', 's'])}://${HOST}`]],
      [
        1,
        () => [
          `Origin: ${random.pick(['http://evil.example', 'null', '', 'localhost', 'http://', 'http://localhost:1', '\u00e4'])}`,
        ],
      ],
    ])()
    return { query, subprotocols, headers: origin }
  }
}

/** `status` without an upgrade, a close with one of the codes after it, or let in. */
export type Admission =
  | { readonly is: 'refused'; readonly status: number }
  | { readonly is: 'closed'; readonly codes: readonly number[] }
  | { readonly is: 'admitted'; readonly user: string; readonly rooms: ReadonlySet<string> | null }

export function judgeHandshake(
  { query, subprotocols, headers = [] }: HandshakeOptions,
  readToken: ReadToken,
): Admission {
  const offered = subprotocols === null ? [] : subprotocols.split(',').map(name => name.trim())
  // RFC 6455 section 4.1: a list of different names.
  if (!offered.every(name => LIST_ITEM.test(name)) || new Set(offered).size < offered.length)
    return { is: 'refused', status: 400 }
  const codes: number[] = []
  const origin = headers
    .find(header => header.startsWith('Origin:'))
    ?.slice('Origin:'.length)
    .trim()
  if (origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === HOST))
    codes.push(CLOSE_CODES.forbidden.code)
  if (!offered.includes(SUBPROTOCOL)) codes.push(CLOSE_CODES.badProtocol.code)
  const token = offered.find(name => name.startsWith(TOKEN_SUBPROTOCOL_PREFIX))?.slice(TOKEN_SUBPROTOCOL_PREFIX.length)
  const guests = new URLSearchParams(query).getAll('guest')
  const isName = guests.length === 1 && USER_PATTERN.test(guests[0]!) && USER_PATTERN.test(GUEST_PREFIX + guests[0])
  const visitor =
    token !== undefined ? readToken(token) : isName ? { user: GUEST_PREFIX + guests[0], rooms: null } : null
  if (visitor === null) codes.push(token === undefined ? CLOSE_CODES.badName.code : CLOSE_CODES.badToken.code)
  return visitor === null || codes.length > 0 ? { is: 'closed', codes } : { is: 'admitted', ...visitor }
}

/** None of them is good. */
export function badTokens(): string[] {
  const inOneMinute = Math.floor(Date.now() / 1000) + 60
  const signed = (payload: string, header = '{"alg":"HS256","typ":"JWT"}') => {
    const head = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`
    return `${head}.${createHmac('sha256', TEST_SECRET).update(head).digest('base64url')}`
  }
  const right = tokenOf()
  const [head, claims, signature] = right.split('.') as [string, string, string]
  return [
    ...[
      '',
      '.',
      '..',
      '...',
      'nonsense',
      'a.b.c',
      'null',
      '__proto__',
      'e30.e30.',
      'x'.repeat(3000),
      `${'a.'.repeat(1000)}a`,
    ],
    ...[
      `${head}.${claims}`,
      `${head}.${claims}.`,
      `${head}..${signature}`,
      `.${claims}.${signature}`,
      `${right}.`,
      `${right}A`,
    ],
    ...[
      right.toUpperCase(),
      `${head}.${claims}.${signature.slice(0, -2)}`,
      tokenOf({}, 'another secret of 32 bytes or more'),
    ],
    ...[
      tokenOf({}, TEST_SECRET, { alg: 'none' }),
      tokenOf({}, TEST_SECRET, { alg: 'HS512' }),
      tokenOf({}, TEST_SECRET, { alg: 1 }),
    ],
    ...[undefined, null, 1, '', 'a b', '-a', '__proto__', `${GUEST_PREFIX}ann`, 'a'.repeat(65), ['ann'], {}].map(sub =>
      tokenOf({ sub }),
    ),
    ...[null, 'all', 1, {}, ['a b'], [1], [null], [[]], ['r', '']].map(rooms => tokenOf({ rooms })),
    ...[undefined, null, 0, 1, -1, '9999999999', true, [], inOneMinute - 3600].map(exp => tokenOf({ exp })),
    tokenOf({ nbf: inOneMinute + 3600 }),
    ...[
      'null',
      '1',
      '"ann"',
      '[]',
      'true',
      '',
      '{',
      '{}',
      '{"sub":"ann"}',
      `{"__proto__":{"sub":"ann","exp":${inOneMinute}}}`,
    ].map(payload => signed(payload)),
    ...['null', '1', '[]', '', '{', '{"alg":null}', '{"alg":["HS256"]}'].map(header =>
      signed(`{"sub":"ann","exp":${inOneMinute}}`, header),
    ),
  ]
}
