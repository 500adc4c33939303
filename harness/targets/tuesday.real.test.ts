import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { TargetAddress, TargetListener } from './target.ts'
import { TuesdayTarget } from './tuesday.ts'

const WELCOME = {
  type: 'welcome',
  instance: 'chat-1',
  user: 'a',
  limits: { textBytesMax: 100, frameBytesMax: 1000, roomsMax: 1, inFlightMax: 1 },
}

/** Hears nothing of what it is told. */
const NOBODY = new Proxy({}, { get: () => () => {} }) as TargetListener

test('a client asks for a sign of life after the silence that it was told', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const idlePingMs = 300
  using target = new TuesdayTarget({
    addresses: [{ instance: 0, host: '127.0.0.1', port }],
    ...{ roomPrefix: '', senderPrefix: 't-', random: Math.random, clientsOfRun: 1, idlePingMs },
  })
  const client = target.createClient('a', 0, NOBODY)
  client.connect()
  const [socket] = (await once(server, 'connection')) as [WebSocket]
  const welcomedAtMs = performance.now()
  socket.send(JSON.stringify(WELCOME))
  const [frame] = (await once(socket, 'message')) as [Buffer]
  expect(JSON.parse(String(frame))).toMatchObject({ type: 'ping' })
  expect(performance.now() - welcomedAtMs).toBeGreaterThan(idlePingMs - 1)
  client.end()
  server.close()
})

/** What a listener is told of connections, in order. */
function told(): { readonly events: string[]; readonly listener: TargetListener } {
  const events: string[] = []
  const heard = {
    opened: (instance: number) => events.push(`opened ${instance}`),
    closed: (code: number) => events.push(`closed ${code}`),
    connectFailed: (instance: number, why: string) => events.push(`failed ${instance}: ${why}`),
  }
  return { events, listener: { ...NOBODY, ...heard } as unknown as TargetListener }
}

function targetAt(address: Omit<TargetAddress, 'host'>, welcomeNames: readonly string[] = []): TuesdayTarget {
  return new TuesdayTarget({
    addresses: [{ host: '127.0.0.1', ...address }],
    welcomeNames,
    ...{ roomPrefix: '', senderPrefix: 't-', random: Math.random, clientsOfRun: 1 },
  })
}

test('behind a balancer welcome tells where a connection landed, and one that is closed before it has failed', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  using target = targetAt({ instance: 0, port, isBalancer: true }, ['chat-1', 'f00d'])
  const { events, listener } = told()
  const client = target.createClient('a', 0, listener)
  client.connect()
  const [draining] = (await once(server, 'connection')) as [WebSocket]
  draining.close(1012, 'the instance is going away')
  const [socket] = (await once(server, 'connection')) as [WebSocket]
  expect(events).toEqual(['failed -1: closed with 1012 before the welcome'])
  expect(client.instance).toBe(-1)
  socket.send(JSON.stringify({ ...WELCOME, instance: 'f00d' }))
  await vi.waitUntil(() => client.instance === 1)
  socket.close(1012, 'the instance is going away')
  await vi.waitUntil(() => client.instance === -1)
  expect(events.slice(1)).toEqual(['opened 1', 'closed 1012'])
  client.end()
  server.close()
})

test.each([
  ['refused', null, 'ECONNREFUSED'],
  [
    'answered with another status',
    'HTTP/1.1 503 Service Unavailable',
    'expected status 101, found "HTTP/1.1 503 Service Unavailable"',
  ],
  ['cut off', '', 'closed without an answer'],
])('a try that is %s has failed, and never was open', async (_, answer, why) => {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.end(answer === '' ? '' : `${answer}\r\ncontent-length: 0\r\n\r\n`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  if (answer === null) await new Promise(resolve => server.close(resolve))
  using target = targetAt({ instance: 0, port })
  const { events, listener } = told()
  const client = target.createClient('a', 0, listener)
  client.connect()
  await vi.waitUntil(() => events.length > 0)
  expect(events[0]).toBe(`failed 0: ${why}`)
  expect(events.filter(event => event.startsWith('opened'))).toEqual([])
  client.end()
  server.close()
})
