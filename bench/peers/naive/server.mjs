/**
 * The chat of a tutorial: fastify, @fastify/websocket and ioredis. A message that comes in is published to Redis; each instance is subscribed,
 * parses what comes, and stringifies and sends it to each of its clients.
 */

import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import { Redis } from 'ioredis'

const CHANNEL = 'chat'
const publisher = new Redis(process.env.REDIS_URL)
const subscriber = new Redis(process.env.REDIS_URL)
const clients = new Set()

const app = Fastify()
await app.register(websocket)

app.get('/ws', { websocket: true }, socket => {
  clients.add(socket)
  socket.on('close', () => clients.delete(socket))
  socket.on('message', data => {
    const { from, text } = JSON.parse(data.toString())
    publisher.publish(CHANNEL, JSON.stringify({ from, text, sentAt: Date.now() }))
  })
})

await subscriber.subscribe(CHANNEL)
subscriber.on('message', (_channel, payload) => {
  const message = JSON.parse(payload)
  for (const client of clients) {
    if (client.readyState === client.OPEN) client.send(JSON.stringify(message))
  }
})

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
