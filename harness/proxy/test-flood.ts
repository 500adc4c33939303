/**
 * Test support: one part of a flood through a proxy, as a process of its own, forked with its role.
 *
 * `proxy <target port>` tells its port, and its CPU time and what is wrong with it when asked; `sink` tells its port, then how much came; `source <port> <bytes>`
 * sends. Each ends with whoever forked it.
 */

import { createServer, connect as dial } from 'node:net'
import { TcpProxy } from './tcp-proxy.ts'

const CHUNK = Buffer.alloc(256 * 1024, 7)

process.on('disconnect', () => process.exit())
const [role, port, bytes] = process.argv.slice(2)
if (role === 'proxy') await beProxy(Number(port))
else if (role === 'sink') beSink()
else if (role === 'source') beSource(Number(port), Number(bytes))

async function beProxy(targetPort: number): Promise<void> {
  const proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort })
  process.on('message', () => process.send!({ ...process.cpuUsage(), brokenBy: proxy.brokenBy }))
  process.send!(proxy.port)
}

function beSink(): void {
  const server = createServer(socket => {
    socket.resume()
    socket.once('end', () => process.send!(socket.bytesRead))
  })
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port))
}

function beSource(targetPort: number, bytesMin: number): void {
  const socket = dial({ host: '127.0.0.1', port: targetPort })
  const pump = () => {
    while (socket.bytesWritten < bytesMin) if (!socket.write(CHUNK)) return
    socket.end()
  }
  socket.on('drain', pump)
  socket.once('connect', pump)
  socket.once('close', () => process.exit())
}
