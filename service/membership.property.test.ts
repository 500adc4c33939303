import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogPage, ReadStart } from './room-log.ts'
import { at, joiner, openRoom, seqs } from './test-room.ts'

describe('any interleaving', () => {
  /** Appends, hints, reads of the log and writes to the socket, in an order that fast-check chooses. */
  async function play(
    scheduler: fc.Scheduler,
    hints: readonly boolean[],
    before: number,
    start: number,
    endsAt: number,
  ) {
    const turn = (what: string) => scheduler.schedule(Promise.resolve(), what)
    const { log, room } = await openRoom(before, pending => void turn('write').then(() => pending.flush()))
    log.pageEntriesMax = 2
    const read = log.read.bind(log)
    // The log is read somewhere between asking and hearing the answer.
    const slowRead = async (name: string, from: ReadStart, limit: number): Promise<LogPage> => {
      await turn('ask')
      const page = await read(name, from, limit)
      await turn('answer')
      return page
    }
    log.read = slowRead
    const { writer, membership, begin } = joiner(room, log)
    writer.flushed = () => turn('flush')
    let framesAtEnd = -1
    const said = (async () => {
      for (const [index, isHeard] of hints.entries()) {
        await turn('append')
        const message = log.append()
        if (isHeard) void turn('hint').then(() => room.offer(message))
        if (index !== endsAt) continue
        membership.end()
        framesAtEnd = writer.frames.length
      }
    })()
    await scheduler.waitFor(Promise.all([begin(at('a', start)), said]))
    await scheduler.waitFor(room.repair('heartbeat').then(() => room.repair('heartbeat')))
    room.flush()
    return { log, writer, membership, framesAtEnd }
  }

  it('hands over at exactly the next seq: no hole, nothing twice, no gap', async () => {
    const given = [fc.scheduler(), fc.array(fc.boolean(), { maxLength: 8 }), fc.nat(6), fc.nat(6)] as const
    await fc.assert(
      fc.asyncProperty(...given, async (scheduler, hints, before, start) => {
        const from = Math.min(start, before)
        const { log, writer, membership } = await play(scheduler, hints, before, from, -1)
        expect(membership.isLive).toBe(true)
        expect(writer.frames[0]).toMatch(`joined complete at a:${from} of `)
        expect(writer.frames.slice(1)).toEqual(seqs(from + 1, log.top))
      }),
      { numRuns: 500 },
    )
  })

  it('gives a beginning without a hole to who leaves in the middle', async () => {
    const given = [
      fc.scheduler(),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
      fc.nat(6),
      fc.nat(7),
    ] as const
    await fc.assert(
      fc.asyncProperty(...given, async (scheduler, hints, before, endsAt) => {
        const { writer, membership, framesAtEnd } = await play(scheduler, hints, before, 0, endsAt % hints.length)
        expect(membership.isLive).toBe(false)
        expect(writer.frames).toHaveLength(framesAtEnd)
        const messages = writer.frames.slice(1)
        expect(messages).toEqual(seqs(1, messages.length))
      }),
      { numRuns: 300 },
    )
  })
})
