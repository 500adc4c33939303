import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Flushable, FlushSchedule } from './flush-schedule.ts'

class TestRoom implements Flushable {
  lastFlush = { atMs: Number.NEGATIVE_INFINITY, tookMs: 0, frames: 0 }
  /** What the next writes are like. */
  next = { tookMs: 1, frames: 2 }
  pendingFrames = 1
  readonly flushes: number[] = []

  flush(): void {
    this.lastFlush = { atMs: performance.now(), ...this.next }
    this.flushes.push(this.lastFlush.atMs - startMs)
  }
}

/** What the end of a turn after a timer takes by vitest's clock. */
const TURN_MS = 1

let startMs = 0

describe('a flush schedule', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    startMs = performance.now()
  })
  afterEach(() => void vi.useRealTimers())

  it('lets a quiet room write at the end of the turn, once', () => {
    const schedule = new FlushSchedule(5)
    const room = new TestRoom()
    schedule.request(room)
    expect(room.flushes).toEqual([])
    vi.advanceTimersByTime(0)
    expect(room.flushes).toEqual([0])
    vi.advanceTimersByTime(100)
    expect(room.flushes).toEqual([0])
  })

  it('lets a room that has just written wait until the interval is over, and no longer', () => {
    const schedule = new FlushSchedule(5)
    const room = new TestRoom()
    schedule.request(room)
    vi.advanceTimersByTime(2)
    schedule.request(room)
    vi.advanceTimersByTime(2)
    expect(room.flushes).toEqual([0])
    vi.advanceTimersByTime(2)
    expect(room.flushes).toEqual([0, 5 + TURN_MS])
    vi.advanceTimersByTime(5)
    room.pendingFrames = 2
    schedule.request(room)
    vi.advanceTimersByTime(0)
    expect(room.flushes).toEqual([0, 5 + TURN_MS, 11])
  })

  it('lets no room wait for another', () => {
    const schedule = new FlushSchedule(5)
    const [one, two] = [new TestRoom(), new TestRoom()]
    schedule.request(one)
    vi.advanceTimersByTime(1)
    schedule.request(one)
    schedule.request(two)
    vi.advanceTimersByTime(0)
    expect([one.flushes, two.flushes]).toEqual([[0], [1]])
  })

  it('lets every room write at the end of each turn where the interval is 0', () => {
    const schedule = new FlushSchedule(0)
    const room = new TestRoom()
    for (let turn = 0; turn < 3; turn++) {
      schedule.request(room)
      vi.advanceTimersByTime(0)
    }
    expect(room.flushes).toEqual([0, 0, 0])
  })

  it('waits for a share of what the last write took where that had several messages, and no longer than the interval', () => {
    for (const [tookMs, expectedMs] of [
      [32, 102 + TURN_MS],
      [320, 105 + TURN_MS],
    ] as const) {
      const schedule = new FlushSchedule(5)
      const room = new TestRoom()
      room.next = { tookMs, frames: 2 }
      startMs = performance.now()
      schedule.request(room)
      vi.advanceTimersByTime(100)
      schedule.request(room)
      vi.advanceTimersByTime(20)
      expect(room.flushes).toEqual([0, expectedMs])
    }
  })

  it('does not wait for a share where as many have come as last time', () => {
    const schedule = new FlushSchedule(5)
    const room = new TestRoom()
    room.next = { tookMs: 80, frames: 2 }
    schedule.request(room)
    vi.advanceTimersByTime(100)
    schedule.request(room)
    room.pendingFrames = 2
    schedule.request(room)
    vi.advanceTimersByTime(0)
    expect(room.flushes).toEqual([0, 100])
  })

  it('does not wait where the last write had one message, whatever it took and whenever it was', () => {
    const schedule = new FlushSchedule(5)
    const room = new TestRoom()
    room.next = { tookMs: 80, frames: 1 }
    schedule.request(room)
    vi.advanceTimersByTime(1)
    schedule.request(room)
    vi.advanceTimersByTime(0)
    expect(room.flushes).toEqual([0, 1])
  })
})
