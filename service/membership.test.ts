import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Position } from './protocol.ts'
import { at, joiner, openRoom, seqs } from './test-room.ts'

describe('joining', () => {
  it('starts from now on without a position, and does not read the log', async () => {
    const { log, room, writer, begin } = await openRoom(3)
    log.reads = 0
    expect(await begin({})).toBe('fresh')
    room.offer(log.append())
    expect(writer.frames).toEqual(['joined complete at a:3 of 3', 'a:4'])
    expect(log.reads).toBe(0)
  })

  it.each([
    [0, 5],
    [2, 3],
    [5, 0],
    [99, 0],
    [Number.MAX_SAFE_INTEGER, 0],
  ])('gives the last %d messages', async (history, from) => {
    const { log, room, writer, begin } = await openRoom(5)
    expect(await begin({ history })).toBe('fresh')
    room.offer(log.append())
    expect(writer.frames).toEqual([`joined complete at a:${from} of 5`, ...seqs(from + 1, 6)])
  })

  it('gives the last messages of the room as it is here, and does not read the log for none', async () => {
    const { log, room, writer, begin } = await openRoom(5)
    log.reads = 0
    await begin({ history: 0 })
    expect(log.reads).toBe(0)
    const other = joiner(room, log)
    await other.begin({ history: 2 })
    room.offer(log.append())
    expect(writer.frames).toEqual(['joined complete at a:5 of 5', 'a:6'])
    expect(other.writer.frames).toEqual(['joined complete at a:3 of 5', 'a:4', 'a:5', 'a:6'])
  })

  it('gives what is left of the history that was asked for, without calling that a gap', async () => {
    const { log, writer, begin } = await openRoom(5)
    log.trim(4)
    await begin({ history: 4 })
    expect(writer.frames).toEqual(['joined complete at a:3 of 5', 'a:4', 'a:5'])
  })
})

describe('resuming', () => {
  it('is complete after any position that the log continues', async () => {
    for (const seq of [0, 3, 5]) {
      const { log, room, writer, begin } = await openRoom(5)
      expect(await begin(at('a', seq))).toBe('complete')
      room.offer(log.append())
      expect(writer.frames).toEqual([`joined complete at a:${seq} of 5`, ...seqs(seq + 1, 6)])
    }
  })

  it('declares exactly what was trimmed', async () => {
    const { log, room, writer, begin } = await openRoom(6)
    log.trim(5)
    expect(await begin(at('a', 2))).toBe('gap')
    room.offer(log.append())
    expect(writer.frames).toEqual(['joined incomplete at a:4 of 6', 'gap (trimmed) a:2 to a:5', ...seqs(5, 7)])
  })

  it('is complete from the last message before the trimmed ones end', async () => {
    const { log, writer, begin } = await openRoom(6)
    log.trim(5)
    expect(await begin(at('a', 4))).toBe('complete')
    expect(writer.frames).toEqual(['joined complete at a:4 of 6', 'a:5', 'a:6'])
  })

  it('is complete over an epoch that ended at or after the position', async () => {
    for (const seq of [2, 3]) {
      const { log, writer, begin } = await openRoom(5)
      log.lose(2, 'b')
      log.append()
      expect(await begin(at('a', seq))).toBe('complete')
      expect(writer.frames.slice(1)).toEqual([...seqs(seq + 1, 3), 'b:4'])
    }
  })

  it('declares what a later loss took of an epoch that had ended before', async () => {
    const { log, writer, begin } = await openRoom(5)
    log.lose(0, 'b')
    log.lose(2, 'c')
    log.append()
    expect(await begin(at('a', 4))).toBe('gap')
    expect(writer.frames).toEqual(['joined incomplete at c:3 of 4', 'gap (epoch-lost) a:4 to c:4', 'c:4'])
  })

  it('declares what an ended epoch lost, and goes on in the next from its beginning', async () => {
    const { log, room, writer, begin } = await openRoom(5)
    log.lose(2, 'b')
    log.append()
    expect(await begin(at('a', 5))).toBe('gap')
    room.offer(log.append())
    await room.repair('hole')
    expect(writer.frames).toEqual(['joined incomplete at b:3 of 4', 'gap (epoch-lost) a:5 to b:4', 'b:4', 'b:5'])
  })

  it('declares a gap after an epoch that nobody remembers, even where the seqs would fit', async () => {
    const { log, writer, begin } = await openRoom(0)
    log.forget('b')
    for (let count = 0; count < 3; count++) log.append()
    expect(await begin(at('a', 2))).toBe('gap')
    expect(writer.frames).toEqual(['joined incomplete at b:0 of 3', 'gap (epoch-lost) a:2 to b:1', ...seqs(1, 3, 'b')])
  })

  it('declares a gap where everything is lost and nothing has been said since', async () => {
    const { log, writer, membership, begin } = await openRoom(3)
    log.forget('b')
    expect(await begin(at('a', 3))).toBe('gap')
    expect(writer.frames).toEqual(['joined incomplete at b:0 of 0', 'gap (epoch-lost) a:3 to b:1'])
    expect(membership.isLive).toBe(true)
  })

  it('reads on over several pages while messages come in, and waits for the socket after each', async () => {
    const { log, room, writer, begin } = await openRoom(9)
    log.pageEntriesMax = 3
    let waits = 0
    writer.flushed = async () => {
      if (++waits <= 4) room.offer(log.append())
    }
    await begin(at('a', 0))
    room.offer(log.append())
    expect(writer.frames).toEqual(['joined complete at a:0 of 9', ...seqs(1, log.top)])
    expect(waits).toBeGreaterThanOrEqual(4)
    expect(log.top).toBe(14)
  })

  it('declares a gap where the log is trimmed past the page that is being written', async () => {
    const { log, writer, begin } = await openRoom(9)
    log.pageEntriesMax = 3
    writer.flushed = async () => log.trim(7)
    await begin(at('a', 0))
    expect(writer.frames.slice(1)).toEqual([...seqs(1, 3), 'gap (trimmed) a:3 to a:7', ...seqs(7, 9)])
  })

  it('declares a gap where everything is lost while it reads', async () => {
    const { log, room, writer, membership, begin } = await openRoom(6)
    log.pageEntriesMax = 3
    writer.flushed = async () => {
      if (log.epoch === 'a') log.forget('b')
    }
    await begin(at('a', 0))
    room.offer(log.append())
    expect(membership.isLive).toBe(true)
    expect(writer.frames.slice(1)).toEqual([...seqs(1, 3), 'gap (epoch-lost) a:3 to b:1', 'b:1'])
  })

  it('goes live in the new epoch where its room has not noticed it yet', async () => {
    const { log, room, writer, begin } = await openRoom(3)
    log.lose(0, 'b')
    await begin(at('a', 1))
    room.offer(log.append())
    expect(room.position).toEqual({ epoch: 'b', seq: 4 })
    expect(writer.frames.slice(1)).toEqual(['a:2', 'a:3', 'b:4'])
  })

  it('is not given again what it has read ahead of its room', async () => {
    const { log, room, writer, begin } = await openRoom(2)
    const unseen = [log.append(), log.append()]
    await begin(at('a', 0))
    for (const message of unseen) room.offer(message)
    room.offer(log.append())
    expect(writer.frames.slice(1)).toEqual(seqs(1, 5))
  })

  it('is told what it has read ahead of its room and a new epoch has lost', async () => {
    const { log, room, writer, begin } = await openRoom(5)
    log.append()
    log.append()
    await begin(at('a', 5))
    expect(room.position?.seq).toBe(5)
    log.lose(2, 'b')
    log.append()
    log.append()
    room.offer(log.append())
    await room.repair('hole')
    expect(writer.frames.slice(1)).toEqual(['a:6', 'a:7', 'gap (epoch-lost) a:7 to b:6', ...seqs(6, 8, 'b')])
  })

  it('is told of no gap that lies before what it has read ahead of its room', async () => {
    const { log, room, writer, begin } = await openRoom(2)
    for (let count = 0; count < 5; count++) log.append()
    await begin(at('a', 0))
    log.trim(5)
    await room.repair('heartbeat')
    room.offer(log.append())
    expect(writer.frames.slice(1)).toEqual(seqs(1, 8))
  })
})

describe('long messages', () => {
  /** Frames of 20,000 characters, of which two make a piece. */
  async function openLongRoom(count: number) {
    const { log, ...rest } = await openRoom(count)
    log.entries = log.entries.map(entry => ({ ...entry, frame: `${entry.seq}${'x'.repeat(20_000)}` }))
    return { log, ...rest }
  }

  it('are written in pieces, each once the socket has taken the one before', async () => {
    const { writer, begin } = await openLongRoom(7)
    const written: number[] = []
    writer.flushed = async () => void written.push(writer.frames.length)
    await begin(at('a', 0))
    expect(written).toEqual([1 + 2, 1 + 4, 1 + 6, 1 + 7])
    expect(writer.frames.slice(1).map(frame => Number.parseInt(frame, 10))).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it.each([1, 2])('are left at the position of the last that was written, piece %i', async piece => {
    const { writer, membership, begin } = await openLongRoom(7)
    let pieces = 0
    let position: Position | null = null
    writer.flushed = async () => {
      if (++pieces !== piece) return
      position = membership.settle()
      membership.end()
    }
    await begin(at('a', 0))
    expect(position).toEqual({ epoch: 'a', seq: 2 * piece })
    expect([writer.frames.length, membership.isLive]).toEqual([1 + 2 * piece, false])
  })
})

describe('a log that answers as of some time ago', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Runs a join to its end while time goes by. */
  async function settled(begun: Promise<unknown>): Promise<unknown> {
    const ended = Promise.allSettled([begun])
    await vi.advanceTimersByTimeAsync(10_000)
    const [result] = await ended
    return result!.status === 'fulfilled' ? result!.value : String(result!.reason)
  }

  it('is asked again until it knows what the room knows, and nothing is told meanwhile', async () => {
    const { log, writer, begin } = await openRoom(9)
    Object.assign(log.lag, { reads: 3, entries: 4 })
    const begun = begin(at('a', 7))
    await vi.advanceTimersByTimeAsync(150)
    expect(writer.frames).toEqual([])
    expect(await settled(begun)).toBe('complete')
    expect(writer.frames).toEqual(['joined complete at a:7 of 9', 'a:8', 'a:9'])
  })

  it('is asked again in the middle of a catch-up too', async () => {
    const { log, writer, begin } = await openRoom(9)
    log.pageEntriesMax = 3
    writer.flushed = async () => void Object.assign(log.lag, { reads: 2, entries: 6 })
    expect(await settled(begin(at('a', 0)))).toBe('complete')
    expect(writer.frames).toEqual(['joined complete at a:0 of 9', ...seqs(1, 9)])
  })

  it('is given up where it stays so: the join fails, without a gap and without going live', async () => {
    const { log, room, writer, membership, begin } = await openRoom(9)
    Object.assign(log.lag, { reads: 1000, entries: 4 })
    log.reads = 0
    expect(await settled(begin(at('a', 7)))).toMatch('ends at seq 5, and 9 is known')
    room.offer(log.append())
    expect([writer.frames, membership.isLive, log.reads]).toEqual([[], false, 5])
  })

  it('is asked again where the client knows more than the room', async () => {
    const { log, writer, begin } = await openRoom(3)
    for (let count = 0; count < 3; count++) log.append()
    Object.assign(log.lag, { reads: 2, entries: 2 })
    expect(await settled(begin(at('a', 5)))).toBe('complete')
    expect(writer.frames).toEqual(['joined complete at a:5 of 6', 'a:6'])
  })

  it('is believed in the end where only a client says that there was more: that is gone', async () => {
    const { log, room, writer, begin } = await openRoom(3)
    log.reads = 0
    expect(await settled(begin(at('a', 5)))).toBe('gap')
    expect(log.reads).toBe(5)
    room.offer(log.append())
    expect(writer.frames).toEqual(['joined incomplete at a:3 of 3', 'gap (epoch-lost) a:5 to a:4', 'a:4'])
  })
})

describe('ending in the middle', () => {
  it.each(['end', 'close'])('writes nothing more after %s, and never goes live', async how => {
    const { log, room, writer, membership, begin } = await openRoom(9)
    log.pageEntriesMax = 3
    writer.flushed = async () => {
      if (how === 'end') membership.end()
      else writer.isOpen = false
    }
    await begin(at('a', 0))
    room.offer(log.append())
    expect(writer.frames).toEqual(['joined complete at a:0 of 9', ...seqs(1, 3)])
    expect([membership.isLive, membership.isEnded]).toEqual([false, true])
  })

  it('writes nothing where it ended before the first page came', async () => {
    const { writer, membership, begin } = await openRoom(3)
    const begun = begin(at('a', 0))
    membership.end()
    await begun
    expect([writer.frames, membership.isLive]).toEqual([[], false])
  })

  it('throws what the log throws', async () => {
    const { room } = await openRoom(3)
    const { begin } = joiner(room, { read: () => Promise.reject(new Error('away')) })
    await expect(begin(at('a', 0))).rejects.toThrow('away')
  })
})
