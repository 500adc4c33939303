/**
 * Socket.IO with @socket.io/redis-adapter, as the adapter's documentation has it: a pair of ioredis clients, one of which publishes; `io.emit`
 * reaches the clients of all instances.
 */

import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'

const pubClient = new Redis(process.env.REDIS_URL)
const subClient = pubClient.duplicate()
const io = new Server({ adapter: createAdapter(pubClient, subClient), serveClient: false })

io.on('connection', socket => {
  socket.on('chat message', text => io.emit('chat message', text))
})

io.listen(Number(process.env.PORT))
