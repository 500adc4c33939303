import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Flushable, FlushSchedule } from './flush-schedule.ts'

class TestRoom implements Flushable {
  flushedAtMs = Number.NEGATIVE_INFINITY
  readonly flushes: number[] = []

  flush(): void {
    this.flushedAtMs = performance.now()
    this.flushes.push(this.flushedAtMs - startMs)
  }
}

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
    vi.advanceTimersByTime(1)
    expect(room.flushes).toEqual([0, 5])
    vi.advanceTimersByTime(5)
    schedule.request(room)
    vi.advanceTimersByTime(0)
    expect(room.flushes).toEqual([0, 5, 10])
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
})
