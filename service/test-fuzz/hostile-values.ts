/**
 * Test support: JSON texts of values that a reader may stumble over. Texts and not values, since JSON can say what JavaScript cannot:
 * 1e400, -0, a key twice, half a surrogate pair.
 */

import type { Random } from './random.ts'

const NUMBERS = [
  ...['0', '-0', '0.0', '1', '2', '7', '-1', '1.0', '1.5', '-0.1', '1e0', '1E2', '1e-1', '5e-324', '1e400', '-1e400'],
  ...['32', '33', '200', '201', '999999999', '1000000000', '2147483648', '4294967296', '1e21', '123456789012345678901'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '18446744073709551616', '1.7976931348623157e308'],
]

/** JSON texts of strings, ready made, since some hold what a string in UTF-8 cannot. */
const STRINGS = [
  ...[
    '""',
    '" "',
    '"0"',
    '"1"',
    '"-1"',
    '"1e400"',
    '"NaN"',
    '"null"',
    '"true"',
    '"[]"',
    '"{}"',
    '"undefined"',
    '"k.1"',
  ],
  ...['"join"', '"send"', '"welcome"', '"message"', '"__proto__"', '"constructor"', '"toString"', '"hasOwnProperty"'],
  ...['"\\u0000"', '"a\\u0000b"', '"\\n"', '"a\\nb"', '"r\\r\\n"', '"\\t"', '"\\u001f"', '"\\u007f"', '"\\u0085"'],
  ...[
    '"\\ud800"',
    '"\\udc00"',
    '"\\udc00\\ud800"',
    '"a\\ud83d"',
    '"\\ud83d\\ude42"',
    '"\\ufeff"',
    '"\\ufffe"',
    '"\\uffff"',
  ],
  ...[
    '"\\u202e"',
    '"e\\u0301"',
    '"\\u00e9"',
    '"Ａ"',
    '"а"',
    '"ß"',
    '"İ"',
    '"ﬁ"',
    '"🙂"',
    '"👩‍👩‍👧‍👦"',
    '"שלום"',
    '"z̵̡̛"',
    '"\\u2028"',
  ],
  ...[
    '"\\"}"',
    '"\\\\"',
    '"</script>"',
    '"{r}"',
    '"tuesday:{r}:log"',
    '"a b"',
    '"a/b"',
    '"../.."',
    '"%00"',
    '"%s%n"',
    '"{1}"',
  ],
  ...['"\'; FLUSHALL"', '"*3\\r\\n$3\\r\\nSET\\r\\n"', '"redis.call()"', '".r"', '"-r"', '"_r"', '"r."', '"r~"', '"@"'],
]

const LENGTHS = [31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 1000, 8191, 8192, 8193, 20_000]

export function numberText(random: Random): string {
  return random.chance(0.9) ? random.pick(NUMBERS) : String((random.next() - 0.5) * 10 ** random.between(0, 30))
}

export function stringText(random: Random): string {
  return random.weighted([
    [8, () => random.pick(STRINGS)],
    [
      2,
      () => `"${random.pick(['x', '9', 'ä', '🙂', '\\u0000', '\\ud800']).repeat(random.pick(LENGTHS.slice(0, -4)))}"`,
    ],
    [1, () => `"${random.pick(['x', 'ä', '\\"']).repeat(random.pick(LENGTHS))}"`],
    [2, () => JSON.stringify(random.text('ab01._~@-/{}: \u0000\n"\\äש🙂', random.between(0, 12)))],
  ])()
}

/** What such a JSON text says, for places where there is no JSON: names, queries, headers. Never half a surrogate pair. */
export function hostileText(random: Random, charactersMax: number): string {
  return (JSON.parse(stringText(random)) as string).slice(0, charactersMax).toWellFormed()
}

/** A text of about so many bytes of UTF-8: one more, one less, or just so many, as far as its letters allow. */
export function textAround(random: Random, bytes: number): string {
  const letter = random.pick(['x', 'ä', '🙂', '\u0000'])
  return letter.repeat(Math.floor(bytes / Buffer.byteLength(letter)) + random.pick([-1, 0, 1]))
}

/** `depth` objects or arrays, one in the other. */
export function deepText(depth: number, kind: 'object' | 'array'): string {
  return kind === 'array' ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
}

export function valueText(random: Random, depth = 3): string {
  const inner = () => valueText(random, depth - 1)
  return random.weighted([
    [3, () => random.pick(['null', 'true', 'false', '[]', '{}'])],
    [6, () => numberText(random)],
    [6, () => stringText(random)],
    [depth > 0 ? 2 : 0, () => `[${Array.from({ length: random.between(1, 3) }, inner).join(',')}]`],
    [depth > 0 ? 2 : 0, () => objectText(random, depth)],
    [0.2, () => deepText(random.pick([10, 100, 1000, 10_000]), random.pick(['object', 'array']))],
  ])()
}

const KEYS = ['type', 'room', 'n', 'text', 'epoch', 'seq', '__proto__', 'constructor', 'prototype', 'toString', '', '0']

function objectText(random: Random, depth: number): string {
  const pair = () => `${JSON.stringify(random.pick(KEYS))}:${valueText(random, depth - 1)}`
  return `{${Array.from({ length: random.between(1, 4) }, pair).join(',')}}`
}

/** A field that nobody knows; never one of the protocol's own. */
export function unknownField(random: Random): readonly [key: string, text: string] {
  const key = random.pick([
    '__proto__',
    'constructor',
    'toString',
    'from',
    'sentAt',
    'id',
    'Type',
    'ROOM',
    ' n',
    '',
    '🙂',
    '\u0000',
  ])
  return [key, valueText(random)]
}
