/** What the receiver counts, against a server that does everything to its stream that TCP may do. */

import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Rig } from './rig.ts'
import { type Wire, WireClient } from './wire-client.ts'

const MESSAGE_BYTES = [180, 200, 70_000]
const PIECE_BYTES = [1, 2, 3, 5, 200, 40_000]

const wire: Wire = {
  ...{ path: '/', subprotocol: '', hello: 'hello', ready: 'ready', envelopeBytes: 0 },
  publish: text => text,
}

const folder = mkdtempSync(join(tmpdir(), 'tuesday-bench-'))
const pongs: string[] = []
let server: Server

/** A whole text frame of a server, with each of the three ways to write a length. */
function frame(payload: string, opcode = 1): Buffer {
  const body = Buffer.from(payload)
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  head[1] = body.length < 126 ? body.length : body.length < 65_536 ? 126 : 127
  if (head.length === 4) head.writeUInt16BE(body.length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(body.length), 2)
  return Buffer.concat([head, body])
}

/** Everything that the client is sent, in pieces that end anywhere. */
async function write(socket: Socket, bytes: Buffer): Promise<void> {
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const length = PIECE_BYTES[piece % PIECE_BYTES.length]!
    socket.write(bytes.subarray(at, at + length))
    at += length
    if (piece < 20) await sleep(1)
  }
}

async function serve(socket: Socket): Promise<void> {
  let heard = Buffer.alloc(0)
  let isPublished = false
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.on('data', async chunk => {
    heard = Buffer.concat([heard, chunk])
    const text = heard.toString('latin1')
    if (text.endsWith('\r\n\r\n')) return write(socket, Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    if (text.endsWith('hello')) return write(socket, Buffer.concat([frame('not it'), frame('ready')]))
    if (text.includes('beat')) pongs.push('beat')
    if (isPublished || !text.includes('~t')) return
    isPublished = true
    const time = /~t\d{19}/.exec(text)![0]
    const messages = MESSAGE_BYTES.map(bytes => frame(time + 'x'.repeat(bytes - time.length)))
    await write(socket, Buffer.concat([frame('y'.repeat(179)), ...messages, frame('beat', 9), frame('z'.repeat(10))]))
  })
}

beforeAll(async () => {
  server = createServer(socket => void serve(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

test('frames are counted whole, wherever the stream is cut; what is short is no message; a ping is answered', async () => {
  await using rig = await Rig.open(join(folder, 'rig'), new AbortController().signal)
  const { port } = server.address() as AddressInfo
  const client = await WireClient.connect(rig, { port, sockets: 1, wire, serverPids: [process.pid] })
  // One send, and three messages come back.
  const result = await client.openLoop({ perSecond: 1, warmUpMs: 0, ms: 900 })
  expect(result.deliveries).toBe(MESSAGE_BYTES.length)
  expect(result.payloadBytes).toBeCloseTo(
    MESSAGE_BYTES.reduce((sum, bytes) => sum + bytes, 0) / MESSAGE_BYTES.length,
    0,
  )
  expect(pongs).toEqual(['beat'])
})

test('while a message is under way the receiver looks for it, for a bounded time, and that is no work', async () => {
  const MESSAGES = 4
  const LATER_MS = 100
  const sockets: Socket[] = []
  const slow = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', async chunk => {
      if (chunk.includes('\r\n\r\n')) return socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
      if (!chunk.includes('~t')) return
      const [first, second] = sockets
      first!.write(frame('x'.repeat(200)))
      await sleep(LATER_MS)
      second!.write(frame('x'.repeat(200)))
    })
  })
  await new Promise<void>(resolve => slow.listen(0, '127.0.0.1', resolve))
  await using rig = await Rig.open(join(folder, 'slow'), new AbortController().signal)
  const { port } = slow.address() as AddressInfo
  const client = await WireClient.connect(rig, {
    ...{ port, sockets: 2, serverPids: [process.pid] },
    wire: { ...wire, hello: '', ready: '' },
  })
  const result = await client.closedLoop(1, 0, MESSAGES * LATER_MS)
  expect(result).toMatchObject({ stalled: false, closed: 0 })
  expect(result.lookingSeconds).toBeGreaterThan(0)
  // A millisecond for each message, not all the time until its last delivery.
  expect(result.lookingSeconds).toBeLessThan((MESSAGES + 1) * 0.002)
  slow.close()
})

test('a server that refuses the upgrade is told of, with what it said', async () => {
  const refusing = createServer(socket => {
    // The client ends at the first refusal, whatever the other sockets are at.
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'))
  })
  await new Promise<void>(resolve => refusing.listen(0, '127.0.0.1', resolve))
  await using rig = await Rig.open(join(folder, 'refused'), new AbortController().signal)
  const { port } = refusing.address() as AddressInfo
  const connecting = WireClient.connect(rig, { port, sockets: 2, wire, serverPids: [] })
  await expect(connecting).rejects.toThrow('the upgrade was refused: HTTP/1.1 503 Service Unavailable')
  refusing.close()
})
