import { describe, expect, it, vi } from 'vitest'
import type { RedisLink } from './redis-link.ts'
import { RoomLog } from './room-log.ts'
import { createTestMetrics } from './test-metrics.ts'

/** A log whose Redis answers when told to. */
function createLog(options: { logExpiryMs?: number } = {}) {
  const calls: { readonly keys: number; readonly values: unknown[]; answer(reply: unknown): void }[] = []
  const redis = {
    evalsha: (_sha: string, keys: number, ...rest: unknown[]) =>
      new Promise(resolve => calls.push({ keys, values: rest.slice(keys), answer: resolve })),
  }
  const link = {
    runId: 'x',
    on: () => {},
    run: (command: (on: unknown) => unknown) => command(redis),
  } as unknown as RedisLink
  const expiries = { logLengthMax: 10, logExpiryMs: 1000, sessionExpiryMs: 1000, ...options }
  const log = new RoomLog({ ...expiries, link, instance: 'test', memory: 4, metrics: createTestMetrics() })
  return { log, calls }
}

describe('the tops of many rooms', () => {
  it('are asked in few calls that do not wait for each other', async () => {
    const { log, calls } = createLog()
    const rooms = Array.from({ length: 10_000 }, (_, index) => ({ name: `r${index}`, position: null }))
    const told = log.tops(rooms)
    expect(calls.map(({ keys }) => keys)).toEqual(Array(20).fill(2 * 500))
    for (const [call, { keys, answer }] of calls.entries()) {
      answer(Array.from({ length: keys }, (_, index) => (index % 2 === 0 ? 'e' : call * 500 + (index - 1) / 2)))
    }
    expect(await told).toEqual(rooms.map((_, index) => ({ epoch: 'e', seq: index })))
  })

  it('have an error in the place of a room that cannot be read', async () => {
    const { log, calls } = createLog()
    const rooms = ['one', 'broken', 'two'].map(name => ({ name, position: null }))
    const told = log.tops(rooms)
    calls[0]!.answer(['e', 1, '', 'WRONGTYPE', 'e', 2])
    expect(await told).toEqual([{ epoch: 'e', seq: 1 }, new Error('WRONGTYPE'), { epoch: 'e', seq: 2 }])
  })

  it('keep the keys alive at the first time and then now and then, those of silent rooms more often', async () => {
    vi.useFakeTimers()
    try {
      const { log, calls } = createLog({ logExpiryMs: 3_600_000 })
      const kept: unknown[] = []
      for (let minute = 0; minute <= 20; minute++) {
        const told = log.tops([{ name: 'r', position: null }])
        kept.push(calls.at(-1)!.values[3])
        calls.at(-1)!.answer(['e', 1])
        await told
        vi.advanceTimersByTime(60_000)
      }
      const all = kept.flatMap((which, minute) => (which === 2 ? [minute] : []))
      const silent = kept.flatMap((which, minute) => (which === 1 ? [minute] : []))
      expect([all, silent]).toEqual([
        [0, 15],
        [3, 6, 9, 12, 18],
      ])
    } finally {
      vi.useRealTimers()
    }
  })

  it('of no rooms cost nothing', async () => {
    const { log, calls } = createLog()
    expect([await log.tops([]), calls]).toEqual([[], []])
  })
})
