import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { Connection, type ConnectionOptions } from './connection.ts'
import { CLOSE_CODES } from './protocol.ts'
import type { Member } from './room.ts'
import { Room } from './room.ts'
import { TestLog } from './test-log.ts'
import { createTestMetrics } from './test-metrics.ts'
import { NO_EVENTS } from './test-room.ts'
import { TestSocket } from './test-socket.ts'

const SLOW_READER_BYTES_MAX = 100_000

function connect() {
  const socket = new TestSocket()
  const log = new TestLog()
  const room = new Room('r', log, { ...NO_EVENTS, pending: () => room.flush() })
  const metrics = createTestMetrics()
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
    transport: socket.transport,
    identity: { user: 'ann', rooms: null, expiresAtMs: null },
    common: {
      ...{ instance: 'test', slowReaderBytesMax: SLOW_READER_BYTES_MAX, redisWaitMsMax: 0, redisCommandMsMax: 100 },
      ...{ idlePingMs: 25_000, idleMsMax: 60_000, frameRate: { perSecond: 1, burst: 20 } },
      limits: { textBytesMax: 100, frameBytesMax: 1000, roomsMax: 3, inFlightMax: 4 },
      ...{ rooms, presence, roomLog: log, commands: { isUsable: true }, metrics, log: pino({ level: 'silent' }) },
    },
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
    socket.bufferedAmount = SLOW_READER_BYTES_MAX
    expect(socket.closeCode).toBe(0)
    connection.announceDrain(100)
    expect(socket.closeCode).toBe(CLOSE_CODES.slowReader.code)
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
