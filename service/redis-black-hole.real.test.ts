/** The link to Redis swallows everything, or one direction of it, while clients go on sending by the rules of docs/protocol.md. */

import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import type { LinkFault } from '../harness/proxy/tcp-proxy.ts'
import { TcpProxy } from '../harness/proxy/tcp-proxy.ts'
import { METRIC_NAMES } from './metric-names.ts'
import { TestClient } from './test-client.ts'
import { type Environment, stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { placeOf, TestResident } from './test-resident.ts'
import { finishTalking, TestTalker } from './test-talker.ts'

const ROOM = 'r'
const HOLE_MS = 10_000
const READY_AGAIN_MS_MAX = 5000
const BUSY_MACHINE_MS = 2000
const LIMITS = { REDIS_WAIT_MS: 3000, REDIS_COMMAND_MS: 2000, IN_FLIGHT_MAX: 32 }
/** A send waits for the link first and then for its command. */
const ANSWER_MS_MAX = LIMITS.REDIS_WAIT_MS + LIMITS.REDIS_COMMAND_MS + BUSY_MACHINE_MS
const FLOOD = 200

const proxies: TcpProxy[] = []

afterAll(async () => {
  await stopEverything()
  for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
})

interface Link {
  readonly redis: TestRedis
  readonly proxy: TcpProxy
  /** By which an instance reaches Redis through the proxy. */
  readonly url: string
}

async function startLink(): Promise<Link> {
  const redis = await TestRedis.start()
  const proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: redis.port })
  proxies.push(proxy)
  return { redis, proxy, url: `redis://127.0.0.1:${proxy.port}` }
}

const HOLES: readonly { what: string; fault: LinkFault }[] = [
  { what: 'in both directions', fault: { toTarget: { isBlackHole: true }, fromTarget: { isBlackHole: true } } },
  { what: 'for answers', fault: { fromTarget: { isBlackHole: true } } },
  { what: 'for requests', fault: { toTarget: { isBlackHole: true } } },
]

describe('a Redis that is a black hole for 10 s', () => {
  it.concurrent.each(HOLES)(
    '$what: sends are answered in time, nothing piles up, nobody is disconnected, all is delivered once',
    async ({ fault }) => {
      const { redis, proxy, url } = await startLink()
      const environment = Object.fromEntries(Object.entries(LIMITS).map(([name, value]) => [name, String(value)]))
      const instances = await Promise.all(['one', 'two'].map(name => TestInstance.start(name, url, environment)))
      const residents = await Promise.all(
        ['ann', 'ben', 'cyd', 'dan'].map((user, index) => TestResident.enter(instances[index % 2]!, user, [ROOM])),
      )
      const talkers = residents.map(
        ({ user, socket }) =>
          new TestTalker({ socket: () => socket, room: ROOM, sender: user, inFlight: 4, paceMs: 20 }),
      )
      const untilAllTalk = async () => {
        const before = talkers.map(({ acks }) => acks.size)
        await until('all talk', () => talkers.every(({ acks }, index) => acks.size > before[index]! + 10))
      }
      await untilAllTalk()
      const crowd = await TestResident.enter(instances[0]!, 'crowd', [ROOM])
      const statuses = () => Promise.all(instances.map(instance => instance.statusOf('/readyz')))

      proxy.inject(fault)
      const startMs = performance.now()
      const flood = Array.from({ length: FLOOD }, async (_, index) => {
        const answer = await crowd.socket.say({ room: ROOM, session: 'crowd.1', n: index + 1, text: 'x' })
        return { answer, afterMs: performance.now() - startMs }
      })
      const turnedAway = await Promise.all(flood.slice(LIMITS.IN_FLIGHT_MAX))
      expect(performance.now() - startMs).toBeLessThan(LIMITS.REDIS_COMMAND_MS)
      const codes = turnedAway.map(({ answer }) => answer.type === 'reject' && answer.code)
      expect(new Set(codes)).toEqual(new Set(['too-many-in-flight']))

      const isAway = (codes: number[]) => codes.every(status => status === 503)
      await until('no instance is ready', async () => isAway(await statuses()), HOLE_MS / 2 + BUSY_MACHINE_MS)
      while (performance.now() < startMs + HOLE_MS) {
        expect(await statuses()).toEqual([503, 503])
        await pause(100)
      }
      proxy.heal()
      const isBack = async () => (await statuses()).every(status => status === 200)
      await until('all instances are ready again', isBack, READY_AGAIN_MS_MAX)
      for (const { answer, afterMs } of await Promise.all(flood.slice(0, LIMITS.IN_FLIGHT_MAX))) {
        expect([answer.type, afterMs < ANSWER_MS_MAX]).toEqual(['unconfirmed', true])
      }
      await untilAllTalk()
      await finishTalking(talkers)
      for (const { answered } of talkers) {
        const failed = answered.filter(({ answer }) => answer.type !== 'ack')
        expect(failed.length).toBeGreaterThan(0)
        expect(Math.max(...answered.map(({ afterMs }) => afterMs))).toBeLessThan(ANSWER_MS_MAX)
      }
      const crowdAcks = await crowd.socket.sayAll(ROOM, 'crowd.1', 1, LIMITS.IN_FLIGHT_MAX)

      const log = await redis.logOf(ROOM)
      const acks = [...crowdAcks, ...talkers.flatMap(talker => [...talker.acks.values()])]
      const acked = acks.map(({ epoch, seq, session, n }) => `${epoch} ${seq} ${session}/${n}`)
      expect(log.map(placeOf).toSorted()).toEqual(acked.toSorted())
      for (const resident of [...residents, crowd]) {
        await resident.untilHeard(ROOM, log.at(-1)!)
        const { position } = await resident.socket.frame('joined')
        expect(resident.messages(ROOM).map(placeOf)).toEqual(log.slice(position.seq).map(placeOf))
        expect([resident.gaps, resident.socket.isClosed]).toEqual([[], false])
      }
      for (const instance of instances) expect(await instance.metric(METRIC_NAMES.closes)).toBe(0)
    },
  )
})

describe('a send that nobody knows of', () => {
  /** The link is not replaced meanwhile, so that what was held back flows on over it. */
  const PATIENT: Environment = { REDIS_COMMAND_MS: '500', REDIS_PING_MS: '60000' }
  const NOBODY_KNOWS = { type: 'unconfirmed', room: ROOM, session: 'a.1', n: 1 }

  async function startPair() {
    const link = await startLink()
    const [behind, direct] = await Promise.all([
      TestInstance.start('behind', link.url, PATIENT),
      TestInstance.start('direct', link.redis.url, PATIENT),
    ])
    const [ann, elsewhere] = await Promise.all(
      [behind, direct].map(instance => TestClient.joined(instance, ROOM, 'ann')),
    )
    const listeners = await Promise.all([behind, direct].map(instance => TestClient.joined(instance, ROOM, 'listener')))
    return { ...link, behind, direct, ann: ann!, elsewhere: elsewhere!, listeners }
  }

  async function expectHeard(redis: TestRedis, clients: readonly TestClient[], ids: readonly string[]): Promise<void> {
    expect((await redis.logOf(ROOM)).map(({ id }) => id)).toEqual(ids)
    for (const client of clients) {
      const messages = await client.untilMessages(ROOM, ids.length)
      expect(messages.map(({ id, seq }) => [id, seq])).toEqual(ids.map((id, index) => [id, index + 1]))
    }
  }

  it.concurrent('because the answer was lost gets the place of the first when it is sent again', async () => {
    const { redis, proxy, behind, ann, elsewhere, listeners } = await startPair()
    const send = { room: ROOM, session: 'a.1', n: 1, text: 'once' }
    proxy.inject({ fromTarget: { isBlackHole: true } })
    expect(await ann.say(send)).toEqual(NOBODY_KNOWS)
    const [written] = await redis.logOf(ROOM)
    expect(written).toMatchObject({ id: 'a.1/1', seq: 1 })
    expect(await ann.say(send)).toEqual(NOBODY_KNOWS)
    expect(await behind.metric(METRIC_NAMES.unconfirmed)).toBe(2)
    proxy.heal()
    const ack = { type: 'ack', room: ROOM, session: 'a.1', n: 1, epoch: written!.epoch, seq: 1 }
    expect(await ann.say(send)).toEqual(ack)
    await ann.sayAll(ROOM, 'a.1', 2, 2)
    await expectHeard(redis, [ann, elsewhere, ...listeners], ['a.1/1', 'a.1/2'])
  })

  it.concurrent('because the answer was lost gets the place of the first through another instance', async () => {
    const { redis, proxy, ann, elsewhere, listeners } = await startPair()
    const send = { room: ROOM, session: 'a.1', n: 1, text: 'once' }
    proxy.inject({ fromTarget: { isBlackHole: true } })
    expect(await ann.say(send)).toEqual(NOBODY_KNOWS)
    const [written] = await redis.logOf(ROOM)
    const ack = { type: 'ack', room: ROOM, session: 'a.1', n: 1, epoch: written!.epoch, seq: 1 }
    expect(await elsewhere.say(send)).toEqual(ack)
    await elsewhere.sayAll(ROOM, 'a.1', 2, 2)
    proxy.heal()
    expect(await ann.say(send)).toEqual(ack)
    await ann.sayAll(ROOM, 'a.1', 3, 3)
    await expectHeard(redis, [ann, elsewhere, ...listeners], ['a.1/1', 'a.1/2', 'a.1/3'])
  })

  it.concurrent('because it is late does nothing when it comes at last, after a retry or a new generation', async () => {
    const { redis, proxy, ann, elsewhere, listeners } = await startPair()
    const [send, givenUp] = ['a.1', 'b.1'].map(session => ({ room: ROOM, session, n: 1, text: 'late' }))
    proxy.inject({ toTarget: { isBlackHole: true } })
    const answers = await Promise.all([ann.say(send!), ann.say(givenUp!)])
    expect(answers.map(({ type }) => type)).toEqual(['unconfirmed', 'unconfirmed'])
    expect(await redis.logOf(ROOM)).toEqual([])
    const [first] = await elsewhere.sayAll(ROOM, 'a.1', 1, 2)
    await elsewhere.sayAll(ROOM, 'b.2', 1, 1)
    proxy.heal()
    // These go behind the late ones on the same connection.
    expect(await ann.say(send!)).toEqual(first)
    expect(await ann.say(givenUp!)).toMatchObject({ type: 'reject', code: 'stale-session', generation: 2 })
    await ann.sayAll(ROOM, 'a.1', 3, 3)
    await expectHeard(redis, [ann, elsewhere, ...listeners], ['a.1/1', 'a.1/2', 'b.2/1', 'a.1/3'])
  })
})
