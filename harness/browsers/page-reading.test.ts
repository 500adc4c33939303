/** Literal stories of a page, and what a listener is told of them. */

import { expect, test } from 'vitest'
import { makeText } from '../load/message-text.ts'
import type { TargetListener } from '../targets/target.ts'
import type { PageEvent } from './page-event.ts'
import { PageReading } from './page-reading.ts'

const WIRE_ROOM = 'run.room-1'
const ADDRESSES: Readonly<Record<string, number | null>> = { 'ws://a/ws': 0, 'ws://b/ws': 1, 'ws://balancer/ws': null }
const TEXT_BYTES = 40

/** A page, and what the listener was told, one line each. */
function newPage(): { readonly page: PageReading; readonly told: string[] } {
  const told: string[] = []
  const listener = new Proxy({} as TargetListener, {
    get:
      (_, name) =>
      (...values: unknown[]) =>
        void told.push([name, ...values.map(spell)].join(' ')),
  })
  const page = new PageReading({
    room: 'room-1',
    wireRoom: WIRE_ROOM,
    instanceAt: url => ADDRESSES[url]!,
    instanceNamed: name => ['chat-1', 'chat-2'].indexOf(name),
    listener,
  })
  return { page, told }
}

function spell(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { epoch, seq } = value as { epoch: string; seq: number }
  return `${epoch}/${seq}`
}

const connecting = (socket: number, url: string): PageEvent => ({ is: 'connecting', socket, url })
const opened = (socket: number): PageEvent => ({ is: 'open', socket })
const closed = (socket: number, code: number): PageEvent => ({ is: 'closed', socket, code })
const sent = (socket: number, frame: object): PageEvent => ({
  is: 'sent',
  socket,
  text: JSON.stringify({ room: WIRE_ROOM, ...frame }),
})
const received = (socket: number, frame: object): PageEvent => ({
  is: 'received',
  socket,
  text: JSON.stringify({ room: WIRE_ROOM, ...frame }),
})
const limits = { textBytesMax: 100, frameBytesMax: 1000, roomsMax: 1, inFlightMax: 1 }
const welcome = (socket: number, instance: string) => received(socket, { type: 'welcome', instance, user: 'u', limits })
const message = (seq: number, text = 'hi') =>
  ({ room: WIRE_ROOM, epoch: 'e', seq, id: `s.1/${seq}`, from: 'client-1', text }) as const
const onWire = (socket: number, seq: number) => received(socket, { type: 'message', sentAt: 0, ...message(seq) })
const delivered = (seq: number): PageEvent => ({ is: 'delivered', ...message(seq) })
const JOINED = [
  connecting(1, 'ws://b/ws'),
  opened(1),
  welcome(1, 'chat-2'),
  sent(1, { type: 'join', history: 50 }),
  received(1, { type: 'joined', position: { epoch: 'e', seq: 3 }, complete: true, top: 4 }),
]

test('connects, joins, is told history and a live message, and is closed after a notice', () => {
  const { page, told } = newPage()
  page.hear(JOINED)
  expect(page.instance).toBe(1)
  page.hear([onWire(1, 4), delivered(4), onWire(1, 5), delivered(5)])
  page.hear([received(1, { type: 'count', connections: 3, participants: 2 })])
  page.hear([received(1, { type: 'draining', closesInMs: 10 }), closed(1, 1012)])
  expect(page.instance).toBe(-1)
  expect(told).toEqual([
    'opened 1',
    'joinAsked room-1',
    'joined room-1 e/3 true 4',
    'delivered room-1 e/4 true',
    'delivered room-1 e/5 false',
    'counted room-1 3 2',
    'closed 1012 true',
  ])
})

test('a message that came but that the page does not tell of is not delivered', () => {
  const { page, told } = newPage()
  page.hear([...JOINED, onWire(1, 4)])
  expect(told.at(-1)).toBe('joined room-1 e/3 true 4')
})

test('a message that comes again is a duplicate on the wire, and if the page tells of it twice, one of the page', () => {
  const { page, told } = newPage()
  page.hear([...JOINED, onWire(1, 4), delivered(4), onWire(1, 4), delivered(4)])
  expect(told.slice(-3)).toEqual([
    'delivered room-1 e/4 true',
    'duplicateDropped room-1 e/4',
    'delivered room-1 e/4 true',
  ])
})

test('a page that leaves and joins again by itself has seen a hole; a gap is told as the service declares it', () => {
  const { page, told } = newPage()
  page.hear([...JOINED, onWire(1, 4), delivered(4), onWire(1, 6), sent(1, { type: 'leave' })])
  page.hear([sent(1, { type: 'join', position: { epoch: 'e', seq: 4 } })])
  page.hear([
    received(1, { type: 'gap', after: { epoch: 'e', seq: 4 }, next: { epoch: 'f', seq: 9 }, reason: 'epoch-lost' }),
  ])
  expect(told.slice(-3)).toEqual(['holeSeen room-1 e/4 e/6', 'joinAsked room-1', 'gapDeclared room-1 e/4 f/9'])
})

test('a try that is not welcomed has failed; behind a balancer the welcome tells the instance', () => {
  const { page, told } = newPage()
  page.hear([connecting(1, 'ws://a/ws'), closed(1, 1006), connecting(2, 'ws://balancer/ws'), opened(2)])
  expect(page.instance).toBe(-1)
  page.hear([welcome(2, 'chat-2')])
  expect(page.instance).toBe(1)
  expect(told).toEqual(['connectFailed 0 closed with 1006 before the welcome', 'opened 1'])
})

test('a socket that is replaced before its end was told has ended, and what it still says is not heard', () => {
  const { page, told } = newPage()
  page.hear([...JOINED, connecting(2, 'ws://a/ws'), opened(2), closed(1, 1001), onWire(1, 4)])
  expect(told.slice(-2)).toEqual(['closed 1006 false', 'opened 0'])
})

/** Of the plan's message. */
const textOf = (number: number) => makeText({ number, instance: 1 }, TEXT_BYTES)
const send = (number: number, session: string, n: number) => sent(1, { type: 'send', session, n, text: textOf(number) })
const ack = (session: string, n: number, seq: number) => received(1, { type: 'ack', session, n, epoch: 'e', seq })
const acked = (seq: number): PageEvent => ({ is: 'acked', room: WIRE_ROOM, epoch: 'e', seq })

test('a send is acknowledged when the page says so, also where it had to begin a new session', () => {
  const { page, told } = newPage()
  page.hear(JOINED)
  page.handed(7)
  page.hear([send(7, 's.1', 2), send(7, 's.2', 1), ack('s.2', 1, 5)])
  expect(told.at(-1)).toBe('joined room-1 e/3 true 4')
  page.hear([acked(5)])
  expect(told.at(-1)).toBe('acked 7 e/5')
  page.end()
  expect(told.at(-1)).toBe('acked 7 e/5')
})

test('a page that shows as sent what nobody acknowledged is wrong', () => {
  const { page } = newPage()
  page.hear(JOINED)
  page.handed(7)
  expect(() => page.hear([send(7, 's.1', 1), acked(5)])).toThrow('at e/5')
})

test('what is open at the end is unknown if it was ever written, and else rejected; a message that failed is unknown at once', () => {
  const { page, told } = newPage()
  page.hear(JOINED)
  for (const number of [7, 8, 9]) page.handed(number)
  page.hear([send(7, 's.1', 1), send(8, 's.1', 2), { is: 'failed', text: textOf(7) }])
  expect(told.at(-1)).toBe('unknown 7')
  page.end()
  expect(told.slice(-2)).toEqual(['unknown 8', 'rejected 9 never-written'])
  page.hear([delivered(4), closed(1, 1000)])
  expect(told.at(-1)).toBe('rejected 9 never-written')
})

test('a page was connected from the moment that its first socket is open, also when that one is gone', () => {
  const { page } = newPage()
  page.hear([connecting(1, 'ws://a/ws'), closed(1, 1006), connecting(2, 'ws://b/ws')])
  expect(page.wasConnected).toBe(false)
  page.hear([opened(2)])
  expect(page.wasConnected).toBe(true)
  page.hear([closed(2, 1006)])
  expect(page.wasConnected).toBe(true)
})
