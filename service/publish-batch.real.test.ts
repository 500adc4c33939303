/**
 * Messages that are published together, by one script, against the same ones published one after the other: same answers, same log, and the same
 * told to the instances.
 */

import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadScripts } from './loaded-script.ts'
import { FailureLog } from './redis-failure.ts'
import { NotRun, RedisLink } from './redis-link.ts'
import { channelOf, LOG_SCRIPTS, type Publication, RoomLog } from './room-log.ts'
import { stopEverything, TestRedis, until } from './test-cluster.ts'
import { createTestMetrics } from './test-metrics.ts'

const HOUR_MS = 3_600_000
const CASES = 100
const MEMORY = 4

let redis: TestRedis
let link: RedisLink
let log: RoomLog
let hints: { channel: string; payload: string }[]

beforeAll(async () => {
  redis = await TestRedis.start()
  link = new RedisLink({
    ...{ url: redis.url, role: 'commands', commandMsMax: 2000, pingMs: 2000, log: pino({ level: 'silent' }) },
    failureLog: new FailureLog(pino({ level: 'silent' })),
    onConnected: ({ redis }) => loadScripts(redis, LOG_SCRIPTS),
  })
  await link.waitUntilUsable(10_000)
  log = new RoomLog({
    ...{ link, instance: 'one', logLengthMax: 1000, logExpiryMs: HOUR_MS, sessionExpiryMs: HOUR_MS, memory: MEMORY },
    metrics: createTestMetrics(),
  })
  const listener = redis.control.duplicate()
  await listener.psubscribe('tuesday:*')
  listener.on('pmessage', (_pattern, channel: string, payload: string) => hints.push({ channel, payload }))
})

beforeEach(() => {
  hints = []
})

afterAll(async () => {
  link?.close()
  await stopEverything()
})

interface Said extends Omit<Publication, 'room' | 'known'> {
  readonly digest: string | null
}

/** Few senders, low numbers and few answers that are remembered, so that all that can be answered is. */
const SAID: fc.Arbitrary<Said> = fc.record({
  user: fc.constantFrom('ann', 'ben'),
  sender: fc.constantFrom('k', 'l'),
  generation: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
  n: fc.integer({ min: 1, max: 6 }),
  text: fc.constantFrom('one', 'with "quotes",\nlines and ü'),
  digest: fc.constantFrom(null, null, 'd1', 'd2'),
})
const PARTS = fc.array(fc.array(SAID, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 })

const publish = (room: string, { digest, ...said }: Said) => {
  const publication = { room, ...said, known: null }
  return digest === null ? log.publish(publication) : log.publish(publication, { digest, expiryMs: HOUR_MS })
}

/** An epoch's name and the time differ from room to room. */
const bare = (value: unknown) =>
  JSON.parse(JSON.stringify(value), (key, entry) =>
    key === 'epoch' || key === 'sentAt' || key === 'room' ? '' : entry,
  )

/** Seqs and texts as the instances are told them. */
const toldIn = (room: string) =>
  hints
    .filter(({ channel }) => channel === channelOf(room))
    .flatMap(({ payload }) => {
      const [header, ...frames] = payload.split('\n')
      return frames.map((frame, index) => {
        const { seq, text } = JSON.parse(frame)
        expect(seq).toBe(Number(header!.split(' ')[2]) + index)
        return [seq, text]
      })
    })

describe('messages that are published together', () => {
  it('are answered, kept and told like those that come one by one', async () => {
    const seen = new Set<string>()
    let round = 0
    const isSame = fc.asyncProperty(PARTS, async parts => {
      round++
      const [together, alone] = [`together${round}`, `alone${round}`]
      for (const said of parts) {
        const answers = await Promise.all(said.map(one => publish(together, one)))
        const expected = []
        for (const one of said) expected.push(await publish(alone, one))
        expect(bare(answers)).toEqual(bare(expected))
        for (const answer of answers) seen.add('isRepeat' in answer ? `${answer.is} ${answer.isRepeat}` : answer.is)
      }
      const kept = bare(await redis.logOf(together))
      expect(kept).toEqual(bare(await redis.logOf(alone)))
      await until('all is told', () => toldIn(together).length === kept.length && toldIn(alone).length === kept.length)
      expect(toldIn(together)).toEqual(toldIn(alone))
      expect(toldIn(together)).toEqual(kept.map(({ seq, text }: { seq: number; text: string }) => [seq, text]))
    })
    await fc.assert(isSame, { numRuns: CASES })
    expect([...seen].sort()).toEqual(['accepted false', 'accepted true', 'changed', 'out-of-order', 'stale-session'])
  })

  it('are told by one hint', async () => {
    const said = [1, 2, 3].map(n => ({ user: 'ann', sender: 'k', generation: 1, n, text: `t${n}`, digest: null }))
    await Promise.all(said.map(one => publish('r', one)))
    await until('it is told', () => hints.length > 0)
    expect(hints.map(({ payload }) => payload.split('\n').length)).toEqual([4])
  })

  it('are not run, and nothing of them is written, where one cannot be', async () => {
    await redis.control.set('tuesday:{q}:sender:bad/k', 'no hash')
    const said = ['ann', 'bad'].map(user => ({ user, sender: 'k', generation: 1, n: 1, text: 'x', digest: null }))
    const answers = await Promise.allSettled(said.map(one => publish('q', one)))
    for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(NotRun) })
    expect(await redis.control.keys('tuesday:{q}:*')).toEqual(['tuesday:{q}:sender:bad/k'])
    expect(await publish('q', said[0]!)).toMatchObject({ is: 'accepted', isRepeat: false })
  })
})
