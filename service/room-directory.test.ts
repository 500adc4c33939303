import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FrameBatch } from './frame-batch.ts'
import { NotRun, type RedisLink } from './redis-link.ts'
import type { Member } from './room.ts'
import { RoomDirectory, type RoomDirectoryOptions } from './room-directory.ts'
import { channelOf } from './room-log.ts'
import { TestLog } from './test-log.ts'
import { createTestMetrics } from './test-metrics.ts'

const HEARTBEAT_MS = 1000

class TestSubscriber extends EventEmitter {
  isUsable = false
  readonly commands: string[] = []
  /** What an answer to SUBSCRIBE waits for. */
  answered: () => Promise<unknown> = () => Promise.resolve()
  readonly redis = Object.assign(new EventEmitter(), {
    subscribe: async (...channels: string[]) => {
      this.commands.push(`subscribe ${channels.join(' ')}`)
      await this.answered()
    },
    unsubscribe: async (...channels: string[]) => void this.commands.push(`unsubscribe ${channels.join(' ')}`),
  })

  async run(command: (redis: unknown) => Promise<unknown>): Promise<unknown> {
    if (!this.isUsable) throw new NotRun('Redis is away')
    return command(this.redis)
  }

  async waitUntilUsable(msMax: number): Promise<boolean> {
    if (!this.isUsable) await new Promise(resolve => setTimeout(resolve, msMax))
    return this.isUsable
  }

  connect(): void {
    this.isUsable = true
    this.emit('usable')
  }

  /** What a server is subscribed to that was given these commands in this order. */
  get channels(): string[] {
    const channels = new Set<string>()
    for (const command of this.commands) {
      const [name, ...named] = command.split(' ')
      for (const channel of named) name === 'subscribe' ? channels.add(channel) : channels.delete(channel)
    }
    return [...channels]
  }
}

class TestMember implements Member {
  ahead = null
  readonly frames: string[] = []

  write(frame: string): void {
    this.frames.push(frame)
  }

  writeBatch({ frames }: FrameBatch): void {
    this.frames.push(...frames)
  }
}

function createDirectory() {
  const subscriber = new TestSubscriber()
  const log = new TestLog()
  const state = { isLogAway: false }
  const read: TestLog['read'] = async (...asked) => {
    if (state.isLogAway) {
      log.reads++
      throw new NotRun('Redis is away')
    }
    return log.read(...asked)
  }
  const tops: TestLog['tops'] = async rooms => {
    if (state.isLogAway) throw new NotRun('Redis is away')
    return log.tops(rooms)
  }
  const warnings: object[] = []
  const metrics = createTestMetrics('here')
  const directory = new RoomDirectory({
    ...{
      subscriber,
      roomLog: { read, tops, forget: () => {} },
      instance: 'here',
      heartbeatMs: HEARTBEAT_MS,
      redisWaitMsMax: 500,
      flushIntervalMs: 5,
    },
    ...{ metrics, log: { warn: (fields: object) => void warnings.push(fields) } },
  } as unknown as RoomDirectoryOptions)
  const hint = (room: string, { epoch, seq, frame }: { epoch: string; seq: number; frame: string }, from = 'there') =>
    subscriber.redis.emit('message', channelOf(room), `m ${epoch} ${seq} ${Date.now() - 20} ${from}\n${frame}`)
  return { subscriber, log, state, metrics, warnings, directory, hint }
}

/** Enters as one that has caught up. */
async function listen(directory: RoomDirectory, name: string, member: TestMember): Promise<void> {
  const room = await directory.enter(name, member)
  room.goLive(member, room.position!)
}

function roomCountOf(directory: RoomDirectory): number {
  return directory.roomsBySize().reduce((sum, count) => sum + count, 0)
}

describe('room directory', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('subscribes once for all members of a room, and unsubscribes with the last', async () => {
    const { subscriber, directory } = createDirectory()
    subscriber.connect()
    const [one, two] = [new TestMember(), new TestMember()]
    await Promise.all([directory.enter('r', one), directory.enter('r', two)])
    directory.leave('r', one)
    directory.leave('r', one)
    expect([subscriber.commands, roomCountOf(directory)]).toEqual([[`subscribe ${channelOf('r')}`], 1])
    directory.leave('r', two)
    expect([subscriber.commands[1], roomCountOf(directory)]).toEqual([`unsubscribe ${channelOf('r')}`, 0])
  })

  it('throws out who waits for a room longer than Redis may be away, and keeps no trace', async () => {
    const { directory } = createDirectory()
    const entered = directory.enter('r', new TestMember())
    const refused = expect(entered).rejects.toBeInstanceOf(NotRun)
    await vi.advanceTimersByTimeAsync(1000)
    await refused
    expect(roomCountOf(directory)).toBe(0)
  })

  it('lets in who waited until Redis was back', async () => {
    const { subscriber, directory } = createDirectory()
    const entered = directory.enter('r', new TestMember())
    setTimeout(() => subscriber.connect(), 100)
    await vi.advanceTimersByTimeAsync(600)
    expect((await entered).position).toEqual({ epoch: 'a', seq: 0 })
  })

  it('does not ask a log that is away again and again without a pause', async () => {
    const { subscriber, log, state, directory } = createDirectory()
    subscriber.connect()
    state.isLogAway = true
    setTimeout(() => {
      state.isLogAway = false
    }, 300)
    // With fake timers a loop without a pause would never end; this bounds it.
    const bounded = vi.spyOn(subscriber, 'run')
    bounded.mockImplementation(async command => {
      if (bounded.mock.calls.length > 100) await new Promise(resolve => setTimeout(resolve, 10))
      return command(subscriber.redis)
    })
    const entered = directory.enter('r', new TestMember())
    await vi.advanceTimersByTimeAsync(500)
    await entered
    expect(log.reads).toBeLessThan(20)
  })

  it('is subscribed to nothing more for a room that could not be opened', async () => {
    const { subscriber, state, directory } = createDirectory()
    subscriber.connect()
    state.isLogAway = true
    const refused = expect(directory.enter('r', new TestMember())).rejects.toBeInstanceOf(NotRun)
    await vi.advanceTimersByTimeAsync(2000)
    await refused
    expect([subscriber.channels, roomCountOf(directory)]).toEqual([[], 0])
  })

  it('is subscribed to exactly its rooms after a reconnect, also where some are left meanwhile', async () => {
    const { subscriber, directory } = createDirectory()
    subscriber.connect()
    const member = new TestMember()
    // More than one SUBSCRIBE takes.
    for (let room = 0; room < 600; room++) await directory.enter(`r${room}`, member)
    subscriber.isUsable = false
    subscriber.emit('lost')
    subscriber.commands.length = 0
    let release = () => {}
    subscriber.answered = () => new Promise<void>(resolve => (release = resolve))
    const resubscribed = directory.resubscribe(subscriber as unknown as RedisLink)
    directory.leave('r3', member)
    directory.leave('r599', member)
    release()
    await vi.advanceTimersByTimeAsync(0)
    directory.leave('r4', member)
    directory.leave('r598', member)
    release()
    await resubscribed
    directory.leave('r5', member)
    subscriber.connect()
    const left = new Set(['r3', 'r599', 'r4', 'r598', 'r5'])
    const rooms = Array.from({ length: 600 }, (_, room) => `r${room}`).filter(room => !left.has(room))
    expect(subscriber.channels.sort()).toEqual(rooms.map(channelOf).sort())
  })

  it('finds a lost hint of a quiet room at the heartbeat', async () => {
    const { subscriber, log, directory } = createDirectory()
    subscriber.connect()
    const member = new TestMember()
    await listen(directory, 'r', member)
    log.append()
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS + 251)
    expect(member.frames).toEqual(['a:1'])
  })

  it('asks for the tops of all its rooms at once, and reads none that is up to date', async () => {
    const { subscriber, log, directory } = createDirectory()
    subscriber.connect()
    for (let room = 0; room < 100; room++) await directory.enter(`r${room}`, new TestMember())
    Object.assign(log, { reads: 0, topReads: 0 })
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS)
    expect([log.topReads, log.reads]).toEqual([1, 0])
  })

  it('goes on with the other rooms where the top of one cannot be read, and says so', async () => {
    const { subscriber, log, directory, warnings } = createDirectory()
    subscriber.connect()
    const [one, broken, two] = [new TestMember(), new TestMember(), new TestMember()]
    await listen(directory, 'one', one)
    await listen(directory, 'broken', broken)
    await listen(directory, 'two', two)
    await vi.advanceTimersByTimeAsync(0)
    log.brokenRooms.add('broken')
    log.append()
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS + 251)
    expect([one.frames, broken.frames, two.frames]).toEqual([['a:1'], [], ['a:1']])
    expect(directory.isSettled).toBe(true)
    expect(warnings).toEqual([{ count: 1, first: { room: 'broken', reason: 'WRONGTYPE' } }])
    log.brokenRooms.clear()
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS + 251)
    expect(broken.frames).toEqual(['a:1'])
    expect(warnings).toHaveLength(1)
  })

  it('is not settled where no top can be read', async () => {
    const { subscriber, log, directory } = createDirectory()
    subscriber.connect()
    await directory.enter('r', new TestMember())
    await vi.advanceTimersByTimeAsync(0)
    log.brokenRooms.add('r')
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS)
    expect(directory.isSettled).toBe(false)
    log.brokenRooms.clear()
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS)
    expect(directory.isSettled).toBe(true)
  })

  it('does not read for a hint that is only on its way', async () => {
    const { subscriber, log, directory, hint } = createDirectory()
    subscriber.connect()
    const member = new TestMember()
    await listen(directory, 'r', member)
    const message = log.append()
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS + 100)
    hint('r', message)
    log.reads = 0
    await vi.advanceTimersByTimeAsync(500)
    expect([member.frames, log.reads]).toEqual([['a:1'], 0])
  })

  it('is settled only after what was missed has been repaired', async () => {
    const { subscriber, log, directory } = createDirectory()
    expect(directory.isSettled).toBe(false)
    subscriber.connect()
    const member = new TestMember()
    await listen(directory, 'r', member)
    await vi.advanceTimersByTimeAsync(0)
    expect(directory.isSettled).toBe(true)
    subscriber.isUsable = false
    subscriber.emit('lost')
    expect(directory.isSettled).toBe(false)
    log.append()
    subscriber.connect()
    expect([directory.isSettled, member.frames]).toEqual([false, []])
    await vi.advanceTimersByTimeAsync(0)
    expect([directory.isSettled, member.frames]).toEqual([true, ['a:1']])
  })

  it('settles later where the log was not to be had when the subscriber came back', async () => {
    const { subscriber, state, directory } = createDirectory()
    subscriber.connect()
    await directory.enter('r', new TestMember())
    state.isLogAway = true
    subscriber.emit('lost')
    subscriber.connect()
    await vi.advanceTimersByTimeAsync(0)
    expect(directory.isSettled).toBe(false)
    state.isLogAway = false
    await vi.advanceTimersByTimeAsync(3000)
    expect(directory.isSettled).toBe(true)
  })

  it('measures the way from other instances only, and never below zero', async () => {
    const { subscriber, log, directory, hint, metrics } = createDirectory()
    const latencyCount = () => metrics.crossInstanceLatency.of(1).count
    subscriber.connect()
    await directory.enter('r', new TestMember())
    hint('r', log.append(), 'here')
    expect(latencyCount()).toBe(0)
    hint('r', log.append(), 'there')
    expect(latencyCount()).toBe(1)
  })

  it('ignores what is no message, and channels that it does not serve', async () => {
    const { subscriber, log, directory, hint } = createDirectory()
    subscriber.connect()
    const member = new TestMember()
    await listen(directory, 'r', member)
    for (const payload of ['', 'm', '\n', 'x a 1 0 there\nz', '{"type":"message"}']) {
      subscriber.redis.emit('message', channelOf('r'), payload)
    }
    hint('other', log.append())
    expect(member.frames).toEqual([])
  })
})
