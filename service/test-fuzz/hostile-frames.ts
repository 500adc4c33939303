/** Test support: frames that a client of this protocol might send in error, in malice, or quite rightly. */

import type { Limits } from '../protocol.ts'
import type { Payload } from './frame-reading.ts'
import { deepText, numberText, stringText, textAround, unknownField, valueText } from './hostile-values.ts'
import type { Random } from './random.ts'
import type { RoomModel } from './room-model.ts'

/** What the attacker knows of where it is. */
export interface Surroundings {
  readonly user: string
  /** Its own rooms that it is in, and those that it is not in. */
  readonly joined: readonly RoomModel[]
  readonly others: readonly RoomModel[]
  /** A room of the well-behaved. */
  readonly foreign: string
  readonly isInForeign: boolean
  /** Names of its senders. */
  readonly senders: readonly string[]
}

/** JSON texts by field. */
type Fields = Readonly<Record<string, string>>

const FIELDS = {
  join: ['room', 'position', 'history'],
  leave: ['room'],
  send: ['room', 'session', 'n', 'text'],
  ping: ['nonce'],
} as const
type Kind = keyof typeof FIELDS

export class HostileFrames {
  readonly #random: Random
  readonly #limits: Limits
  #nonce = 0

  constructor(random: Random, limits: Limits) {
    this.#random = random
    this.#limits = limits
  }

  next(around: Surroundings): Payload {
    const random = this.#random
    const make = random.weighted<() => string | Payload>([
      [34, () => this.#write(this.#frame(this.#kind(around), around))],
      [16, () => this.#write(this.#strangeSend(around))],
      [18, () => this.#write(this.#broken(this.#frame(this.#kind(around), around)))],
      [9, () => this.#write(this.#soup(around))],
      [3, () => this.#write({ ...this.#frame('send', around), type: stringText(random) })],
      [1.8, () => this.#large(around)],
      [0.8, () => this.#notAFrame()],
      [1.5, () => this.#notJson(around)],
      [0.4, () => ({ bytes: Buffer.from(this.#write(this.#frame(this.#kind(around), around))), isBinary: true })],
      [0.4, () => this.#notUtf8(around)],
    ])
    const made = make()
    return typeof made === 'string' ? { bytes: Buffer.from(made.toWellFormed()), isBinary: false } : made
  }

  /** Whoever is in few rooms wants to be in more, or most frames would be of the kind that has no place. */
  #kind({ joined }: Surroundings): Kind {
    return this.#random.weighted<Kind>([
      [joined.length < 2 ? 12 : 2, 'join'],
      [1, 'leave'],
      [9, 'send'],
      [2, 'ping'],
    ])
  }

  /** Well-formed, and mostly in place. */
  #frame(kind: Kind, around: Surroundings): Fields {
    const random = this.#random
    const type = JSON.stringify(kind)
    if (kind === 'ping') return { type, nonce: String(this.#nonce++) }
    if (kind === 'send') return { type, ...this.#send(around) }
    const isOther = around.joined.length === 0 || random.chance(kind === 'join' ? 0.85 : 0.2)
    const model = random.pick(isOther ? around.others : around.joined)
    const room = JSON.stringify(random.chance(0.04) ? around.foreign : model.name)
    if (kind === 'leave' || room === JSON.stringify(around.foreign)) return { type, room }
    return random.weighted<() => Fields>([
      [3, () => ({ type, room })],
      [2, () => ({ type, room, history: random.pick(['0', '1', '3', '200', '201', '1e6', '9007199254740991']) })],
      [3, () => ({ type, room, position: this.#position(model) })],
      [0.5, () => ({ type, room, position: this.#position(model), history: '1' })],
    ])()
  }

  #position(model: RoomModel): string {
    const random = this.#random
    const epoch = random.chance(0.7) ? (model.epoch ?? 'unknown') : random.pick(['e', 'E'.repeat(32), '-', '_', '0'])
    const seq = random.pick([
      model.top,
      model.top + 1,
      random.between(0, model.top),
      0,
      2 ** 31,
      Number.MAX_SAFE_INTEGER,
    ])
    return this.#object({ epoch: JSON.stringify(epoch), seq: String(seq) })
  }

  #send(around: Surroundings): Fields {
    const random = this.#random
    const model = random.pick(around.joined.length > 0 && random.chance(0.95) ? around.joined : around.others)
    // Mostly the same, whose stream then has a past.
    const sender = random.chance(0.7) ? around.senders[0]! : random.pick(around.senders)
    const { generation, last } = model.sessionOf(around.user, sender)
    return {
      room: JSON.stringify(!around.isInForeign && random.chance(0.03) ? around.foreign : model.name),
      session: JSON.stringify(`${sender}.${generation}`),
      n: String(last + 1),
      text: this.#text(),
    }
  }

  #text(): string {
    return this.#random.weighted<() => string>([
      [1, () => '""'],
      [10, () => stringText(this.#random)],
      [10, () => `"hello ${this.#nonce++}"`],
    ])()
  }

  /** Well-formed, with a number or a generation that is not next. */
  #strangeSend(around: Surroundings): Fields {
    const random = this.#random
    const fields = this.#send(around)
    const [sender, generation] = (JSON.parse(fields.session!) as string).split('.') as [string, string]
    const n = Number(fields.n)
    const memory = this.#limits.inFlightMax
    const { n: asked, step } = random.weighted<() => { n: number; step: number }>([
      // Up to the oldest that is remembered, and beyond.
      [4, () => ({ n: n - random.pick([1, memory, memory + 1, random.between(1, 2 * memory)]), step: 0 })],
      [2, () => ({ n: random.pick([n + 1, n + 32, 2 ** 31, 2 ** 53 - 1]), step: 0 })],
      [1, () => ({ n: 1, step: random.pick([1, 2, 1000, 999_999_999]) })],
      [1, () => ({ n: random.pick([n, 2, 2 ** 53 - 1]), step: random.pick([1, 1000]) })],
      [3, () => ({ n: random.pick([n, 1]), step: random.pick([-1, -2, -1000]) })],
    ])()
    const session = `${sender}.${Math.min(999_999_999, Math.max(1, Number(generation) + step))}`
    return { type: '"send"', ...fields, n: String(Math.max(1, asked)), session: JSON.stringify(session) }
  }

  /** One field is missing or of some other kind. */
  #broken(fields: Fields): Fields {
    const random = this.#random
    const names = Object.keys(fields)
    // Without a right type there is no frame, and the connection ends.
    const name = random.pick(random.chance(0.06) ? names : names.filter(key => key !== 'type'))
    const { [name]: _was, ...others } = fields
    return random.chance(0.2) ? others : { ...others, [name]: this.#junk(name) }
  }

  /** Likely wrong for the field, and close to right. */
  #junk(name: string): string {
    const random = this.#random
    if (random.chance(0.3)) return valueText(random)
    switch (name) {
      case 'position':
        return this.#object(this.#broken({ epoch: '"e"', seq: '1' }))
      case 'session':
        return random.chance(0.5)
          ? stringText(random)
          : JSON.stringify(
              random.pick([
                'k',
                '.1',
                'k.',
                'k.0',
                'k.01',
                'k.-1',
                'k.1.1',
                'k.1 ',
                ' k.1',
                'k.1e3',
                'k.1234567890',
                'ä.1',
              ]),
            )
      case 'room':
      case 'text':
      case 'type':
      case 'epoch':
        return random.chance(0.6) ? stringText(random) : valueText(random)
      default:
        return numberText(random)
    }
  }

  /** Any fields, each right or wrong by itself. */
  #soup(around: Surroundings): Fields {
    const random = this.#random
    const kind = this.#kind(around)
    const names = random.shuffled([...FIELDS[kind], ...FIELDS[this.#kind(around)]]).slice(0, random.between(0, 5))
    const right = this.#frame(kind, around)
    const pairs = names.map(name => [name, random.chance(0.6) ? (right[name] ?? this.#junk(name)) : this.#junk(name)])
    return { type: random.chance(0.97) ? JSON.stringify(kind) : this.#junk('type'), ...Object.fromEntries(pairs) }
  }

  /** Around the limit of frames, which the WebSocket layer sees, and that of texts. */
  #large(around: Surroundings): string {
    const random = this.#random
    const { frameBytesMax, textBytesMax } = this.#limits
    if (random.chance(0.5))
      return this.#write({ ...this.#frame('send', around), text: JSON.stringify(textAround(random, textBytesMax)) })
    const depth = random.pick([9000, 10_000, 10_900])
    const pad = random.chance(0.3)
      ? deepText(depth, 'object')
      : random.chance(0.2)
        ? deepText(3 * depth, 'array')
        : '""'
    const text = `{"type":"ping","nonce":${this.#nonce++},"pad":${pad}}`
    const missing = frameBytesMax - text.length + random.pick([-1, 0, 1, 1000])
    return missing > 0 ? text + ' '.repeat(missing) : text
  }

  #notAFrame(): string {
    const random = this.#random
    return random.weighted<() => string>([
      [3, () => valueText(random)],
      [1, () => `[{"type":"ping","nonce":1}]`],
      [1, () => `{"__proto__":{"type":"ping","nonce":1}}`],
      [1, () => `{"Type":"ping","nonce":1}`],
      [1, () => `{"type":${random.pick(['null', '1', '["ping"]', '{"type":"ping"}', 'true'])},"nonce":1}`],
    ])()
  }

  #notJson(around: Surroundings): string {
    const random = this.#random
    const right = this.#write(this.#frame(this.#kind(around), around))
    const at = random.between(0, right.length)
    return random.weighted<() => string>([
      [3, () => right.slice(0, at)],
      [
        2,
        () =>
          right.slice(0, at) + random.text('{}[]",:\\0x\u0000\n\u2028\ufeff', random.between(1, 3)) + right.slice(at),
      ],
      [1, () => right.slice(0, at) + right.slice(at + 1)],
      [1, () => right + random.pick([right, ',', '}', '\u0000', '//', '[]'])],
      [
        1,
        () =>
          random.pick([
            '',
            ' ',
            '\ufeff',
            'null,',
            'NaN',
            '{',
            '"',
            '\\',
            "{'type':'ping'}",
            '{"type":"ping",}',
            '01',
            '+1',
          ]),
      ],
      [1, () => `\ufeff${right}`],
      [1, () => right.replace('"', '')],
      [1, () => '['.repeat(random.pick([1, 100, 10_000, 60_000]))],
      [1, () => '{"a":'.repeat(random.pick([1, 100, 10_000, 13_000]))],
      [1, () => random.text('abc {}[]":,0123456789\u0000ä🙂', random.between(1, 60))],
    ])()
  }

  #notUtf8(around: Surroundings): Payload {
    const random = this.#random
    const right = Buffer.from(this.#write({ ...this.#frame('send', around), extra: '"xx"' }).toWellFormed())
    const wrong = random.pick(['ff', 'c0af', 'e28082e2', 'eda080', 'f4908080', '80', 'c3', 'f8888080', 'fe'])
    const at = random.between(0, right.length)
    return {
      bytes: Buffer.concat([right.subarray(0, at), Buffer.from(wrong, 'hex'), right.subarray(at)]),
      isBinary: false,
    }
  }

  /** As JSON, in any order and spelling, at times with fields that nobody knows. */
  #write(fields: Fields): string {
    const random = this.#random
    const pairs = Object.entries(fields)
    const all: (readonly [string, string])[] = random.shuffled(pairs)
    if (random.chance(0.2)) all.unshift(unknownField(random))
    if (random.chance(0.1)) all.push(unknownField(random))
    // Of a key that is there twice the last counts.
    if (random.chance(0.08) && all.length > 0) all.unshift([random.pick(pairs)?.[0] ?? 'type', valueText(random, 1)])
    return this.#object(all)
  }

  #object(fields: Fields | readonly (readonly [string, string])[]): string {
    const random = this.#random
    const space = () => (random.chance(0.05) ? random.pick([' ', '\n', '\t', '\r\n']) : '')
    const pairs = Array.isArray(fields) ? fields : Object.entries(fields)
    const spelt = (key: string) => {
      const text = JSON.stringify(key)
      const isEscaped = random.chance(0.03) && /^"[a-z]/.test(text)
      return isEscaped ? `"\\u00${key.charCodeAt(0).toString(16)}${text.slice(2)}` : text
    }
    return `{${space()}${pairs.map(([key, text]) => `${spelt(key)}${space()}:${space()}${text}`).join(`,${space()}`)}}`
  }
}
