/**
 * What breaks the rules of the wire, and what docs/protocol.md says that it gets. No input can come as far as Redis, so each is to be
 * answered at once whatever else is wrong just now.
 */

import { connect } from 'node:net'
import { CLOSE_CODES, type CloseName, ERROR_CODES, type ErrorCode, SUBPROTOCOL } from '../../service/protocol.ts'
import { type HttpAnswer, request } from './http-request.ts'
import { type Handshake, handshakeOf, VisitorSocket } from './visitor-socket.ts'
import type { VisitedAddress } from './visitors.ts'

export interface MalformedInput {
  readonly name: string
  /** The answer that is due, in the words in which {@link MalformedInput.send} tells what came. */
  readonly due: string
  /** Null where nobody answered, or the instance said that it does not serve now. */
  readonly send: (address: VisitedAddress, guest: string) => Promise<string | null>
}

const ANSWER_MS_MAX = 5_000
/** What an instance may always say: it is going away, or cannot serve. */
const AWAY_CODES: readonly number[] = [CLOSE_CODES.restart.code, CLOSE_CODES.tryLater.code, CLOSE_CODES.abnormal.code]
const AWAY_STATUSES: readonly number[] = [503]
const ROOM = 'malformed'
const NONCE = 7

/** A frame of this text, or these bytes; from what the `welcome` told where it depends on a limit. */
type Write = (socket: VisitorSocket, frameBytesMax: number) => void

function frame(name: string, error: ErrorCode, write: Write): MalformedInput {
  const { closes } = ERROR_CODES[error]
  const then = closes === null ? 'and it is kept' : `and it is closed with ${CLOSE_CODES[closes].code}`
  return { name, due: `error ${error}, ${then}`, send: (address, guest) => writeAndRead(address, guest, write) }
}

/** What the WebSocket library itself closes, without a frame. */
function brokenFrame(name: string, closes: CloseName, write: Write): MalformedInput {
  const due = `no error, and it is closed with ${CLOSE_CODES[closes].code}`
  return { name, due, send: (address, guest) => writeAndRead(address, guest, write) }
}

const text = (value: string): Write => {
  return socket => socket.send(value)
}
const json = (value: object): Write => text(JSON.stringify(value))

async function writeAndRead(address: VisitedAddress, guest: string, write: Write): Promise<string | null> {
  const arrival = await VisitorSocket.open(handshakeOf(address, guest), ANSWER_MS_MAX)
  if (arrival.is !== 'in') return null
  const { socket, welcome } = arrival
  try {
    let error: string | null = null
    const stillThere = socket.next(({ type, ...rest }) => {
      if (type === 'error' && 'code' in rest) error ??= rest.code
      return type === 'pong' && 'nonce' in rest && rest.nonce === NONCE
    }, ANSWER_MS_MAX)
    write(socket, welcome.limits.frameBytesMax)
    socket.send({ type: 'ping', nonce: NONCE })
    const isKept = (await stillThere) !== null
    const code = isKept ? null : await socket.closedWithin(ANSWER_MS_MAX)
    if (code !== null && AWAY_CODES.includes(code)) return null
    const said = error === null ? 'no error' : `error ${error}`
    return `${said}, ${isKept ? 'and it is kept' : code === null ? 'and nothing more' : `and it is closed with ${code}`}`
  } finally {
    socket.cut()
  }
}

function door(
  name: string,
  closes: CloseName,
  handshake: (guest: string) => Omit<Handshake, keyof VisitedAddress>,
): MalformedInput {
  return {
    name,
    due: `closed with ${CLOSE_CODES[closes].code}`,
    send: async (address, guest) => {
      const arrival = await VisitorSocket.open({ ...address, ...handshake(guest) }, ANSWER_MS_MAX)
      if (arrival.is === 'in') arrival.socket.cut()
      if (arrival.is === 'failed' || (arrival.is === 'refused' && AWAY_CODES.includes(arrival.code))) return null
      return arrival.is === 'in' ? 'let in' : `closed with ${arrival.code}`
    },
  }
}

interface HttpInput {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly isNameless?: boolean
}

/** As a right request to say something, but for what is wrong. */
function http(name: string, due: string, input: HttpInput): MalformedInput {
  const { method = 'POST', path = `/rooms/${ROOM}/messages`, headers = {}, body = '', isNameless = false } = input
  const contentHeaders: Record<string, string> = method === 'POST' ? { 'content-type': 'application/json' } : {}
  return {
    name,
    due,
    send: async ({ host, port }, guest) => {
      const answer = await request({
        ...{ host, port, method, body, msMax: ANSWER_MS_MAX },
        path: isNameless ? path : `${path}?guest=${guest}`,
        headers: { ...contentHeaders, 'idempotency-key': guest, ...headers },
      })
      return answer === null || AWAY_STATUSES.includes(answer.status) ? null : describe(answer)
    },
  }
}

function describe({ status, body }: HttpAnswer): string {
  try {
    return `${status} ${(JSON.parse(body) as { error?: string }).error}`
  } catch {
    return `${status} without JSON`
  }
}

/** Bytes that are no request; Node answers 400 by itself and ends the connection. */
function rawBytes(name: string, bytes: Buffer): MalformedInput {
  return {
    name,
    due: '400 and the end',
    send: ({ host, port }) =>
      new Promise(resolve => {
        const socket = connect({ host, port })
        let received = ''
        socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy())
        socket.on('connect', () => socket.write(bytes))
        socket.on('data', chunk => {
          received += String(chunk)
        })
        socket.on('error', () => {})
        socket.on('close', () => {
          const status = /^HTTP\/1\.1 (\d+)/.exec(received)?.[1]
          resolve(status === undefined ? null : `${status} and the end`)
        })
      }),
  }
}

const LONG_NUMBER = 2 ** 60
/** More than a text may have, and less than a body, unless an instance is configured otherwise. */
const LONG_TEXT = 'x'.repeat(60_000)
/** More than a body may have, however an instance is configured. It is only announced. */
const HUGE_LENGTH = '20000000'

export const MALFORMED_INPUTS: readonly MalformedInput[] = [
  frame('half a frame', 'not-json', text('{"type":"join"')),
  frame('nesting without end', 'not-json', text('['.repeat(20_000))),
  frame('a list', 'not-a-frame', json([1, 2, 3])),
  frame('a frame without a type', 'not-a-frame', text('{"__proto__":{"type":"ping","nonce":1}}')),
  frame('a type that is a number', 'not-a-frame', json({ type: 7 })),
  frame('an unknown type', 'unknown-type', json({ type: 'shout', room: ROOM })),
  frame('a room that is a number', 'bad-field', json({ type: 'join', room: 7 })),
  frame('a room with a slash', 'bad-field', json({ type: 'join', room: '../x' })),
  frame('a position of wrong types', 'bad-field', json({ type: 'join', room: ROOM, position: { epoch: 1, seq: 'x' } })),
  frame(
    'a send of wrong types',
    'bad-field',
    json({ type: 'send', room: ROOM, session: 'x.1', n: '1', text: { a: 1 } }),
  ),
  frame('a nonce beyond all numbers', 'bad-field', json({ type: 'ping', nonce: LONG_NUMBER })),
  frame('a leave of a room not joined', 'not-joined', json({ type: 'leave', room: ROOM })),
  frame('a binary frame', 'binary-frame', socket => socket.send(Buffer.from('{"type":"ping","nonce":1}'))),
  brokenFrame('a huge frame', 'frameTooLong', (socket, max) => socket.send('x'.repeat(max + 1))),
  brokenFrame('bad UTF-8', 'notUtf8', socket => socket.sendAsText(Buffer.from([0x7b, 0xc3, 0x28, 0x7d]))),
  // Opcode 3 is reserved.
  brokenFrame('a frame of no kind', 'protocolError', socket => socket.writeRaw(Buffer.from([0x83, 0x80, 1, 2, 3, 4]))),
  brokenFrame('a frame without a mask', 'protocolError', socket => socket.writeRaw(Buffer.from([0x81, 0x01, 0x78]))),
  door('a wrong subprotocol', 'badProtocol', guest => ({ query: `?guest=${guest}`, subprotocols: ['chat.v0'] })),
  door('no name', 'badName', () => ({ query: '', subprotocols: [SUBPROTOCOL] })),
  door('a name with a slash', 'badName', () => ({ query: '?guest=..%2Fx', subprotocols: [SUBPROTOCOL] })),
  door('a token that is none', 'badToken', () => ({ query: '', subprotocols: [SUBPROTOCOL, 'token.x.y.z'] })),
  rawBytes('bytes that are no request', Buffer.from([0, 1, 2, 0xff, 0xfe, 0x0d, 0x0a, 0x0d, 0x0a])),
  rawBytes('a TLS hello', Buffer.from('1603010200010001fc0303', 'hex')),
  http('a body that is not JSON', '400 bad-request', { body: '{"text":' }),
  http('a text that is a number', '400 bad-request', { body: '{"text":7}' }),
  http('no key', '400 bad-request', { body: '{"text":"x"}', headers: { 'idempotency-key': '' } }),
  http('a field too many', '400 bad-request', { body: '{"text":"x","room":"y"}' }),
  http('an empty text', '422 text-empty', { body: '{"text":""}' }),
  http('a text too long', '422 text-too-long', { body: JSON.stringify({ text: LONG_TEXT }) }),
  http('a huge body', '413 body-too-long', { body: '{"text":"x', headers: { 'content-length': HUGE_LENGTH } }),
  http('a body of another type', '415 bad-media-type', { body: 'text=x', headers: { 'content-type': 'text/plain' } }),
  http('a room with a slash, to read', '400 bad-request', { method: 'GET', path: '/rooms/..%2Fx/messages' }),
  http('no name, to read', '400 bad-name', { method: 'GET', isNameless: true }),
  http('a path that is not there', '404 not-found', { method: 'GET', path: '/rooms' }),
]
