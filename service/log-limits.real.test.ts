/** How long a log gets, and how long Redis keeps what belongs to a room: told by Redis itself, since nobody waits for days. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EMPTY_ROOM_EXPIRY_MS } from './log-scripts.ts'
import type { MessageFrame, Position } from './protocol.ts'
import { channelOf } from './room-log.ts'
import { fillLog } from './test-backlog.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

const LOG_LENGTH_MAX = 300
/** Redis trims whole nodes of a stream; `stream-node-max-entries` is 100. */
const NODE_ENTRIES = 100
const [LOG_EXPIRY_MS, SESSION_EXPIRY_MS] = [3_600_000, 120_000]
const ENVIRONMENT = {
  LOG_LENGTH_MAX: String(LOG_LENGTH_MAX),
  LOG_EXPIRY_SECONDS: String(LOG_EXPIRY_MS / 1000),
  SESSION_EXPIRY_SECONDS: String(SESSION_EXPIRY_MS / 1000),
  HEARTBEAT_MS: '200',
}
/** The heartbeat keeps keys alive once in a quarter of their expiry, here of a minute. */
const KEPT_WITHIN_MS = 25_000
/** Set by a test, and lower than what an instance would set. */
const SHORT_MS = 30_000

let redis: TestRedis
let instance: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  instance = await TestInstance.start('one', redis.url, ENVIRONMENT)
})
afterAll(stopEverything)

const headOf = (room: string) => `tuesday:{${room}}:head`
const logOf = (room: string) => `tuesday:{${room}}:log`
const timeLeftMs = (key: string) => redis.control.pttl(key)

async function shorten(...keys: string[]): Promise<void> {
  for (const key of keys) expect(await redis.control.pexpire(key, SHORT_MS)).toBe(1)
}

async function untilKeptAlive(...keys: string[]): Promise<void> {
  const isKept = async (key: string) => (await timeLeftMs(key)) > SHORT_MS
  for (const key of keys) await until(`${key} is kept alive`, () => isKept(key), KEPT_WITHIN_MS)
}

interface HistoryAnswer {
  readonly position: Position
  readonly messages: readonly MessageFrame[]
}

async function history(room: string, query: string): Promise<HistoryAnswer> {
  const response = await fetch(`${instance.url}/rooms/${room}/messages?guest=ann${query}`)
  return (await response.json()) as HistoryAnswer
}

async function untilServedByNobody(room: string): Promise<void> {
  const isServed = async () => ((await redis.control.pubsub('NUMSUB', channelOf(room))) as [string, number])[1] > 0
  await until(`nobody serves ${room}`, async () => !(await isServed()))
}

describe('a log', () => {
  it('is cut to about its greatest length, and a resume is told a gap for exactly what is gone', async () => {
    const room = 'long'
    const ann = await TestClient.joined(instance, room)
    await ann.sayAll(room, 'k.1', 1, 650)
    const length = await redis.control.xlen(logOf(room))
    expect(length).toBeGreaterThanOrEqual(LOG_LENGTH_MAX)
    expect(length).toBeLessThanOrEqual(LOG_LENGTH_MAX + NODE_ENTRIES)
    const first = 650 - length + 1
    const { epoch } = (await ann.frame('joined')).position
    for (const [seq, isComplete] of [
      [first - 2, false],
      [first - 1, true],
      [1, false],
    ] as const) {
      const ben = await TestClient.open(instance)
      const joined = await ben.join({ room, position: { epoch, seq } })
      expect(joined).toMatchObject({ complete: isComplete, position: { epoch, seq: first - 1 }, top: 650 })
      const messages = await ben.untilMessages(room, length)
      expect(messages.map(message => message.seq)).toEqual(Array.from({ length }, (_, index) => first + index))
      const gap = { type: 'gap', room, reason: 'trimmed', after: { epoch, seq }, next: { epoch, seq: first } }
      expect(ben.frames.filter(({ type }) => type === 'gap')).toEqual(isComplete ? [] : [gap])
      await ben.close()
    }
    await ann.close()
  })

  it('of long messages is read in pages that are not much longer than a quarter of a megabyte', async () => {
    const room = 'heavy'
    await fillLog(redis, room, 100, 10_000)
    const ben = await TestClient.open(instance)
    const sizes: number[] = []
    for (let at = { epoch: 'filled', seq: 0 }; at.seq < 100; ) {
      const { position, messages } = await history(room, `&after=${at.epoch}:${at.seq}`)
      at = position
      sizes.push(messages.length)
    }
    expect(sizes).toEqual([26, 26, 26, 22])
    await ben.join({ room, history: 100 })
    const messages = await ben.untilMessages(room, 100)
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
    await ben.close()
  })
})

describe('the keys of a room', () => {
  it('are kept alive while an instance serves it, also where nobody has said anything, and expire once none does', async () => {
    const short = await TestInstance.start('short', redis.url, { ...ENVIRONMENT, LOG_EXPIRY_SECONDS: '60' })
    const [served, silent, left] = ['served', 'silently-served', 'left']
    const [ann, ben] = [await TestClient.joined(short, served), await TestClient.joined(short, left)]
    await ann.join({ room: silent })
    for (const [client, room] of [
      [ann, served],
      [ben, left],
    ] as const)
      await client.sayAll(room, 'k.1', 1, 1)
    await ben.close()
    await untilServedByNobody(left)
    const kept = [headOf(served), logOf(served), headOf(silent)]
    const gone = [headOf(left), logOf(left)]
    await shorten(...kept, ...gone)
    await untilKeptAlive(...kept)
    for (const key of kept) expect(await timeLeftMs(key)).toBeLessThanOrEqual(60_000)
    for (const key of gone) expect(await timeLeftMs(key)).toBeLessThanOrEqual(SHORT_MS)
    await ann.close()
    await short.stop()
  })

  it('are kept alive by a message over HTTP too, where nobody serves it', async () => {
    const room = 'unserved'
    const publish = async (key: string) => {
      const response = await fetch(`${instance.url}/rooms/${room}/messages?guest=ann`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: '{"text":"x"}',
      })
      expect(response.status).toBe(201)
    }
    await publish('first')
    await shorten(headOf(room), logOf(room))
    await publish('second')
    for (const key of [headOf(room), logOf(room)]) expect(await timeLeftMs(key)).toBeGreaterThan(SHORT_MS)
  })

  it('in which nobody has said anything are not kept for long, until somebody does', async () => {
    const room = 'silent'
    const ann = await TestClient.joined(instance, room)
    const leftMs = await timeLeftMs(headOf(room))
    expect(leftMs).toBeGreaterThan(EMPTY_ROOM_EXPIRY_MS - 60_000)
    expect(leftMs).toBeLessThanOrEqual(EMPTY_ROOM_EXPIRY_MS)
    await ann.sayAll(room, 'k.1', 1, 1)
    expect(await timeLeftMs(headOf(room))).toBeGreaterThan(EMPTY_ROOM_EXPIRY_MS)
    await ann.close()
  })

  it('are not made by reading the history of a room that does not exist', async () => {
    const room = 'nowhere'
    const empty = await history(room, '')
    expect(empty).toMatchObject({ complete: true, position: { seq: 0 }, top: { seq: 0 }, messages: [] })
    const { epoch, seq } = empty.position
    const after = `&after=${epoch}:${seq}`
    expect(await history(room, after)).toMatchObject({ complete: true, messages: [] })
    expect(await history(room, '&after=other:3')).toMatchObject({ complete: false, messages: [] })
    expect(await redis.control.keys(`tuesday:{${room}}*`)).toEqual([])
    await redis.appendWithoutHint(room, 'x')
    expect(await history(room, after)).toMatchObject({
      complete: true,
      position: { seq: 1 },
      messages: [{ text: 'x' }],
    })
  })
})

describe('a sender session', () => {
  it('is remembered for its time after its last message, and not longer', async () => {
    const room = 'sessions'
    const ann = await TestClient.joined(instance, room)
    const [first] = await ann.sayAll(room, 'k.1', 1, 1)
    const key = `tuesday:{${room}}:sender:ann/k`
    const leftMs = await timeLeftMs(key)
    expect(leftMs).toBeGreaterThan(SESSION_EXPIRY_MS - 60_000)
    expect(leftMs).toBeLessThanOrEqual(SESSION_EXPIRY_MS)
    await shorten(key)
    expect(await ann.say({ room, session: 'k.1', n: 1, text: 'again' })).toEqual(first)
    await ann.sayAll(room, 'k.1', 2, 2)
    expect(await timeLeftMs(key)).toBeGreaterThan(SHORT_MS)
    await redis.control.pexpire(key, 1)
    await until('the session is forgotten', async () => (await redis.control.exists(key)) === 0)
    expect(await ann.say({ room, session: 'k.1', n: 3, text: 'x' })).toMatchObject({ code: 'out-of-order', last: 0 })
    await ann.close()
  })
})
