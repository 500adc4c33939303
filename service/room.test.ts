import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FrameBatch } from './frame-batch.ts'
import type { GapReason, Position } from './protocol.ts'
import { type GapMoment, type Member, type RepairCause, Room, type RoomEvents } from './room.ts'
import { TestLog } from './test-log.ts'
import { NO_EVENTS } from './test-room.ts'

class FakeMember implements Member {
  ahead: Position | null = null
  readonly frames: string[] = []
  batches = 0

  write(frame: string): void {
    if (!frame.startsWith('{')) return void this.frames.push(frame)
    const { next, connections, participants } = JSON.parse(frame)
    this.frames.push(next === undefined ? `${connections} of ${participants}` : `gap to ${next.seq}`)
  }

  writeBatch({ frames }: FrameBatch): void {
    for (const frame of frames) this.write(frame)
    this.batches++
  }
}

const WRITES_AT_ONCE: RoomEvents = { ...NO_EVENTS, pending: room => room.flush() }

async function openRoom() {
  const log = new TestLog()
  const repairs: RepairCause[] = []
  const room = new Room('r', log, { ...WRITES_AT_ONCE, repaired: cause => repairs.push(cause) })
  await room.open()
  const member = new FakeMember()
  room.goLive(member, room.position!)
  return { log, room, member, repairs }
}

/** One that writes when it is told to. */
async function openWaitingRoom() {
  const log = new TestLog()
  const delivered: string[] = []
  const room = new Room('r', log, {
    ...NO_EVENTS,
    delivered: (messages, members) => delivered.push(`${messages} to ${members}`),
  })
  await room.open()
  const member = new FakeMember()
  room.goLive(member, room.position!)
  return { log, room, member, delivered, flush: () => room.flush() }
}

describe('room', () => {
  afterEach(() => void vi.useRealTimers())

  it('delivers the live stream in order and drops what it has delivered', async () => {
    const { log, room, member } = await openRoom()
    const [one, two] = [log.append(), log.append()]
    for (const message of [one, one, two, one, two]) room.offer(message)
    expect(member.frames).toEqual(['a:1', 'a:2'])
  })

  it('repairs a hole by one read, with what comes meanwhile behind it', async () => {
    const { log, room, member, repairs } = await openRoom()
    const members = Array.from({ length: 50 }, () => new FakeMember())
    for (const other of members) room.goLive(other, room.position!)
    log.append()
    log.append()
    const three = log.append()
    log.reads = 0
    room.offer(three)
    room.offer(log.append())
    await room.repair('hole')
    room.offer(log.append())
    expect(member.frames).toEqual(['a:1', 'a:2', 'a:3', 'a:4', 'a:5'])
    expect(members.every(({ frames }) => frames.length === 5)).toBe(true)
    expect(log.reads).toBe(1)
    expect(repairs).toEqual(['hole'])
  })

  it('repairs on a bare hint without a frame', async () => {
    const { log, room, member } = await openRoom()
    const { epoch, seq } = log.append()
    room.offer({ epoch, seq, frame: null })
    await room.repair('hole')
    expect(member.frames).toEqual(['a:1'])
  })

  it('goes on into a new epoch without a gap where nothing that it had was lost', async () => {
    const { log, room, member } = await openRoom()
    room.offer(log.append())
    log.append()
    log.lose(1, 'b')
    room.offer(log.append())
    await room.repair('hole')
    expect(member.frames).toEqual(['a:1', 'b:2'])
  })

  it('declares a gap where a message that it delivered is lost, and reads the new epoch from its beginning', async () => {
    const { log, room, member } = await openRoom()
    room.offer(log.append())
    room.offer(log.append())
    log.lose(1, 'b')
    room.offer(log.append())
    await room.repair('hole')
    expect(member.frames).toEqual(['a:1', 'a:2', 'gap to 2', 'b:2'])
  })

  it('counts each member that it tells of a gap, by reason, and whether it was there', async () => {
    const log = new TestLog()
    const told: string[] = []
    const gapDeclared = (reason: GapReason, during: GapMoment, members: number) =>
      told.push(`${reason} to ${members}, ${during}`)
    const room = new Room('r', log, { ...NO_EVENTS, gapDeclared })
    await room.open()
    for (let count = 0; count < 3; count++) room.goLive(new FakeMember(), room.position!)
    for (let count = 0; count < 5; count++) log.append()
    log.trim(4)
    await room.repair('heartbeat')
    log.lose(1, 'b')
    room.offer(log.append())
    await room.repair('hole')
    expect(told).toEqual(['trimmed to 3, live', 'epoch-lost to 3, live'])
  })

  it('never takes a message of another epoch for one that it has, whatever its seq', async () => {
    const { log, room, member } = await openRoom()
    for (let count = 0; count < 3; count++) room.offer(log.append())
    log.lose(2, 'b')
    const low = log.append()
    expect(low.seq).toBe(2)
    room.offer(low)
    await room.repair('hole')
    expect(member.frames).toEqual(['a:1', 'a:2', 'a:3', 'gap to 2', 'b:2'])
  })

  it('declares exactly what was trimmed before it could be read', async () => {
    const { log, room, member } = await openRoom()
    for (let count = 0; count < 5; count++) log.append()
    log.trim(4)
    await room.repair('heartbeat')
    expect(member.frames).toEqual(['gap to 4', 'a:4', 'a:5'])
  })

  it('never goes back to what an old answer says, and repairs with a newer one', async () => {
    vi.useFakeTimers()
    const { log, room, member } = await openRoom()
    for (let count = 0; count < 5; count++) room.offer(log.append())
    log.append()
    Object.assign(log.lag, { reads: 12, entries: 4 })
    const repaired = room.repair('heartbeat')
    await vi.advanceTimersByTimeAsync(1000)
    expect(room.position).toEqual({ epoch: 'a', seq: 5 })
    await vi.advanceTimersByTimeAsync(2000)
    await repaired
    expect(room.position).toEqual({ epoch: 'a', seq: 6 })
    expect(member.frames).toEqual(['a:1', 'a:2', 'a:3', 'a:4', 'a:5', 'a:6'])
  })

  it('passes by members that still read history, and skips what they have read', async () => {
    const { log, room, member } = await openRoom()
    const reading = new FakeMember()
    room.members.add(reading)
    const ahead = new FakeMember()
    room.goLive(ahead, { epoch: 'a', seq: 2 })
    for (let count = 0; count < 3; count++) room.offer(log.append())
    expect(member.frames).toHaveLength(3)
    expect(reading.frames).toEqual([])
    expect(ahead.frames).toEqual(['a:3'])
  })

  it('buffers what comes before it is open', async () => {
    const log = new TestLog()
    log.append()
    const room = new Room('r', log, WRITES_AT_ONCE)
    const opened = room.open()
    room.offer(log.append())
    room.offer(log.append())
    await opened
    // What stood in the log when it opened is before its position, and stays so.
    expect(room.position).toEqual({ epoch: 'a', seq: 3 })
  })

  it('delivers every message once and in order, whatever hints are lost, repeated, swapped or late', async () => {
    const hint = fc.record({ isLost: fc.boolean(), times: fc.integer({ min: 1, max: 3 }), delay: fc.nat(4) })
    await fc.assert(
      fc.asyncProperty(fc.array(hint, { minLength: 1, maxLength: 30 }), async hints => {
        const { log, room, member } = await openRoom()
        const late: { atStep: number; message: { epoch: string; seq: number; frame: string } }[] = []
        for (const [step, { isLost, times, delay }] of hints.entries()) {
          const message = log.append()
          if (!isLost) for (let time = 0; time < times; time++) late.push({ atStep: step + delay * time, message })
          for (const due of late.filter(({ atStep }) => atStep === step)) room.offer(due.message)
          if (step % 3 === 0) await Promise.resolve()
        }
        // The first may be one that has begun before the last message.
        await room.repair('heartbeat')
        await room.repair('heartbeat')
        expect(member.frames).toEqual(hints.map((_, index) => `a:${index + 1}`))
      }),
      { numRuns: 300 },
    )
  })

  it('writes what came in one turn in one piece, each to whom it concerns', async () => {
    const { log, room, member, flush } = await openWaitingRoom()
    room.offer(log.append())
    room.setCount({ connections: 2, participants: 1 })
    const late = new FakeMember()
    room.offer(log.append())
    expect(member.frames).toEqual([])
    room.goLive(late, room.position!)
    room.offer(log.append())
    flush()
    expect(late.frames).toEqual(['a:3'])
    expect(member.frames).toEqual(['a:1', '2 of 1', 'a:2', 'a:3'])
    expect([member.batches, late.batches]).toEqual([2, 1])
  })

  it('writes nothing that is pending to who has left', async () => {
    const { log, room, member, flush } = await openWaitingRoom()
    room.offer(log.append())
    room.goQuiet(member)
    flush()
    expect(member.frames).toEqual([])
  })

  it('tells a gap behind what is pending and before what comes next', async () => {
    const { log, room, member, flush } = await openWaitingRoom()
    room.offer(log.append())
    log.append()
    log.append()
    log.trim(3)
    await room.repair('heartbeat')
    flush()
    expect(member.frames).toEqual(['a:1', 'gap to 3', 'a:3'])
  })

  it('writes a long batch without waiting', async () => {
    const { log, room, member } = await openWaitingRoom()
    for (let count = 0; count < 5; count++) room.offer({ ...log.append(), frame: 'x'.repeat(16_384) })
    expect(member.frames).toHaveLength(4)
  })

  it('counts a message for each who was written it', async () => {
    const { log, room, flush, delivered } = await openWaitingRoom()
    room.goLive(new FakeMember(), room.position!)
    room.goLive(new FakeMember(), { epoch: 'a', seq: 1 })
    room.offer(log.append())
    room.offer(log.append())
    flush()
    expect(delivered).toEqual(['1 to 2', '1 to 3'])
  })
})
