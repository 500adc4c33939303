/** The client against a server of the ws package and against servers that misbehave, over real sockets. */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocketServer, type WebSocket as WsSocket } from 'ws'
import { textOf } from './text.ts'
import { WebSocket, type WebSocketListener, type WebSocketOptions } from './web-socket.ts'

const servers: (Server | WebSocketServer)[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    if (server instanceof WebSocketServer) for (const client of server.clients) client.terminate()
    server.close()
  }
})

/** Hears one socket, and lets a test wait for what is told. */
class Ears implements WebSocketListener {
  readonly told: unknown[] = []
  #wake = () => {}

  opened(): void {
    this.#note('opened')
  }

  readBegins(): void {}

  readEnds(): void {}

  skim(_socket: WebSocket, _bytes: Buffer, start: number): number {
    return start
  }

  text(socket: WebSocket, bytes: Buffer, start: number, end: number): void {
    const text = textOf(bytes, start, end)
    if (text === null) socket.fail(1007, 'not UTF-8')
    else this.#note(text)
  }

  closed(_socket: WebSocket, code: number): void {
    this.#note(code)
  }

  async until(last: unknown): Promise<unknown[]> {
    while (!this.told.includes(last)) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.told
  }

  #note(what: unknown): void {
    this.told.push(what)
    this.#wake()
  }
}

function open(port: number, options: Partial<WebSocketOptions> = {}) {
  const ears = new Ears()
  const socket = new WebSocket(
    {
      host: '127.0.0.1',
      port,
      path: '/ws?guest=ann',
      subprotocol: 'chat.v1',
      handshakeMsMax: 5_000,
      messageBytesMax: 1_000_000,
      localAddress: undefined,
      ...options,
    },
    ears,
  )
  return { ears, socket }
}

async function wsServer(onClient: (client: WsSocket) => void): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: offered => [...offered][0]! })
  servers.push(server)
  server.on('connection', onClient)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function rawServer(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    onSocket(socket)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

test('texts of every length go there and back, in order', async () => {
  const port = await wsServer(client => client.on('message', data => client.send(String(data))))
  const texts = ['', 'hällo 😀', ...[125, 126, 65_535, 65_536, 300_000].map(length => 'z'.repeat(length)), 'last']
  const { ears, socket } = open(port)
  await ears.until('opened')
  for (const text of texts) socket.send(text)
  expect(await ears.until('last')).toEqual(['opened', ...texts])
  socket.close(1000, 'done')
  expect(socket.isOpen).toBe(false)
  expect((await ears.until(1000)).at(-1)).toBe(1000)
})

test('what comes with the answer to the handshake is read, and many sockets share what they read into', async () => {
  const port = await wsServer(client => client.send('welcome'))
  const all = Array.from({ length: 50 }, () => open(port))
  for (const { ears } of all) expect(await ears.until('welcome')).toEqual(['opened', 'welcome'])
  for (const { socket } of all) socket.terminate()
  for (const { ears } of all) expect(await ears.until(1006)).toHaveLength(3)
})

test('a ping is answered with what it carried', async () => {
  const pong = Promise.withResolvers<string>()
  const port = await wsServer(client => {
    client.on('pong', data => pong.resolve(String(data)))
    client.ping('are you there')
  })
  const { socket } = open(port)
  expect(await pong.promise).toBe('are you there')
  socket.terminate()
})

test.each([
  ['with a code', (client: WsSocket) => client.close(1012, 'restart'), 1012],
  ['without a code', (client: WsSocket) => client.close(), 1005],
  ['by cutting the connection', (client: WsSocket) => client.terminate(), 1006],
])('a server that ends it %s', async (_how, end, code) => {
  const answered = Promise.withResolvers<number>()
  const port = await wsServer(client => {
    client.on('close', answered.resolve)
    end(client)
  })
  const { ears } = open(port)
  expect((await ears.until(code)).at(-1)).toBe(code)
  expect(await answered.promise).toBe(code)
})

test('a text that is not UTF-8 ends it with 1007', async () => {
  const answered = Promise.withResolvers<number>()
  const port = await wsServer(client => {
    client.on('close', answered.resolve)
    client.send(Buffer.from([0xff]), { binary: false })
  })
  const { ears } = open(port)
  expect(await ears.until(1006)).toEqual(['opened', 1006])
  expect(await answered.promise).toBe(1007)
})

test('a message that is too long ends it with 1009', async () => {
  const answered = Promise.withResolvers<number>()
  const port = await wsServer(client => {
    client.on('close', answered.resolve)
    client.send('x'.repeat(2_000))
  })
  const { ears } = open(port, { messageBytesMax: 1_000 })
  expect(await ears.until(1006)).toEqual(['opened', 1006])
  expect(await answered.promise).toBe(1009)
})

test('a server that accepts the connection and says nothing is given up in time', async () => {
  const port = await rawServer(() => {})
  const { ears } = open(port, { handshakeMsMax: 50 })
  expect(await ears.until(1006)).toEqual([1006])
})

test('a server that refuses, and a port that nobody listens on', async () => {
  const port = await rawServer(socket => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'))
  expect(await open(port).ears.until(1006)).toEqual([1006])
  servers.splice(0)[0]!.close()
  expect(await open(port).ears.until(1006)).toEqual([1006])
})

test('the address of this end can be chosen', async () => {
  const from = Promise.withResolvers<string | undefined>()
  const port = await rawServer(socket => from.resolve(socket.remoteAddress))
  const { socket } = open(port, { localAddress: '127.0.0.7' })
  expect(await from.promise).toBe('127.0.0.7')
  socket.terminate()
})
