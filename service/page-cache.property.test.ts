/** Many members that come back to one room through one cache, while it goes on, loses its end and is trimmed. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PageCache } from './page-cache.ts'
import type { Position } from './protocol.ts'
import type { LogPage, ReadStart } from './room-log.ts'
import { joiner, openRoom } from './test-room.ts'

/** More than any of these plays can need. */
const READS_MAX = 500

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ is: fc.constant('append' as const), isHeard: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('join' as const), back: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('trim' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('lose' as const), count: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('heartbeat' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

async function play(scheduler: fc.Scheduler, steps: readonly Step[]) {
  const { log, room } = await openRoom(4)
  const turn = (what: string) => scheduler.schedule(Promise.resolve(), what)
  const read = log.read.bind(log)
  let reads = 0
  // The log is read somewhere between asking and hearing the answer.
  log.read = async (name: string, start: ReadStart, limit: number): Promise<LogPage> => {
    if (++reads > READS_MAX) throw new Error('somebody reads the same again and again')
    await turn('ask')
    const page = await read(name, start, limit)
    await turn('answer')
    return page
  }
  const cache = new PageCache(log, { pageEntries: 3 })
  const said: Position[] = [{ epoch: 'a', seq: 0 }, ...log.entries]
  const joins: Promise<unknown>[] = []
  const members: { start: Position; joined: ReturnType<typeof joiner> }[] = []
  const heartbeat = async () => {
    if (room.isBehind({ epoch: log.epoch, seq: log.top })) await room.repair('heartbeat')
  }
  for (const { is, ...fields } of steps) {
    const { isHeard, back, count } = { isHeard: false, back: 0, count: 0, ...fields }
    await turn(is)
    if (is === 'append') {
      const message = log.append()
      said.push(message)
      if (isHeard) void turn('hint').then(() => room.offer(message))
    }
    if (is === 'trim') log.trim(Math.min(log.firstSeq + count, log.top + 1))
    if (is === 'lose' && log.top - count >= log.firstSeq) log.lose(count, `b${log.ended.size}`)
    if (is === 'heartbeat') void heartbeat()
    if (is !== 'join') continue
    const start = said.at(-1 - back) ?? said[0]!
    const joined = joiner(room, cache)
    joined.writer.flushed = () => turn('flush')
    members.push({ start, joined })
    joins.push(joined.begin({ position: { epoch: start.epoch, seq: start.seq } }))
  }
  await Promise.all(joins)
  // Who has read ahead of the room what was lost then is told so with the next message.
  log.append()
  for (let time = 0; time < 3; time++) await heartbeat()
  return { log, members }
}

/** What a client makes of its frames: throws at a hole, at anything twice, and at a gap in which nothing is gone. */
function follow(start: Position, frames: readonly string[], log: Awaited<ReturnType<typeof play>>['log']): Position {
  let at = start
  for (const frame of frames.slice(1)) {
    const message = /^(\w+):(\d+)$/.exec(frame)
    if (message !== null) {
      const next = { epoch: message[1]!, seq: Number(message[2]) }
      expect(next.seq, `${frame} after ${at.epoch}:${at.seq}`).toBe(at.seq + 1)
      at = next
      continue
    }
    const [, reason, after, nextEpoch, next] = /^gap \((\S+)\) \w+:(\d+) to (\w+):(\d+)$/.exec(frame)!
    // Its epoch may be one that began at that seq and has no messages.
    expect(Number(after)).toBe(at.seq)
    const isLost = (log.ended.get(at.epoch) ?? Number.POSITIVE_INFINITY) < at.seq
    const isTrimmed = Number(next) > at.seq + 1 && Number(next) <= log.firstSeq
    expect(reason === 'trimmed' ? isTrimmed : isLost, frame).toBe(true)
    at = { epoch: nextEpoch!, seq: Number(next) - 1 }
  }
  return at
}

describe('members that share their reads', () => {
  it('each get everything once, in order, with a gap for exactly what is gone', async () => {
    const given = [fc.scheduler(), fc.array(step, { maxLength: 40 })] as const
    await fc.assert(
      fc.asyncProperty(...given, async (scheduler, steps) => {
        const { log, members } = await scheduler.waitFor(play(scheduler, steps))
        for (const { start, joined } of members) {
          expect(joined.membership.isLive).toBe(true)
          expect(follow(start, joined.writer.frames, log).seq).toBe(log.top)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
