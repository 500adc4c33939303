import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseServiceFrame } from '../../client/client.ts'
import type { MessageFrame } from '../../service/protocol.ts'
import { FrameReader } from '../websocket/frame-reader.ts'
import { serverHeader } from '../websocket/frame-writer.ts'
import { type FrameCursor, type FrameHearer, SharedFrames } from './shared-frames.ts'

function message(seq: number, text = 'hi'): string {
  const place = { room: 'lobby', epoch: 'e', seq, sentAt: 0, id: `s.1/${seq}`, from: 'ann' }
  return JSON.stringify({ type: 'message', ...place, text })
}

/** Parses as a socket would have it: somewhere within a buffer that is used again. */
function hear(shared: SharedFrames, cursor: FrameCursor, text: string) {
  const bytes = Buffer.from(`##${text}##`)
  const parsed = shared.parse(cursor, bytes, 2, bytes.length - 2)
  bytes.fill(0)
  return parsed
}

const newCursor = (): FrameCursor => ({ last: null })

test('what was said to a room is parsed once, whatever the number of those who hear it', () => {
  const shared = new SharedFrames()
  const cursors = Array.from({ length: 10 }, newCursor)
  for (let seq = 1; seq <= 5; seq++) {
    const heard = cursors.map(cursor => hear(shared, cursor, message(seq)))
    expect(new Set(heard).size).toBe(1)
    expect(heard[0]).toEqual(parseServiceFrame(message(seq)))
  }
})

test('one byte of difference, anywhere, is another frame', () => {
  const shared = new SharedFrames()
  const [ann, bob] = [newCursor(), newCursor()]
  const text = 'x'.repeat(1000)
  for (const seq of [1, 2]) hear(shared, ann, message(seq, text))
  hear(shared, bob, message(1, text))
  const changed = message(2, `${text.slice(0, -1)}y`)
  expect(hear(shared, bob, changed)).toEqual(parseServiceFrame(changed))
  expect(hear(shared, newCursor(), message(2, text))).toEqual(parseServiceFrame(message(2, text)))
})

test('what is shared cannot be changed; what is said to one client is not shared', () => {
  const shared = new SharedFrames()
  expect(Object.isFrozen(hear(shared, newCursor(), message(1)))).toBe(true)
  const pong = JSON.stringify({ type: 'pong', nonce: 1 })
  expect(hear(shared, newCursor(), pong)).not.toBe(hear(shared, newCursor(), pong))
})

test('bytes that are not UTF-8, and texts that are no frame', () => {
  const shared = new SharedFrames()
  expect(shared.parse(newCursor(), Buffer.from([0xff]), 0, 1)).toBeUndefined()
  expect(hear(shared, newCursor(), 'nonsense')).toBe(parseServiceFrame('nonsense'))
  expect(hear(shared, newCursor(), '{"type":"news"}')).toBeNull()
})

test('it is always the frame that it would be alone, in any order and over generations', () => {
  const padding = 'p'.repeat(100_000)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3), fc.nat(60), fc.constantFrom('', padding)), { minLength: 40, maxLength: 80 }),
      heard => {
        const shared = new SharedFrames()
        const cursors = Array.from({ length: 4 }, newCursor)
        for (const [client, seq, text] of heard) {
          const parsed = hear(shared, cursors[client]!, message(seq, text)) as { seq: number; text: string }
          // Not toEqual, which is slow on texts of this length.
          if (parsed.seq !== seq || parsed.text !== text) throw new Error(`expected ${seq}, found ${parsed.seq}`)
        }
      },
    ),
    { numRuns: 10 },
  )
})

test('a client that hears nothing holds nothing of what comes after', () => {
  const shared = new SharedFrames()
  const [idle, busy] = [newCursor(), newCursor()]
  hear(shared, idle, message(0))
  hear(shared, busy, message(0))
  const text = 'x'.repeat(8_000)
  for (let seq = 1; seq <= 400; seq++) hear(shared, busy, message(seq, text))
  expect(idle.last).toMatchObject({ size: -1, parsed: null, next: null })
  expect(hear(shared, idle, message(400, text))).toEqual(parseServiceFrame(message(400, text)))
  expect(idle.last!.next).toBeNull()
})

/** One connection: what it hears of the chunks that come, by seq. It takes messages in a row where `takesStretches` says so. */
function connection(shared: SharedFrames, heardMax = Number.POSITIVE_INFINITY, takesStretches = () => true) {
  const heard: number[] = []
  let texts = 0
  const stretches: (readonly MessageFrame[])[] = []
  let wantsMore = true
  const hearer: FrameHearer = {
    last: null,
    hear(frame) {
      heard.push((frame as { seq: number }).seq)
      wantsMore = heard.length < heardMax
      return wantsMore
    },
    hearStretch(messages) {
      if (heardMax !== Number.POSITIVE_INFINITY || !takesStretches()) return false
      for (const [index, { room, epoch, seq }] of messages.entries()) {
        if (index > 0)
          expect({ room, epoch, seq }).toEqual({ ...placeOf(messages[index - 1]!), seq: messages[index - 1]!.seq + 1 })
        heard.push(seq)
      }
      stretches.push(messages)
      return true
    },
  }
  const reader = new FrameReader(
    {
      skim: (bytes, start, end) => shared.skim(hearer, bytes, start, end),
      text: (bytes, start, end) => {
        if (!wantsMore) return
        texts++
        hearer.hear(shared.parse(hearer, bytes, start, end)!)
      },
      ping: () => {},
      closing: () => {},
      broken: (_code, why) => {
        throw new Error(why)
      },
    },
    1_000_000,
  )
  const read = (chunk: Buffer) => {
    const bytes = Buffer.from(chunk)
    reader.read(bytes, 0, bytes.length)
    bytes.fill(0xff)
  }
  return { heard, read, texts: () => texts, stretches }
}

const placeOf = ({ room, epoch }: MessageFrame) => ({ room, epoch })

function onWire(seq: number, text?: string): Buffer {
  return framed(message(seq, text))
}

function framed(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([serverHeader(payload.length), payload])
}

test('a chunk of what others have heard is skimmed, after its first frame', () => {
  const shared = new SharedFrames()
  const chunk = Buffer.concat([1, 2, 3, 4, 5].map(seq => onWire(seq)))
  const [ann, bob] = [connection(shared), connection(shared)]
  for (const { read } of [ann, bob]) read(chunk)
  expect([ann.heard, bob.heard]).toEqual([
    [1, 2, 3, 4, 5],
    [1, 2, 3, 4, 5],
  ])
  const next = Buffer.concat([6, 7, 8].map(seq => onWire(seq)))
  for (const { read } of [ann, bob]) read(next)
  expect(ann.texts()).toBe(8)
  expect(bob.texts()).toBe(5)
  expect(bob.heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('those who get the same chunk are told the same array; another chunk of the same frames, another one', () => {
  const shared = new SharedFrames()
  const [ann, bob, cid, dot] = [connection(shared), connection(shared), connection(shared), connection(shared)]
  for (const { read } of [ann, bob, cid, dot]) read(onWire(1))
  ann.read(Buffer.concat([2, 3, 4].map(seq => onWire(seq))))
  for (const { read } of [bob, cid]) read(Buffer.concat([2, 3, 4].map(seq => onWire(seq))))
  for (const seqs of [[2, 3], [4]]) dot.read(Buffer.concat(seqs.map(seq => onWire(seq))))
  expect(bob.stretches[0]).toHaveLength(3)
  expect(cid.stretches[0]).toBe(bob.stretches[0])
  expect(dot.stretches.map(messages => messages.map(({ seq }) => seq))).toEqual([[2, 3], [4]])
})

test('a stretch ends where the seqs do not rise by one, where the room or the epoch is another one, and before what is no message', () => {
  const at = (seq: number, place: object = {}) => framed(JSON.stringify({ ...JSON.parse(message(seq)), ...place }))
  const count = framed(JSON.stringify({ type: 'count', room: 'lobby', connections: 2, participants: 2 }))
  const chunk = Buffer.concat([at(2), at(3), at(5), at(6, { room: 'den' }), at(7, { epoch: 'f' }), count, at(8)])
  const shared = new SharedFrames()
  const hears = () => {
    const stretches: number[][] = []
    const others: unknown[] = []
    const hearer: FrameHearer = {
      last: null,
      hear: frame => others.push(frame) > 0,
      hearStretch: messages => stretches.push(messages.map(({ seq }) => seq)) > 0,
    }
    return { stretches, others, hearer }
  }
  const ann = connection(shared)
  const first = Buffer.concat([at(1), chunk])
  ann.read(first)
  const bob = hears()
  shared.parse(bob.hearer, first, 2, at(1).length)
  expect(shared.skim(bob.hearer, chunk, 0, chunk.length)).toBe(chunk.length)
  expect(bob.stretches).toEqual([[2, 3], [5], [6], [7], [8]])
  expect(bob.others).toMatchObject([{ type: 'count' }])
})

test('who wants no more is told no more', () => {
  const shared = new SharedFrames()
  const [ann, bob] = [connection(shared), connection(shared, 2)]
  for (const seq of [1, 2, 3]) ann.read(onWire(seq))
  bob.read(onWire(1))
  bob.read(Buffer.concat([onWire(2), onWire(3)]))
  expect(bob.heard).toEqual([1, 2])
  const cid = connection(shared, 3)
  for (const chunk of [[1], [2, 3, 4]]) cid.read(Buffer.concat(chunk.map(seq => onWire(seq))))
  expect(cid.heard).toEqual([1, 2, 3])
})

test('everybody hears what came for them, in whatever chunks, and whatever others were told', () => {
  const stream = fc.tuple(
    fc.array(fc.tuple(fc.nat(12), fc.constantFrom(2, 200, 70_000)), { minLength: 1, maxLength: 40 }),
    fc.array(fc.nat(), { maxLength: 12 }),
  )
  fc.assert(
    fc.property(fc.array(stream, { minLength: 2, maxLength: 5 }), fc.infiniteStream(fc.boolean()), (streams, moods) => {
      const shared = new SharedFrames()
      for (const [frames, cuts] of streams) {
        const { heard, read } = connection(shared, undefined, () => moods.next().value!)
        const bytes = Buffer.concat(frames.map(([seq, length]) => onWire(seq, 'x'.repeat(length))))
        const places = [...new Set(cuts.map(cut => cut % bytes.length))].sort((a, b) => a - b)
        for (const [index, from] of [0, ...places].entries()) read(bytes.subarray(from, places[index] ?? bytes.length))
        expect(heard).toEqual(frames.map(([seq]) => seq))
      }
    }),
    { numRuns: 20 },
  )
})
