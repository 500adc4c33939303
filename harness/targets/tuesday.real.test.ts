import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { TargetListener } from './target.ts'
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
