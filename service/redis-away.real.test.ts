/** Redis dies, comes back with or without its data, or loses single connections. Clients notice by their answers only. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

const ENVIRONMENT = { REDIS_COMMAND_MS: '500', HEARTBEAT_MS: '500' }
/** One instance gives up soon, the other waits for longer than any test has Redis away. */
const [SHORT, LONG] = [{ REDIS_WAIT_MS: '300' }, { REDIS_WAIT_MS: '30000' }]
const ROOM = 'r'

let redis: TestRedis
let instances: [TestInstance, TestInstance]
let ann: TestClient
let ben: TestClient

beforeEach(async () => {
  redis = await TestRedis.start()
  instances = await Promise.all([
    TestInstance.start('one', redis.url, { ...ENVIRONMENT, ...SHORT }),
    TestInstance.start('two', redis.url, { ...ENVIRONMENT, ...LONG }),
  ])
  ;[ann, ben] = await Promise.all([
    TestClient.joined(instances[0], ROOM, 'ann'),
    TestClient.joined(instances[1], ROOM, 'ben'),
  ])
})
afterEach(stopEverything)

async function untilAll(status: number): Promise<void> {
  for (const instance of instances) {
    await until(
      `/readyz of ${instance.name} says ${status}`,
      async () => (await instance.statusOf('/readyz')) === status,
    )
  }
}

/** Sends until it is acked, as a client does: out of order goes on, everything else is sent again. */
async function sayUntilAcked(client: TestClient, session: string, n: number): Promise<number> {
  for (;;) {
    const answer = await client.say({ room: ROOM, session, n, text: `${session}/${n}` })
    if (answer.type === 'ack') return answer.seq
    if (answer.type === 'reject' && answer.code !== 'unavailable')
      throw new Error(`rejected: ${JSON.stringify(answer)}`)
  }
}

const gaps = (client: TestClient) => client.frames.filter(({ type }) => type === 'gap')
const ids = (client: TestClient) => client.messages(ROOM).map(({ id }) => id)

describe('Redis killed and started again', () => {
  it('with its data: nothing acked is lost, nobody is disconnected, no gap, and a new epoch', async () => {
    const acked = new Map<string, number>()
    let isOver = false
    const outcomes = new Set<string>()
    const pump = async (client: TestClient, session: string) => {
      for (let n = 1; !isOver; n++) {
        const seq = await sayUntilAcked(client, session, n)
        acked.set(`${session}/${n}`, seq)
      }
    }
    const pumps = [pump(ann, 'a.1'), pump(ann, 'b.1'), pump(ben, 'c.1')]
    await until('they talk', () => acked.size > 50)
    await redis.kill()
    await untilAll(503)
    await until('sends are refused', () => ann.frames.some(({ type }) => type === 'reject'))
    const before = acked.size
    await redis.start()
    await untilAll(200)
    await until('they talk again', () => acked.size > before + 50)
    isOver = true
    await Promise.all(pumps)
    await Promise.all([ann, ben].map(client => client.untilMessages(ROOM, acked.size)))
    for (const frame of [...ann.frames, ...ben.frames]) {
      if (frame.type === 'reject') outcomes.add(frame.code)
    }
    expect([...outcomes]).toEqual(['unavailable'])
    for (const client of [ann, ben]) {
      const messages = client.messages(ROOM)
      expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: acked.size }, (_, index) => index + 1))
      expect(new Map(messages.map(({ id, seq }) => [id, seq]))).toEqual(acked)
      expect(new Set(messages.map(({ epoch }) => epoch)).size).toBe(2)
      expect([gaps(client), client.isClosed]).toEqual([[], false])
    }
    expect(ids(ann)).toEqual(ids(ben))
  })

  it('with its data while nobody talks: ready again, and a position of before still resumes without a gap', async () => {
    await sayUntilAcked(ann, 'a.1', 1)
    const { epoch, seq } = (await ben.untilMessages(ROOM, 1))[0]!
    await redis.kill()
    await untilAll(503)
    await redis.start()
    await untilAll(200)
    await sayUntilAcked(ann, 'a.1', 2)
    const back = await TestClient.open(instances[1])
    expect(await back.join({ room: ROOM, position: { epoch, seq } })).toMatchObject({
      complete: true,
      position: { seq: 1 },
    })
    const [message] = await back.untilMessages(ROOM, 1)
    expect(message).toMatchObject({ id: 'a.1/2', seq: 2 })
    expect(message!.epoch).not.toBe(epoch)
    await ben.untilMessages(ROOM, 2)
    expect([gaps(ann), gaps(ben), ids(ben)]).toEqual([[], [], ['a.1/1', 'a.1/2']])
  })

  it('without its data: a gap is declared to everybody who was there, and to who comes back', async () => {
    for (let n = 1; n <= 3; n++) await sayUntilAcked(ann, 'a.1', n)
    const { epoch } = (await ben.untilMessages(ROOM, 3))[2]!
    await Promise.all([redis.kill(), untilAll(503)])
    redis.deleteData()
    await redis.start()
    await untilAll(200)
    const after = { epoch, seq: 3 }
    for (const client of [ann, ben]) {
      const gap = await client.frame('gap')
      expect(gap).toMatchObject({ room: ROOM, after, next: { seq: 1 }, reason: 'epoch-lost' })
      expect(gap.next.epoch).not.toBe(epoch)
    }
    await sayUntilAcked(ben, 'new.1', 1)
    const back = await TestClient.open(instances[0])
    expect(await back.join({ room: ROOM, position: after })).toMatchObject({ complete: false })
    expect((await back.frame('gap')).after).toEqual(after)
    for (const client of [ann, ben]) {
      await client.untilMessages(ROOM, 4)
      expect([ids(client).at(-1), gaps(client).length, client.isClosed]).toEqual(['new.1/1', 1, false])
    }
    expect((await back.untilMessages(ROOM, 1)).map(({ id, seq }) => [id, seq])).toEqual([['new.1/1', 1]])
  })

  it('a join waits for it', async () => {
    const { position } = await ann.frame('joined')
    await redis.kill()
    await untilAll(503)
    const [fresh, back] = [await TestClient.open(instances[1]), await TestClient.open(instances[1])]
    const joins = [fresh.join({ room: 'other' }), back.join({ room: ROOM, position })]
    await redis.start()
    const [, joined] = await Promise.all(joins)
    expect(joined).toMatchObject({ complete: true })
    expect([fresh.isClosed, back.isClosed]).toEqual([false, false])
  })
})

describe('Redis that refuses or forgets', () => {
  it('out of memory: sends are rejected, nothing is half written, and it goes on once there is room', async () => {
    await sayUntilAcked(ann, 'a.1', 1)
    await redis.control.config('SET', 'maxmemory', '1')
    const rejected = { type: 'reject', room: ROOM, session: 'a.1', n: 2, code: 'unavailable' }
    for (const text of ['x', 'x']) expect(await ann.say({ room: ROOM, session: 'a.1', n: 2, text })).toEqual(rejected)
    await redis.control.config('SET', 'maxmemory', '0')
    expect([await sayUntilAcked(ann, 'a.1', 2), await sayUntilAcked(ann, 'a.1', 3)]).toEqual([2, 3])
    await ben.untilMessages(ROOM, 3)
    expect([ids(ben), gaps(ben)]).toEqual([['a.1/1', 'a.1/2', 'a.1/3'], []])
  })

  it('the last write without being restarted: the known top tells, and the loss is a declared gap', async () => {
    for (const n of [1, 2]) await sayUntilAcked(ann, 'a.1', n)
    const keys = await redis.control.keys(`tuesday:{${ROOM}}:*`)
    const dumps = await Promise.all(keys.map(key => redis.control.dumpBuffer(key)))
    await sayUntilAcked(ann, 'a.1', 3)
    const [last] = (await ben.untilMessages(ROOM, 3)).slice(2)
    const restored = redis.control.multi()
    for (const [index, key] of keys.entries()) restored.restore(key, 0, dumps[index]!, 'REPLACE')
    await restored.exec()
    const after = { epoch: last!.epoch, seq: 3 }
    for (const client of [ann, ben]) {
      expect(await client.frame('gap')).toMatchObject({ after, next: { seq: 3 }, reason: 'epoch-lost' })
    }
    expect(await sayUntilAcked(ann, 'a.1', 3)).toBe(3)
    for (const client of [ann, ben]) {
      const [again] = (await client.untilMessages(ROOM, 4)).slice(3)
      expect([again!.id, again!.seq, again!.epoch === last!.epoch]).toEqual(['a.1/3', 3, false])
      expect(gaps(client)).toHaveLength(1)
    }
  })
})

describe('a connection to Redis that is lost', () => {
  it('by the subscribers, while others talk: repaired, and nobody is disconnected', async () => {
    const count = 120
    const talk = async () => {
      for (let n = 1; n <= count; n++) {
        await sayUntilAcked(ann, 'a.1', n)
        if (n === 20 || n === 70) expect(await redis.control.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(2)
        if (n === 60) await untilAll(200)
      }
    }
    await talk()
    for (const client of [ann, ben]) {
      await client.untilMessages(ROOM, count)
      expect(client.messages(ROOM).map(({ seq }) => seq)).toEqual(
        Array.from({ length: count }, (_, index) => index + 1),
      )
      expect([gaps(client), client.isClosed]).toEqual([[], false])
    }
    await untilAll(200)
    for (const instance of instances) {
      expect(await instance.metric(METRIC_NAMES.redisReconnects, 'link="subscriber"')).toBe(2)
      expect(await instance.metric(METRIC_NAMES.redisReconnects, 'link="commands"')).toBe(0)
      expect(await instance.metric(METRIC_NAMES.gapRepairs)).toBeGreaterThan(0)
    }
  })

  it('by a subscriber while somebody is told nothing: found when it is back', async () => {
    await redis.control.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await redis.appendWithoutHint(ROOM, 'said in the silence')
    for (const client of [ann, ben]) {
      await client.untilMessages(ROOM, 1)
      expect(client.texts(ROOM)).toEqual(['said in the silence'])
    }
    await untilAll(200)
  })

  it('by the commands, with sends in flight: each is answered, none is written twice', async () => {
    const room = ROOM
    await redis.control.call('CLIENT', 'PAUSE', '10000', 'WRITE')
    const answers = [1, 2, 3].map(n => ann.say({ room, session: 'a.1', n, text: String(n) }))
    // Sends that Redis has read and not run yet; whether it will, the instance cannot know.
    await until('Redis has them', async () =>
      / flags=b .* cmd=evalsha /.test(String(await redis.control.call('CLIENT', 'LIST'))),
    )
    await redis.control.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    expect((await Promise.all(answers)).map(({ type }) => type)).toEqual(Array(3).fill('unconfirmed'))
    await redis.control.call('CLIENT', 'UNPAUSE')
    for (const n of [1, 2, 3]) await sayUntilAcked(ann, 'a.1', n)
    expect((await ben.untilMessages(ROOM, 3)).map(({ id, seq }) => [id, seq])).toEqual([
      ...[1, 2, 3].map(n => [`a.1/${n}`, n]),
    ])
    await untilAll(200)
  })

  it('scripts that somebody flushed are loaded again, and the order of sends stays', async () => {
    await redis.control.script('FLUSH')
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1)
    const answers = await Promise.all(numbers.map(n => ann.say({ room: ROOM, session: 'a.1', n, text: 'x' })))
    expect(answers[0]!.type).toBe('ack')
    // A send that comes between the loading and the second try of those before it is out of order, and nothing worse.
    for (const answer of answers) {
      if (answer.type !== 'ack') expect(answer).toMatchObject({ type: 'reject', code: 'out-of-order' })
    }
    for (const n of numbers) expect(await sayUntilAcked(ann, 'a.1', n)).toBe(n)
    expect((await ben.untilMessages(ROOM, 20)).map(({ id }) => id)).toEqual(numbers.map(n => `a.1/${n}`))
  })
})
