import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Position } from './protocol.ts'
import { type Member, type RepairCause, Room } from './room.ts'
import { TestLog } from './test-log.ts'

class FakeMember implements Member {
  isLive = true
  ahead: Position | null = null
  readonly frames: string[] = []

  write(frame: string): void {
    this.frames.push(frame.startsWith('{') ? `gap to ${JSON.parse(frame).next.seq}` : frame)
  }
}

async function openRoom() {
  const log = new TestLog()
  const repairs: RepairCause[] = []
  const room = new Room('r', log, { delivered: () => {}, repaired: cause => repairs.push(cause) })
  await room.open()
  const member = new FakeMember()
  room.members.add(member)
  return { log, room, member, repairs }
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
    for (const other of members) room.members.add(other)
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
    reading.isLive = false
    const ahead = new FakeMember()
    ahead.ahead = { epoch: 'a', seq: 2 }
    room.members.add(reading).add(ahead)
    for (let count = 0; count < 3; count++) room.offer(log.append())
    expect(member.frames).toHaveLength(3)
    expect(reading.frames).toEqual([])
    expect(ahead.frames).toEqual(['a:3'])
  })

  it('buffers what comes before it is open', async () => {
    const log = new TestLog()
    log.append()
    const room = new Room('r', log, { delivered: () => {}, repaired: () => {} })
    const member = new FakeMember()
    room.members.add(member)
    const opened = room.open()
    room.offer(log.append())
    await opened
    room.offer(log.append())
    // What stood in the log when it opened is before its position, and stays so.
    expect(member.frames).toEqual(['a:2', 'a:3'])
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
})
