import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { Handshake } from './handshake.ts'

function attempt() {
  const handshake = new Handshake({ host: '127.0.0.1', port: 9000, path: '/ws?guest=ann', subprotocol: 'chat.v1' })
  const key = /Sec-WebSocket-Key: (\S+)\r\n/.exec(handshake.request)![1]!
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  const headers = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': accept,
    'Sec-WebSocket-Protocol': 'chat.v1',
  }
  return { handshake, headers }
}

function answer(headers: Readonly<Record<string, string>>, status = 'HTTP/1.1 101 Switching Protocols'): Buffer {
  return Buffer.from(
    `${[status, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`,
  )
}

function readAll(handshake: Handshake, bytes: Buffer): number | null {
  return handshake.read(bytes, bytes.length)
}

test('the request asks for the upgrade and the subprotocol', () => {
  const { request } = attempt().handshake
  const [first, ...rest] = request.split('\r\n')
  expect(first).toBe('GET /ws?guest=ann HTTP/1.1')
  expect(rest).toEqual(
    expect.arrayContaining(['Host: 127.0.0.1:9000', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: chat.v1']),
  )
  expect(request.endsWith('\r\n\r\n')).toBe(true)
})

test('frames begin after the answer, also in the same chunk', () => {
  const { handshake, headers } = attempt()
  const bytes = answer(headers)
  expect(readAll(handshake, Buffer.concat([bytes, Buffer.from([0x81, 0])]))).toBe(bytes.length)
})

test('an answer may come byte by byte, in other letters and with more headers', () => {
  const { handshake, headers } = attempt()
  const bytes = answer({
    upgrade: 'WebSocket',
    CONNECTION: 'keep-alive, upgrade',
    'sec-websocket-accept': headers['Sec-WebSocket-Accept'],
    'sec-websocket-protocol': 'chat.v1',
    'x-more': 'a: b',
  })
  const found = [...bytes].map(byte => readAll(handshake, Buffer.from([byte])))
  expect(found.slice(0, -1).every(at => at === null)).toBe(true)
  expect(found.at(-1)).toBe(1)
})

test.each<[string, (headers: Record<string, string>) => Buffer, string]>([
  [
    'a refusal',
    headers => answer(headers, 'HTTP/1.1 503 Service Unavailable'),
    'expected status 101, found "HTTP/1.1 503',
  ],
  ['another version', headers => answer(headers, 'HTTP/1.0 101 OK'), 'expected status 101'],
  ['no upgrade', ({ Upgrade, ...rest }) => answer(rest), 'expected Upgrade: websocket'],
  ['another connection', headers => answer({ ...headers, Connection: 'close' }), 'expected Connection: Upgrade'],
  ['another key', headers => answer({ ...headers, 'Sec-WebSocket-Accept': 'AAAA' }), 'Sec-WebSocket-Accept'],
  ['no subprotocol', ({ 'Sec-WebSocket-Protocol': _, ...rest }) => answer(rest), 'the subprotocol chat.v1'],
  ['an extension', headers => answer({ ...headers, 'Sec-WebSocket-Extensions': 'permessage-deflate' }), 'no extension'],
  ['no header', headers => answer({ ...headers, '': 'x' }), 'expected a header'],
])('%s is not accepted', (_what, make, why) => {
  const { handshake, headers } = attempt()
  expect(() => readAll(handshake, make(headers))).toThrow(why)
})

test('an answer without an end is given up', () => {
  const { handshake } = attempt()
  const chunk = Buffer.alloc(1000, 'a')
  expect(() => {
    for (let chunks = 0; chunks < 20; chunks++) readAll(handshake, chunk)
  }).toThrow('longer than 16384 bytes')
})
