import { describe, expect, it } from 'vitest'
import type { RedisLink } from './redis-link.ts'
import { RoomLog } from './room-log.ts'

/** A log whose Redis answers when told to. */
function createLog() {
  const calls: { readonly keys: number; answer(reply: unknown): void }[] = []
  const redis = {
    evalsha: (_sha: string, keys: number) => new Promise(resolve => calls.push({ keys, answer: resolve })),
  }
  const link = { runId: 'x', run: (command: (on: unknown) => unknown) => command(redis) } as unknown as RedisLink
  const expiries = { logLengthMax: 10, logExpiryMs: 1000, sessionExpiryMs: 1000 }
  const log = new RoomLog({ ...expiries, link, instance: 'test', memory: 4 })
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

  it('of no rooms cost nothing', async () => {
    const { log, calls } = createLog()
    expect([await log.tops([]), calls]).toEqual([[], []])
  })
})
