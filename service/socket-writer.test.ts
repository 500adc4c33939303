import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { FrameBatch } from './frame-batch.ts'
import { SocketWriter } from './socket-writer.ts'
import { TestSocket } from './test-socket.ts'

function connect(extensions = '') {
  const socket = new TestSocket()
  socket.extensions = extensions
  const slowness = { times: 0, readTooSlowly: () => void slowness.times++ }
  const writer = new SocketWriter(socket as unknown as WebSocket, socket.transport, 100_000, slowness)
  return { socket, writer, slowness }
}

/** Lets everything go on that waits for nothing but promises. */
function idle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

describe('a slow reader', () => {
  it('is noticed once too many bytes of live messages wait', () => {
    const { writer, slowness } = connect()
    for (let count = 0; count < 10; count++) writer.write('x'.repeat(10_000))
    expect(slowness.times).toBe(0)
    writer.write('x')
    expect(slowness.times).toBe(1)
  })

  it('is noticed where the messages come in batches', () => {
    const { socket, writer, slowness } = connect()
    const batch = new FrameBatch(['x'.repeat(30_000), 'y'.repeat(30_000)])
    writer.writeBatch(batch)
    expect([socket.writes, socket.sent.at(-1), slowness.times]).toEqual([1, 'y'.repeat(30_000), 0])
    writer.writeBatch(batch)
    expect(slowness.times).toBe(1)
  })

  it('is not who still has history in the socket when a live message of another room comes', async () => {
    const { socket, writer, slowness } = connect()
    const written = writer.writeHistory(Array.from({ length: 20 }, () => 'x'.repeat(10_000)))
    writer.write('live')
    expect(slowness.times).toBe(0)
    socket.flush()
    await written
    for (let count = 0; count < 10; count++) writer.write('x'.repeat(10_001))
    expect(slowness.times).toBe(1)
  })

  it('gets its history piece by piece, each once the one before it is read', async () => {
    const { socket, writer } = connect()
    let isWritten = false
    const written = writer.writeHistory(Array.from({ length: 20 }, () => 'x'.repeat(10_000))).then(() => {
      isWritten = true
    })
    await idle()
    expect(isWritten).toBe(false)
    socket.flush()
    await written
  })
})

describe('a batch', () => {
  it('goes frame by frame where an extension was negotiated, since ws alone knows what it does to a frame', () => {
    const { socket, writer } = connect('permessage-deflate')
    writer.writeBatch(new FrameBatch(['one', 'two']))
    expect([socket.writes, socket.sent.slice(-2)]).toEqual([0, ['one', 'two']])
  })

  it('is not written once the socket is closing', () => {
    const { socket, writer } = connect()
    socket.close(1000)
    writer.writeBatch(new FrameBatch(['late']))
    expect(socket.sent).not.toContain('late')
  })
})

describe('answers', () => {
  it('that come in one tick go out as one write', async () => {
    const { socket, writer } = connect()
    for (const answer of ['one', 'two', 'three']) writer.write(answer)
    expect([socket.corks, socket.uncorks]).toEqual([1, 0])
    await idle()
    expect([socket.corks, socket.uncorks]).toEqual([1, 1])
    writer.write('four')
    await idle()
    expect([socket.corks, socket.uncorks]).toEqual([2, 2])
    expect(socket.sent).toEqual(['one', 'two', 'three', 'four'])
  })
})
