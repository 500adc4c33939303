import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PageCache } from './page-cache.ts'
import type { Position } from './protocol.ts'
import { endOf, PAGE_ENTRIES } from './room.ts'
import type { LogPage } from './room-log.ts'
import { TestLog } from './test-log.ts'

/** A log of `count` messages, read through a cache, and what a room knows that has them all. */
function openCache(count: number, bytesMax = 1_000_000) {
  const log = new TestLog()
  for (let seq = 1; seq <= count; seq++) log.append()
  const cache = new PageCache(log, { bytesMax })
  const known = { epoch: log.epoch, seq: count }
  const readAfter = (epoch: string, seq: number) => cache.read('r', { after: { epoch, seq } }, PAGE_ENTRIES, known)
  /** Reads page by page up to what is known. */
  const readOn = async (seq: number): Promise<string[]> => {
    const frames: string[] = []
    for (let position: Position = { epoch: log.epoch, seq }; position.seq < known.seq; ) {
      const page = await readAfter(position.epoch, position.seq)
      expect(page.isComplete).toBe(true)
      frames.push(...page.entries.map(({ frame }) => frame))
      position = endOf(page)
    }
    return frames
  }
  return { log, cache, known, readAfter, readOn }
}

function frames(from: number, to: number, epoch = 'a'): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${epoch}:${from + index}`)
}

const framesOf = (page: LogPage) => page.entries.map(({ frame }) => frame)

describe('reads of the past', () => {
  it('are one for each page, however many members read it at once', async () => {
    const { log, readOn } = openCache(1000)
    const all = await Promise.all(Array.from({ length: 300 }, () => readOn(0)))
    for (const read of all) expect(read).toEqual(frames(1, 1000))
    expect(log.reads).toBe(5)
  })

  it('are shared by members at different places of a page, from then on or for good', async () => {
    const { log, readOn } = openCache(1000)
    const all = await Promise.all(Array.from({ length: 150 }, (_, index) => readOn(20 + index)))
    for (const [index, read] of all.entries()) expect(read).toEqual(frames(21 + index, 1000))
    expect(log.reads).toBe(5)
    expect(await readOn(10)).toEqual(frames(11, 1000))
    expect(log.reads).toBe(6)
  })

  it('give everybody the same strings', async () => {
    const { log, readAfter } = openCache(50)
    const read = log.read.bind(log)
    log.read = async (...asked) => {
      const page = await read(...asked)
      return { ...page, entries: page.entries.map(entry => ({ ...entry })) }
    }
    const [one, two, three] = [await readAfter('a', 0), await readAfter('a', 0), await readAfter('a', 9)]
    expect(two.entries[9]).toBe(one.entries[9])
    expect(three.entries[0]).toBe(one.entries[9])
  })

  it('go on with what came behind a page that was short, and read only that', async () => {
    const { log, cache } = openCache(30)
    const read = (seq: number) => {
      const known = { epoch: 'a', seq: log.top }
      return cache.read('r', { after: { epoch: 'a', seq } }, PAGE_ENTRIES, known)
    }
    expect(framesOf(await read(10))).toEqual(frames(11, 30))
    for (let count = 0; count < 5; count++) log.append()
    expect(framesOf(await read(30))).toEqual(frames(31, 35))
    expect(framesOf(await read(15))).toEqual(frames(16, 35))
    expect(log.reads).toBe(2)
  })

  it('are at most eight at a time, so that none waits for Redis longer than a command may take', async () => {
    const { log, cache, known } = openCache(100)
    const counts = { running: 0, most: 0 }
    const read = log.read.bind(log)
    log.read = async (...asked) => {
      counts.most = Math.max(counts.most, ++counts.running)
      await new Promise(resolve => setImmediate(resolve))
      counts.running--
      return read(...asked)
    }
    const after = { epoch: 'a', seq: 0 }
    const rooms = Array.from({ length: 100 }, (_, index) => cache.read(`r${index}`, { after }, PAGE_ENTRIES, known))
    for (const page of await Promise.all(rooms)) expect(page.entries).toHaveLength(100)
    expect(counts).toEqual({ running: 0, most: 8 })
  })

  it('leave time for others between two pages from memory', async () => {
    const { readOn } = openCache(1000)
    await readOn(0)
    let turns = 0
    let isReading = true
    const count = (): void => {
      turns++
      if (isReading) setImmediate(count)
    }
    setImmediate(count)
    await readOn(0)
    isReading = false
    expect(turns).toBeGreaterThanOrEqual(5)
  })

  it('keep no more than the memory that they have, and forget first what nobody used for longest', async () => {
    const bytesOfPage = PAGE_ENTRIES * (100 + 2 * 'a:1000'.length)
    const { log, readOn, readAfter } = openCache(1000, 2 * bytesOfPage)
    await readOn(0)
    expect(log.reads).toBe(5)
    await readAfter('a', 600)
    await readAfter('a', 800)
    expect(log.reads).toBe(5)
    await readAfter('a', 600)
    await readAfter('a', 400)
    expect(log.reads).toBe(6)
    await readAfter('a', 600)
    expect(log.reads).toBe(6)
    await readAfter('a', 800)
    expect(log.reads).toBe(7)
  })

  it('are kept only as long as somebody is in the room', async () => {
    const { log, cache, readOn } = openCache(400)
    await readOn(0)
    const before = log.reads
    await readOn(0)
    expect(log.reads).toBe(before)
    cache.forget('another')
    await readOn(0)
    expect(log.reads).toBe(before)
    cache.forget('r')
    await readOn(0)
    expect(log.reads).toBe(2 * before)
  })

  it('count what takes the place of a page only once', async () => {
    const { log, readAfter } = openCache(PAGE_ENTRIES, 2 * PAGE_ENTRIES * (100 + 2 * 'a:100'.length))
    for (let seq = 150; seq >= 0; seq -= 10) await readAfter('a', seq)
    log.reads = 0
    for (let seq = 150; seq >= 0; seq -= 10) await readAfter('a', seq)
    expect(log.reads).toBe(0)
  })

  it('are asked again after one that failed', async () => {
    const { log, readAfter, readOn } = openCache(10)
    const read = log.read
    log.read = () => Promise.reject(new Error('away'))
    const failed = await Promise.allSettled(Array.from({ length: 20 }, () => readAfter('a', 0)))
    expect(failed.map(({ status }) => status)).toEqual(Array(20).fill('rejected'))
    log.read = read
    expect(await readOn(0)).toEqual(frames(1, 10))
  })
})

describe('what is not in the past', () => {
  it.each([
    ['where the room is', 'a', 10],
    ['ahead of the room', 'a', 12],
  ])('is read each time: %s', async (_where, epoch, seq) => {
    const { log, readAfter } = openCache(10)
    for (let count = 0; count < 5; count++) log.append()
    await readAfter('a', 0)
    log.reads = 0
    await readAfter(epoch, seq)
    expect(framesOf(await readAfter(epoch, seq))).toEqual(frames(seq + 1, 15))
    expect(log.reads).toBe(2)
  })

  it('is read each time: by who knows nothing, or asks for the last ones', async () => {
    const { log, cache, known } = openCache(10)
    await cache.read('r', { after: { epoch: 'a', seq: 0 } }, PAGE_ENTRIES, known)
    await cache.read('r', { after: { epoch: 'a', seq: 0 } }, PAGE_ENTRIES, null)
    await cache.read('r', { after: { epoch: 'a', seq: 0 } }, 5, known)
    await cache.read('r', { last: 3 }, PAGE_ENTRIES, known)
    expect(log.reads).toBe(4)
  })
})

describe('a page from memory', () => {
  it.each([0, 5, 9])('is not given to who has the same seq %d of another epoch', async seq => {
    const { log, readAfter } = openCache(10)
    await readAfter('a', 0)
    const page = await readAfter('z', seq)
    expect([page.isComplete, page.reason, page.from.seq]).toEqual([false, 'epoch-lost', 0])
    expect(log.reads).toBe(2)
  })

  it('is not given once the room is in another epoch, in which others stand in its places', async () => {
    const { log, cache, readAfter } = openCache(10)
    await readAfter('a', 0)
    log.lose(4, 'b')
    for (let count = 0; count < 4; count++) log.append()
    const page = await cache.read('r', { after: { epoch: 'a', seq: 0 } }, PAGE_ENTRIES, { epoch: 'b', seq: 10 })
    expect(framesOf(page)).toEqual([...frames(1, 6), ...frames(7, 10, 'b')])
  })

  it('does not hide what is trimmed: a gap is read by each that has one, and told as it is', async () => {
    const { log, readAfter } = openCache(100)
    log.trim(51)
    for (const seq of [10, 20, 20]) {
      const page = await readAfter('a', seq)
      expect([page.isComplete, page.from.seq, page.entries.length]).toEqual([false, 50, 50])
    }
    expect(log.reads).toBe(3)
  })

  it('is never told to end at the top where the caller knows of more', async () => {
    const { log, cache, readAfter } = openCache(10)
    await readAfter('a', 0)
    const known = { epoch: 'a', seq: log.append().seq }
    const page = await cache.read('r', { after: { epoch: 'a', seq: 3 } }, PAGE_ENTRIES, known)
    expect([page.top, endOf(page)]).toEqual([known, { epoch: 'a', seq: 10 }])
  })

  it('says what the log says or would have said, whatever is appended, trimmed or lost in between', async () => {
    const step = fc.oneof(
      fc.record({ is: fc.constant('read' as const), seq: fc.nat(14), epochsBack: fc.nat(2) }),
      fc.record({ is: fc.constant('append' as const) }),
      fc.record({ is: fc.constant('trim' as const), count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ is: fc.constant('lose' as const), count: fc.nat(3) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        const log = new TestLog()
        for (let count = 0; count < 6; count++) log.append()
        const cache = new PageCache(log, { pageEntries: 4 })
        const epochs = ['a']
        for (const { is, ...fields } of steps) {
          const { seq, epochsBack, count } = { seq: 0, epochsBack: 0, count: 0, ...fields }
          if (is === 'append') log.append()
          if (is === 'trim') log.trim(Math.min(log.firstSeq + count, log.top))
          if (is === 'lose' && log.top - count >= log.firstSeq) {
            const epoch = `e${epochs.length}`
            log.lose(count, epoch)
            epochs.push(epoch)
          }
          if (is !== 'read') continue
          const after = { epoch: epochs.at(-1 - epochsBack) ?? 'a', seq }
          const known = { epoch: log.epoch, seq: log.top }
          const page = await cache.read('r', { after }, PAGE_ENTRIES, known)
          const direct = await log.read('r', { after }, PAGE_ENTRIES)
          if (page.isComplete && !direct.isComplete) {
            // Kept from before it was trimmed. Everything that the log has still is there, behind what it has not.
            expect(direct.reason).toBe('trimmed')
            expect(page.entries[0]?.seq).toBe(seq + 1)
            expect(page.entries[0]!.seq).toBeLessThan(log.firstSeq)
          } else {
            expect([page.isComplete, page.from.seq]).toEqual([direct.isComplete, direct.from.seq])
          }
          const kept = page.entries.filter(entry => entry.seq > direct.from.seq)
          expect(kept).toEqual(direct.entries.slice(0, kept.length))
          expect(page.entries.map(entry => entry.seq)).toEqual(
            page.entries.map((_, index) => page.from.seq + 1 + index),
          )
          // Whoever reads on gets the rest.
          if (kept.length < direct.entries.length) expect(endOf(page).seq).toBeLessThan(known.seq)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
