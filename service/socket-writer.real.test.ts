/** Bytes that go past the stream, on real sockets. */

import { once } from 'node:events'
import { connect as connectTo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { FrameBatch } from './frame-batch.ts'
import { SocketWriter } from './socket-writer.ts'
import { textsOf } from './test-frames.ts'

/** Many times what the kernel holds for a socket that is not read. */
const BATCHES = 400
const TEXT_LENGTH = 60_000

const opened: { destroy(): unknown }[] = []
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy()
})

async function listen(): Promise<Server> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push({ destroy: () => server.close() })
  return server
}

/** The service's end of a connection, as ws would have it, and the client's. */
async function connect(server?: Server) {
  const listening = server ?? (await listen())
  const accepted = once(listening, 'connection')
  const client = connectTo((listening.address() as { port: number }).port, '127.0.0.1')
  const [transport] = (await accepted) as [Socket]
  opened.push(transport, client)
  const failures: Error[] = []
  transport.on('error', error => failures.push(error))
  const socket = {
    ...{ OPEN: 1, readyState: 1, extensions: '' },
    get bufferedAmount() {
      return transport.writableLength
    },
    send: (text: string) => transport.write(new FrameBatch([text]).bytes),
  }
  const slowness = { times: 0, readTooSlowly: () => void slowness.times++ }
  const writer = new SocketWriter(socket as unknown as WebSocket, transport, 1_000_000, slowness)
  return { client, transport, writer, slowness, failures }
}

it('a reader that stops and goes on gets every byte in order, however much the system took at once', async () => {
  const { client, transport, writer, slowness } = await connect()
  client.pause()
  const texts: string[] = []
  for (let number = 0; number < BATCHES; number++) {
    const batch = [`${number}:${'x'.repeat(TEXT_LENGTH)}`, `${number}!`]
    texts.push(...batch)
    writer.writeBatch(new FrameBatch(batch))
    // Between two batches the stream is what is written to.
    if (number % 7 === 0) {
      writer.write(`answer ${number}`)
      texts.push(`answer ${number}`)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  expect(transport.writableLength).toBeGreaterThan(1_000_000)
  expect(slowness.times).toBeGreaterThan(0)
  const chunks: Buffer[] = []
  client.on('data', (chunk: Buffer) => chunks.push(chunk))
  client.resume()
  transport.end()
  await once(client, 'end')
  expect(textsOf(Buffer.concat(chunks))).toEqual(texts)
})

it('a reader that reads takes everything past the stream', async () => {
  const { client, transport, writer, slowness } = await connect()
  const heard = once(client, 'data')
  writer.writeBatch(new FrameBatch(['hello']))
  expect([transport.writableLength, transport.bytesWritten, slowness.times]).toEqual([0, 0, 0])
  expect(textsOf((await heard)[0])).toEqual(['hello'])
})

it('nothing is written to a descriptor that is another socket by now', async () => {
  const server = await listen()
  const { transport, writer } = await connect(server)
  const descriptor = descriptorOf(transport)
  transport.destroy()
  // Takes the place that has become free; ws has not heard of the end yet.
  const other = await connect(server)
  const ends = [other.client, other.transport]
  expect(ends.map(descriptorOf)).toContain(descriptor)
  writer.writeBatch(new FrameBatch(['for nobody']))
  for (const end of ends) end.resume().end()
  await Promise.all(ends.map(end => once(end, 'end')))
  expect(ends.map(({ bytesRead }) => bytesRead)).toEqual([0, 0])
})

it('a connection that the other end has reset fails on the stream, and throws nothing', async () => {
  const { client, writer, failures } = await connect()
  client.resetAndDestroy()
  await new Promise(resolve => setTimeout(resolve, 50))
  for (let number = 0; number < 3; number++) writer.writeBatch(new FrameBatch(['into the void']))
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(failures.map(({ message }) => message).every(message => /ECONNRESET|EPIPE/.test(message))).toBe(true)
})

function descriptorOf(socket: Socket): number {
  return (socket as unknown as { _handle: { fd: number } })._handle.fd
}
