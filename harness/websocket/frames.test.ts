/** Reader and writer against the ws package's own, and byte by byte where ws would never write such a thing. */

import { Duplex, type Writable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as ws from 'ws'
import { FrameReader } from './frame-reader.ts'
import { closeFrame, pongFrame, textFrame } from './frame-writer.ts'
import { textOf } from './text.ts'

interface WsFraming {
  readonly Sender: new (
    socket: Duplex,
  ) => {
    send(data: Buffer, options: object, sent: () => void): void
    ping(data: Buffer, mask: boolean, sent: () => void): void
  }
  readonly Receiver: new (options: object) => Writable
}

/** Exported by ws, but not known to its types. */
const { Sender, Receiver } = ws as unknown as WsFraming
const MESSAGE_BYTES_MAX = 200_000

/** What a reader makes of the chunks. Texts come decoded, `not UTF-8` for those that cannot be. */
function read(chunks: readonly Buffer[], messageBytesMax = MESSAGE_BYTES_MAX): unknown[] {
  const told: unknown[] = []
  const reader = new FrameReader(
    {
      skim: (_bytes, start) => start,
      text: (bytes, start, end) => told.push(['text', textOf(bytes, start, end) ?? 'not UTF-8']),
      ping: (bytes, start, end) => told.push(['ping', bytes.toString('latin1', start, end)]),
      closing: code => told.push(['closing', code]),
      broken: code => told.push(['broken', code]),
    },
    messageBytesMax,
  )
  // As sockets do it: every chunk comes in the same memory, which holds something else a moment later.
  const buffer = Buffer.alloc(Math.max(0, ...chunks.map(chunk => chunk.length)))
  for (const chunk of chunks) {
    chunk.copy(buffer)
    reader.read(buffer, 0, chunk.length)
    buffer.fill(0xff)
  }
  return told
}

interface Sent {
  readonly texts: readonly string[]
  readonly pingBetween: boolean
}

/** What the Sender of ws writes for one message in these fragments. */
function wsBytes({ texts, pingBetween }: Sent): Buffer {
  const chunks: Buffer[] = []
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const sender = new Sender(socket)
  texts.forEach((text, index) => {
    const fin = index === texts.length - 1
    sender.send(Buffer.from(text), { fin, binary: false, mask: false, compress: false }, () => {})
    if (!fin && pingBetween) sender.ping(Buffer.from('p'), false, () => {})
  })
  return Buffer.concat(chunks)
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map(cut => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length))
}

const message = fc.record({
  texts: fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(125, 126, 127, 65_535, 65_536).map(length => 'x'.repeat(length)),
    ),
    { minLength: 1, maxLength: 4 },
  ),
  pingBetween: fc.boolean(),
})

test('whatever ws writes is read, however it is cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 40 }), (messages, cuts) => {
      const bytes = Buffer.concat(messages.map(wsBytes))
      const expected = messages.flatMap(({ texts, pingBetween }) => [
        ...(pingBetween ? texts.slice(1).map(() => ['ping', 'p']) : []),
        ['text', texts.join('')],
      ])
      expect(read(split(bytes, cuts), 1_000_000)).toEqual(expected)
    }),
    { numRuns: 50 },
  )
})

test('whatever bytes come, the chunks that they come in make no difference', () => {
  const opcode = fc.constantFrom(0x81, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x88, 0x82, 0xc1, 0x83)
  const frame = fc
    .tuple(opcode, fc.uint8Array({ maxLength: 130 }))
    .map(([first, payload]) =>
      Buffer.concat([
        Buffer.from(payload.length < 126 ? [first, payload.length] : [first, 126, 0, payload.length]),
        payload,
      ]),
    )
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames)
      expect(read(split(bytes, cuts), 200)).toEqual(read([bytes], 200))
    }),
    { numRuns: 200 },
  )
})

test('characters that are cut by chunks and fragments are put together', () => {
  const bytes = Buffer.from('aä€😀')
  const fragments = [...bytes].map((byte, index) => {
    const first = (index === 0 ? 0x01 : 0x00) | (index === bytes.length - 1 ? 0x80 : 0)
    return [first, 1, byte]
  })
  expect(read(fragments.flat().map(byte => Buffer.from([byte])))).toEqual([['text', 'aä€😀']])
})

test.each([
  ['a masked frame', [0x81, 0x81, 1, 2, 3, 4, 5], 1002],
  ['a reserved bit', [0xc1, 0], 1002],
  ['an unknown opcode for data', [0x83, 0], 1002],
  ['an unknown opcode for control', [0x8b, 0], 1002],
  ['a ping in fragments', [0x09, 0], 1002],
  ['a long ping', [0x89, 126, 0, 126], 1002],
  ['a long close', [0x88, 126, 0, 126], 1002],
  ['a continuation of nothing', [0x80, 0], 1002],
  ['a message within another one', [0x01, 0, 0x81, 0], 1002],
  ['a close of one byte', [0x88, 1, 3], 1002],
  ['a close with 1005', [0x88, 2, 0x03, 0xed], 1002],
  ['a close with 1006', [0x88, 2, 0x03, 0xee], 1002],
  ['a close with 999', [0x88, 2, 0x03, 0xe7], 1002],
  ['a close with 1016', [0x88, 2, 0x03, 0xf8], 1002],
  ['a close with 5000', [0x88, 2, 0x13, 0x88], 1002],
  ['a reason that is not UTF-8', [0x88, 3, 0x03, 0xe8, 0xff], 1007],
  ['a binary frame', [0x82, 0], 1003],
  ['a message that is too long, by 16 bits', [0x81, 126, 0xff, 0xff], 1009],
  ['a message that is too long, by 64 bits', [0x81, 127, 0xff, 0, 0, 0, 0, 0, 0, 0], 1009],
  ['fragments that are too long together', [0x01, 126, 0, 200, ...new Array<number>(200).fill(97), 0x80, 101], 1009],
])('%s breaks the protocol', (_what, bytes, code) => {
  const after = [0x81, 1, 97]
  expect(read([Buffer.from([...bytes, ...after])], 300)).toEqual([['broken', code]])
  expect(
    read(
      [...bytes, ...after].map(byte => Buffer.from([byte])),
      300,
    ),
  ).toEqual([['broken', code]])
})

test('a text that is not UTF-8 is told from one that is', () => {
  expect(read([Buffer.from([0x81, 2, 0xc3, 0x28, 0x81, 1, 97])])).toEqual([
    ['text', 'not UTF-8'],
    ['text', 'a'],
  ])
})

test.each([
  [[0x88, 0], 1005],
  [[0x88, 2, 0x03, 0xe8], 1000],
  [[0x88, 4, 0x03, 0xf4, 97, 98], 1012],
  [[0x88, 2, 0x11, 0x39], 4409],
])('a close frame %j says %i, and nothing after it is read', (bytes, code) => {
  expect(read([Buffer.from([...bytes, 0x81, 1, 97])])).toEqual([['closing', code]])
})

test('ws reads what is written here, masked', async () => {
  const told: unknown[] = []
  const receiver = new Receiver({ isServer: true })
  receiver.on('message', (data: Buffer) => told.push(String(data)))
  receiver.on('pong', (data: Buffer) => told.push(['pong', String(data)]))
  receiver.on('conclude', (code: number, reason: Buffer) => told.push([code, String(reason)]))
  const texts = ['', 'hällo', ...[125, 126, 65_535, 65_536].map(length => 'y'.repeat(length))]
  const frames = [...texts.map(textFrame), pongFrame(Buffer.from('p')), closeFrame(4408, 'quiet')]
  for (const frame of frames) receiver.write(frame)
  await new Promise(resolve => receiver.end(resolve))
  expect(told).toEqual([...texts, ['pong', 'p'], [4408, 'quiet']])
  expect(frames.every(frame => (frame[1]! & 0x80) !== 0)).toBe(true)
})

test('no two frames have the same mask', () => {
  const masks = Array.from({ length: 3000 }, () => textFrame('a').readUInt32BE(2))
  expect(new Set(masks).size).toBeGreaterThan(2990)
})

test('a close frame without a code is empty, and a reason has to fit', () => {
  expect(closeFrame(1005)).toHaveLength(6)
  expect(() => closeFrame(1000, 'x'.repeat(124))).toThrow('at most 123 bytes, found 124')
})
