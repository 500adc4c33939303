import { EventEmitter } from 'node:events'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { Connection, type ConnectionOptions } from './connection.ts'
import { FrameBatch } from './frame-batch.ts'
import { createMetrics } from './metrics.ts'
import { CLOSE_CODES, type ServiceFrame } from './protocol.ts'
import type { Member } from './room.ts'
import { Room } from './room.ts'
import { textsOf } from './test-frames.ts'
import { TestLog } from './test-log.ts'

/** A socket whose other end reads only when told to. */
class TestSocket extends EventEmitter {
  readonly OPEN = 1
  readonly CLOSED = 3
  readyState = 1
  bufferedAmount = 0
  extensions = ''
  closeCode = 0
  readonly sent: string[] = []
  /** Of batches, each one system call. */
  writes = 0
  #flushes: (() => void)[] = []

  send(frame: string, flushed?: () => void): void {
    this.sent.push(frame)
    this.bufferedAmount += Buffer.byteLength(frame)
    if (flushed !== undefined) this.#flushes.push(flushed)
  }

  /** What was written past ws. */
  take(bytes: Buffer): void {
    this.sent.push(...textsOf(bytes))
    this.bufferedAmount += bytes.length
    this.writes++
  }

  close(code: number): void {
    this.closeCode = code
    this.readyState = 2
  }

  terminate(): void {
    this.readyState = 3
    this.emit('close')
  }

  /** The other end has read everything. */
  flush(): void {
    this.bufferedAmount = 0
    const flushes = this.#flushes
    this.#flushes = []
    for (const flushed of flushes) flushed()
  }

  receive(frame: object): void {
    this.emit('message', Buffer.from(JSON.stringify(frame)), false)
  }

  get frames(): ServiceFrame[] {
    return this.sent.filter(frame => frame.startsWith('{')).map(frame => JSON.parse(frame))
  }
}

const SLOW_READER_BYTES_MAX = 100_000

function connect() {
  const socket = new TestSocket()
  const log = new TestLog()
  const room = new Room('r', log, { pending: () => room.flush(), delivered: () => {}, repaired: () => {} })
  const metrics = createMetrics('test', {
    connections: () => 0,
    rooms: () => 0,
    drainRemaining: () => 0,
    redisReconnects: () => [],
  })
  const rooms = {
    enter: async (_name: string, member: Member) => {
      room.members.add(member)
      if (room.position === null) await room.open()
      return room
    },
    leave: (_name: string, member: Member) => void room.members.delete(member),
  }
  /** Who is counted as being in the room. */
  const present: string[] = []
  const presence = {
    entered: (name: string, user: string) => void present.push(`${user} in ${name}`),
    left: (name: string, user: string) => void present.splice(present.indexOf(`${user} in ${name}`), 1),
  }
  const options = {
    socket: socket as unknown as WebSocket,
    ...{ instance: 'test', slowReaderBytesMax: SLOW_READER_BYTES_MAX, redisWaitMsMax: 0, redisCommandMsMax: 100 },
    ...{ idlePingMs: 25_000, idleMsMax: 60_000, frameRate: { perSecond: 1, burst: 20 } },
    transport: { cork: () => {}, uncork: () => {}, write: (bytes: Buffer) => socket.take(bytes) },
    identity: { user: 'ann', rooms: null, expiresAtMs: null },
    limits: { textBytesMax: 100, frameBytesMax: 1000, roomsMax: 3, inFlightMax: 4 },
    ...{ rooms, presence, roomLog: log, commands: { isUsable: true }, metrics, log: pino({ level: 'silent' }) },
  } as unknown as ConnectionOptions
  return { socket, log, room, present, connection: new Connection(options) }
}

/** Lets everything go on that waits for nothing but promises. */
function idle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

describe('a slow reader', () => {
  it('is closed with its own code once too many bytes of live messages wait', () => {
    const { socket, connection } = connect()
    for (let count = 0; count < 9; count++) connection.writeLive('x'.repeat(10_000))
    expect(socket.closeCode).toBe(0)
    connection.writeLive('x'.repeat(10_000))
    expect(socket.closeCode).toBe(CLOSE_CODES.slowReader.code)
  })

  it('is closed where the messages come in batches', () => {
    const { socket, connection } = connect()
    const batch = new FrameBatch(['x'.repeat(30_000), 'y'.repeat(30_000)])
    connection.writeBatch(batch)
    expect([socket.writes, socket.sent.at(-1), socket.closeCode]).toEqual([1, 'y'.repeat(30_000), 0])
    connection.writeBatch(batch)
    expect(socket.closeCode).toBe(CLOSE_CODES.slowReader.code)
  })

  it('is not who still has history in the socket when a live message of another room comes', async () => {
    const { socket, connection } = connect()
    const written = connection.writeHistory(Array.from({ length: 20 }, () => 'x'.repeat(10_000)))
    connection.writeLive('live')
    expect(socket.closeCode).toBe(0)
    socket.flush()
    await written
    for (let count = 0; count < 11; count++) connection.writeLive('x'.repeat(10_000))
    expect(socket.closeCode).toBe(CLOSE_CODES.slowReader.code)
  })

  it('gets its history piece by piece, each once the one before it is read', async () => {
    const { socket, connection } = connect()
    let isWritten = false
    const written = connection.writeHistory(Array.from({ length: 20 }, () => 'x'.repeat(10_000))).then(() => {
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
    const { socket, connection } = connect()
    socket.extensions = 'permessage-deflate'
    connection.writeBatch(new FrameBatch(['one', 'two']))
    expect([socket.writes, socket.sent.slice(-2)]).toEqual([0, ['one', 'two']])
  })

  it('is not written once the socket is closing', () => {
    const { socket, connection } = connect()
    connection.close('normal')
    connection.writeBatch(new FrameBatch(['late']))
    expect(socket.sent).not.toContain('late')
  })
})

describe('leaving', () => {
  it('names the last position that was delivered, also while history is read', async () => {
    const { socket, log } = connect()
    log.pageEntriesMax = 2
    for (let count = 0; count < 6; count++) log.append()
    const page = log.read.bind(log)
    let release = () => {}
    log.read = async (name, start, limit) => {
      if ('after' in start && start.after.seq > 0) await new Promise<void>(resolve => (release = resolve))
      return page(name, start, limit)
    }
    socket.receive({ type: 'join', room: 'r', position: { epoch: 'a', seq: 0 } })
    await idle()
    expect(socket.sent.slice(2)).toEqual(['a:1', 'a:2'])
    socket.receive({ type: 'leave', room: 'r' })
    release()
    await idle()
    expect(socket.sent).toHaveLength(5)
    expect(socket.frames.at(-1)).toEqual({ type: 'left', room: 'r', position: { epoch: 'a', seq: 2 } })
  })

  it('right after the join, in one go, leaves nobody in the room', async () => {
    const { socket, log, room, present } = connect()
    socket.receive({ type: 'join', room: 'r' })
    socket.receive({ type: 'leave', room: 'r' })
    await idle()
    room.offer(log.append())
    expect(socket.sent).not.toContain('a:1')
    expect(room.members.size).toBe(0)
    expect(present).toEqual([])
  })

  it('ends being counted, once, by a leave or by the end of the socket', async () => {
    const { socket, present } = connect()
    socket.receive({ type: 'join', room: 'r' })
    await idle()
    expect(present).toEqual(['ann in r'])
    socket.receive({ type: 'leave', room: 'r' })
    expect(present).toEqual([])
    socket.receive({ type: 'join', room: 'r' })
    await idle()
    socket.emit('close')
    socket.emit('close')
    expect(present).toEqual([])
  })
})
