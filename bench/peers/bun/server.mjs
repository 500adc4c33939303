/**
 * Bun's own publish and subscribe, as its documentation has it: `ws.subscribe(topic)` when a client comes, `server.publish(topic, message)` to all of
 * them, natively. Bun's topics end at the process, so that what comes in goes through Redis first, with Bun's own client: the same way that
 * the other servers here take. Messages are texts that are passed on as they are.
 */

import { RedisClient, serve } from 'bun'

const TOPIC = 'chat'
const publisher = new RedisClient(process.env.REDIS_URL)
const subscriber = await publisher.duplicate()

const server = serve({
  port: Number(process.env.PORT),
  hostname: '127.0.0.1',
  fetch(request, server) {
    if (server.upgrade(request)) return
    return new Response('expected a WebSocket', { status: 426 })
  },
  websocket: {
    open(socket) {
      socket.subscribe(TOPIC)
    },
    message(_socket, message) {
      publisher.publish(TOPIC, message)
    },
  },
})

await subscriber.subscribe(TOPIC, message => server.publish(TOPIC, message))
