/** The Python client against a service that does what the test says: what a real one does too seldom to wait for. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { CLOSE_CODES, type ClientFrame, type Position, type ServiceFrame, SUBPROTOCOL } from './protocol.ts'
import { until } from './test-cluster.ts'
import { stopPythonClients, TestPythonClient } from './test-python-client.ts'

const ROOM = 'r'
const EPOCH = 'e'
const limits = { textBytesMax: 100, frameBytesMax: 1000, roomsMax: 1, inFlightMax: 3 }

/** One connection: what came, and the words to answer with. */
interface Connection {
  readonly socket: WebSocket
  readonly subprotocols: string
  readonly openedAtMs: number
  readonly heard: ClientFrame[]
  closedWith: number | null
}

let server: WebSocketServer
let url: string
let connections: Connection[]
/** What is done with a new connection, and with each frame that it brings. */
let onOpen: (connection: Connection) => void
let onFrame: (connection: Connection, frame: ClientFrame) => void

const tell = ({ socket }: Connection, ...frames: readonly ServiceFrame[]) => {
  for (const frame of frames) socket.send(JSON.stringify(frame))
}
const welcome = (connection: Connection) => tell(connection, { type: 'welcome', instance: 's', user: 'ann', limits })
const joinedAt = (seq: number, top = seq): ServiceFrame => ({
  ...{ type: 'joined', room: ROOM, position: { epoch: EPOCH, seq }, complete: true, top },
})
const message = (seq: number): ServiceFrame => ({
  ...{ type: 'message', room: ROOM, epoch: EPOCH, seq, sentAt: 0, id: `b.1/${seq}`, from: 'ben', text: `${seq}` },
})
const heardOf = <Type extends ClientFrame['type']>(connection: Connection, type: Type) =>
  connection.heard.filter(frame => frame.type === type) as Extract<ClientFrame, { type: Type }>[]

const start = (...options: readonly (string | number)[]) =>
  new TestPythonClient('--url', url, '--room', ROOM, '--guest', 'ann', ...options)

beforeEach(async () => {
  connections = []
  onOpen = welcome
  onFrame = (connection, frame) => {
    if (frame.type === 'join') tell(connection, joinedAt(frame.position?.seq ?? 0))
  }
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SUBPROTOCOL })
  await once(server, 'listening')
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`
  server.on('connection', (socket, request) => {
    const connection: Connection = {
      ...{ socket, heard: [], closedWith: null, openedAtMs: performance.now() },
      subprotocols: request.headers['sec-websocket-protocol'] ?? '',
    }
    connections.push(connection)
    socket.on('message', (data: RawData) => {
      const frame = JSON.parse(String(data)) as ClientFrame
      connection.heard.push(frame)
      onFrame(connection, frame)
    })
    socket.on('close', code => {
      connection.closedWith = code
    })
    onOpen(connection)
  })
})
afterEach(async () => {
  await stopPythonClients()
  for (const { socket } of connections) socket.terminate()
  await new Promise(resolve => server.close(resolve))
})

describe('after a close', () => {
  it.each(Object.values(CLOSE_CODES))('with $code it does what the table says: $after', async ({ code, after }) => {
    onOpen = connection => {
      if (connections.length > 1) welcome(connection)
      else if (code === 1006) connection.socket.terminate()
      else connection.socket.close(code)
    }
    const ann = start('--token', 'stale', '--token', 'fresh')
    if (after === 'final') {
      expect(await ann.exited).toBe(3)
      expect(connections).toHaveLength(1)
    } else {
      await ann.untilLines('joined')
      expect(await ann.finish()).toBe(0)
      const tokens = connections.map(({ subprotocols }) => subprotocols.replaceAll(' ', ''))
      const second = after === 'fresh-token' ? 'fresh' : 'stale'
      expect(tokens).toEqual([`${SUBPROTOCOL},token.stale`, `${SUBPROTOCOL},token.${second}`])
    }
    expect(ann.of('closed')[0]).toMatchObject({ code })
  })

  it('with a code that is not in the table it comes back', async () => {
    onOpen = connection => (connections.length > 1 ? welcome(connection) : connection.socket.close(4999))
    const ann = start()
    await ann.untilLines('joined')
    expect(await ann.finish()).toBe(0)
  })

  it('waits with full jitter, longer from try to try, and begins anew once it has joined', async () => {
    onOpen = connection => {
      if (connections.length <= 5) connection.socket.close(1013)
      else welcome(connection)
    }
    onFrame = (connection, frame) => {
      if (frame.type !== 'join') return
      tell(connection, joinedAt(0))
      if (connections.length === 6) connection.socket.close(1012)
    }
    const ann = start()
    await ann.untilLines('joined', 2)
    const closes = ann.of('closed')
    expect(closes.map(({ waitMsMax }) => waitMsMax)).toEqual([100, 200, 400, 800, 1600, 100])
    for (const [index, { waitMs, waitMsMax }] of closes.entries()) {
      expect(waitMs).toBeLessThanOrEqual(waitMsMax!)
      expect(connections[index + 1]!.openedAtMs - connections[index]!.openedAtMs).toBeGreaterThanOrEqual(waitMs! - 1)
    }
    const fractions = closes.map(({ waitMs, waitMsMax }) => waitMs! / waitMsMax!)
    expect(new Set(fractions).size).toBe(fractions.length)
    expect(await ann.finish()).toBe(0)
  })
})

describe('receiving', () => {
  it('drops duplicates', async () => {
    onFrame = (connection, frame) => {
      if (frame.type === 'join') tell(connection, joinedAt(0, 3), ...[1, 2, 1, 2, 3].map(message))
    }
    const ann = start()
    await ann.untilLines('message', 3)
    expect(await ann.finish()).toBe(0)
    expect(ann.messages.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(connections.map(({ heard }) => heard.length)).toEqual([1])
  })

  it('joins again where it was after a hole, and closes with 4410 when that does not mend it', async () => {
    onFrame = (connection, frame) => {
      if (frame.type === 'leave') tell(connection, { type: 'left', room: ROOM, position: { epoch: EPOCH, seq: 4 } })
      if (frame.type !== 'join') return
      const seq = frame.position?.seq ?? 0
      if (connections.length === 1) tell(connection, joinedAt(seq), message(1), message(2), message(4))
      else tell(connection, joinedAt(seq, 4), message(3), message(4))
    }
    const ann = start()
    await ann.untilLines('message', 4)
    expect(await ann.finish()).toBe(0)
    expect(ann.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    const [first, second] = connections as [Connection, Connection]
    expect(first.heard.map(({ type }) => type)).toEqual(['join', 'leave', 'join'])
    expect(first.closedWith).toBe(4410)
    for (const connection of [first, second]) {
      expect(heardOf(connection, 'join').at(-1)!.position).toEqual({ epoch: EPOCH, seq: 2 })
    }
  })

  it('does not end before it has what it knows of: a gap that was announced, and what was acknowledged', async () => {
    const [position, next] = [5, 6].map(seq => ({ epoch: EPOCH, seq })) as [Position, Position]
    onFrame = (connection, frame) => {
      if (frame.type === 'join')
        tell(connection, { ...{ type: 'joined', room: ROOM, position }, complete: false, top: 6 })
      if (frame.type === 'send') tell(connection, { ...frame, type: 'ack', epoch: EPOCH, seq: 7 })
      // Each ping says that it waits still.
      if (frame.type === 'ping' && heardOf(connection, 'ping').length === 1) {
        const after = { epoch: EPOCH, seq: 9 }
        tell(connection, { type: 'gap', room: ROOM, after, next, reason: 'epoch-lost' }, message(6))
      } else if (frame.type === 'ping') tell(connection, message(7))
    }
    const ann = start('--after', `${EPOCH}:9`, '--send', 1, '--silence-seconds', 1)
    expect(await ann.finish()).toBe(0)
    expect(ann.messages.map(({ seq }) => seq)).toEqual([6, 7])
  })

  it('reads fragments, answers a ping between them, and passes over what it does not know', async () => {
    onFrame = ({ socket }, frame) => {
      if (frame.type !== 'join') return
      const [head, tail] = [
        JSON.stringify(joinedAt(0, 1)),
        JSON.stringify({ ...message(1), text: '🙂'.repeat(20_000) }),
      ]
      const middle = Buffer.byteLength(tail) - 7
      socket.send('{"type":"news","from":"later"}')
      socket.send(head.slice(0, 9), { fin: false })
      socket.ping('there?')
      socket.send(head.slice(9), { fin: true })
      // The cut goes through a character.
      socket.send(Buffer.from(tail).subarray(0, middle), { fin: false, binary: false })
      socket.send(Buffer.from(tail).subarray(middle), { fin: true, binary: false })
    }
    let pong = ''
    onOpen = connection => {
      connection.socket.on('pong', data => {
        pong = String(data)
      })
      welcome(connection)
    }
    const ann = start()
    await ann.untilLines('message')
    expect(await ann.finish()).toBe(0)
    expect(ann.messages[0]!.text).toBe('🙂'.repeat(20_000))
    expect(pong).toBe('there?')
  })
})

describe('sending', () => {
  it('writes nothing before it has joined, and never more than inFlightMax unanswered', async () => {
    onFrame = () => {}
    const ann = start('--send', 10)
    await until('it asks to join', () => connections[0]?.heard.length === 1)
    const connection = connections[0]!
    await ann.untilLines('welcome')
    tell(connection, joinedAt(0))
    const answered: number[] = []
    const ack = (n: number) => {
      answered.push(n)
      const session = heardOf(connection, 'send')[0]!.session
      tell(connection, { type: 'ack', room: ROOM, session, n, epoch: EPOCH, seq: n })
      tell(connection, message(n))
    }
    for (let n = 1; n <= 10; n++) {
      await until('it has sent what it may', () => heardOf(connection, 'send').length === Math.min(10, n + 2))
      expect(connection.heard.map(({ type }) => type).slice(0, 2)).toEqual(['join', 'send'])
      ack(n)
    }
    expect(await ann.finish()).toBe(0)
    expect(heardOf(connection, 'send').map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it.each([
    ['stale-session', { code: 'stale-session', generation: 7 }, ['8/1', '8/2', '8/3']],
    ['unavailable', { code: 'unavailable' }, ['1/1', '1/2', '1/3']],
    ['too-fast', { code: 'too-fast' }, ['1/1', '1/2', '1/3']],
    ['too-many-in-flight', { code: 'too-many-in-flight' }, ['1/1', '1/2', '1/3']],
    ['out-of-order, where its first is in the log already', { code: 'out-of-order', last: 1 }, ['1/2', '1/3']],
  ] as const)('after the reject %s sends again, once all are answered', async (_what, reject, again) => {
    const answer = (connection: Connection, n: number) => {
      const { session } = heardOf(connection, 'send')[0]!
      tell(connection, { type: 'reject', room: ROOM, session, n, ...reject })
    }
    onFrame = (connection, frame) => {
      const sends = heardOf(connection, 'send').length
      if (frame.type === 'join') tell(connection, joinedAt(0))
      if (frame.type === 'send' && sends === 3) answer(connection, 1)
      // It has heard nothing for longer than its pause is, and still two are unanswered.
      if (frame.type === 'ping' && sends === 3) [2, 3].map(n => answer(connection, n))
      if (frame.type === 'send' && sends > 3) {
        const { session, n } = frame
        tell(connection, { type: 'ack', room: ROOM, session, n, epoch: EPOCH, seq: sends - 3 }, message(sends - 3))
      }
    }
    const ann = start('--send', 3, '--silence-seconds', 1)
    expect(await ann.finish()).toBe(0)
    const numbers = connections[0]!.heard.map(frame => {
      return frame.type === 'send' ? `${frame.session.split('.')[1]}/${frame.n}` : frame.type
    })
    expect(numbers).toEqual(['join', '1/1', '1/2', '1/3', 'ping', ...again])
    expect(connections).toHaveLength(1)
  })
})
