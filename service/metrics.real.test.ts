/** What a scrape of real instances gets: valid, of a size that rooms and users do not change, and true. */

import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES, type ServiceMetricName } from './metric-names.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { metricsIn } from './test-metrics-text.ts'

const FEW_ROOMS = 10
const MANY_ROOMS = 10_000
const ROOMS_OF_CONNECTION = 100
/** It takes some 4 s; this allows for a busy machine. */
const JOINED_MS_MAX = 45_000

let redis: TestRedis
let one: TestInstance
let two: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  ;[one, two] = (await Promise.all(['one', 'two'].map(name => TestInstance.start(name, redis.url)))) as [
    TestInstance,
    TestInstance,
  ]
})
afterAll(stopEverything)

const read = (instance: TestInstance, metric: ServiceMetricName, labels = '', part = '') =>
  instance.metric(METRIC_NAMES[metric] + part, labels)

/** One connection for each hundred of rooms. */
async function enterRooms(instance: TestInstance, from: number, to: number): Promise<TestClient[]> {
  const firsts = Array.from(
    { length: Math.ceil((to - from) / ROOMS_OF_CONNECTION) },
    (_, n) => from + n * ROOMS_OF_CONNECTION,
  )
  return Promise.all(
    firsts.map(async first => {
      const client = await TestClient.open(instance, { user: `user-${first}` })
      const rooms = Array.from({ length: Math.min(ROOMS_OF_CONNECTION, to - first) }, (_, n) => `room-${first + n}`)
      for (const room of rooms) client.send({ type: 'join', room })
      const joined = () => client.frames.filter(({ type }) => type === 'joined')
      await until(`all rooms from room-${first} on are joined`, () => joined().length === rooms.length, JOINED_MS_MAX)
      return client
    }),
  )
}

const seriesOf = (text: string) => [...metricsIn(text).values()].flatMap(({ series }) => series).toSorted()

describe('what is scraped', () => {
  it('is what promtool calls clean', async () => {
    const input = await one.metricsText()
    const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
    expect({ status, stdout, stderr, error }).toEqual({ status: 0, stdout: '', stderr: '', error: undefined })
  })

  it(`has as many series with ${MANY_ROOMS} rooms as with ${FEW_ROOMS}, none of them named after a room or a user`, async () => {
    // Where each write is synced, so many joins take long.
    const quick = await TestRedis.start(['--appendonly', 'no'])
    const instance = await TestInstance.start('many', quick.url)
    const clients = await enterRooms(instance, 0, FEW_ROOMS)
    await clients[0]!.say({ room: 'room-0', session: 'k.1', n: 1, text: 'x' })
    const few = seriesOf(await instance.metricsText())
    expect(await read(instance, 'rooms')).toBe(FEW_ROOMS)

    clients.push(...(await enterRooms(instance, FEW_ROOMS, MANY_ROOMS)))
    await Promise.all(
      clients.map((client, index) => client.say({ room: `room-${FEW_ROOMS}`, session: 'k.1', n: 1, text: `${index}` })),
    )
    const text = await instance.metricsText()
    expect(await read(instance, 'rooms', 'room_size="1-9"')).toBe(MANY_ROOMS)
    expect(await read(instance, 'participants')).toBe(clients.length)
    expect(seriesOf(text)).toEqual(few)
    expect(text).not.toMatch(/room-\d|user-\d/)
    await instance.stop()
    await quick.stop()
  })
})

describe('the numbers', () => {
  it('tell how sends were answered, over sockets and over HTTP', async () => {
    const counts = () =>
      Promise.all(
        ['websocket', 'http'].flatMap(via =>
          ['accepted', 'refused'].map(outcome =>
            read(one, 'sendDuration', `outcome="${outcome}",via="${via}"`, '_count'),
          ),
        ),
      )
    const before = await counts()
    const client = await TestClient.joined(one, 'sends')
    await client.sayAll('sends', 'k.1', 1, 3)
    await client.say({ room: 'sends', session: 'k.1', n: 4, text: '' })
    await client.say({ room: 'sends', session: 'k.1', n: 9, text: 'x' })
    const post = (text: string) =>
      fetch(`${one.url}/rooms/sends/messages?guest=ann`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
        body: JSON.stringify({ text }),
      })
    const statuses = [await post('x'), await post('')].map(({ status }) => status)
    expect(statuses).toEqual([201, 422])
    const expected = [3, 2, 1, 1]
    await until('HTTP is counted too', async () => (await counts())[3]! > before[3]!)
    expect((await counts()).map((count, index) => count - before[index]!)).toEqual(expected)
    expect(await read(one, 'redisPublishDuration', '', '_count')).toBeGreaterThanOrEqual(5)
    await client.close()
  })

  it('tell who is here, and in rooms of which size', async () => {
    const opened = await read(two, 'connectionsOpened')
    const names = [...Array(9).keys(), 0, 1].map(index => `user-${index}`)
    const clients = await Promise.all(names.map(user => TestClient.joined(two, 'eleven', user)))
    clients.push(await TestClient.joined(two, 'alone'))
    expect(await read(two, 'connections')).toBe(12)
    expect((await read(two, 'connectionsOpened')) - opened).toBe(12)
    expect(await read(two, 'participants')).toBe(10)
    expect([await read(two, 'rooms', '"1-9"'), await read(two, 'rooms', '"10-99"')]).toEqual([1, 1])

    const speaker = await TestClient.joined(one, 'eleven')
    await speaker.sayAll('eleven', 'k.1', 1, 2)
    await Promise.all(clients.slice(0, 11).map(client => client.untilMessages('eleven', 2)))
    expect([await read(two, 'delivered', '"10-99"'), await read(two, 'delivered')]).toEqual([22, 22])
    const writes = await read(two, 'fanOutWrites')
    expect([writes >= 11, writes <= 22]).toEqual([true, true])
    expect(await read(two, 'crossInstanceLatency', '"10-99"', '_count')).toBe(2)
    expect(await read(two, 'crossInstanceLatency', '', '_count')).toBe(2)
    await Promise.all([speaker, ...clients].map(client => client.close()))
    await until('all are forgotten', async () => (await read(two, 'participants')) === 0)
    expect([await read(two, 'connections'), await read(two, 'rooms')]).toEqual([0, 0])
  })

  it('tell how many instances have a lease, while this one has', async () => {
    const hasLease = async (instance: TestInstance) => /^tuesday_leases\{/m.test(await instance.metricsText())
    await until('nobody has', async () => !(await hasLease(one)) && !(await hasLease(two)))
    const ann = await TestClient.joined(one, 'r', 'ann')
    await until('the first is told', async () => (await read(one, 'leases')) === 1)
    const bob = await TestClient.joined(two, 'r', 'bob')
    for (const instance of [one, two]) {
      await until('both are told', async () => (await read(instance, 'leases')) === 2)
      expect(await read(instance, 'leasesLost')).toBe(0)
    }
    await Promise.all([ann.close(), bob.close()])
    await until('nobody has', async () => !(await hasLease(one)) && !(await hasLease(two)))
  })

  it('tell of Redis, and what fails without it', async () => {
    const away = await TestRedis.start()
    const instance = await TestInstance.start('lonely', away.url, { REDIS_WAIT_MS: '100' })
    const client = await TestClient.joined(instance, 'r')
    const links = ['commands', 'subscriber'].map(link => `link="${link}"`)
    const state = async () => [
      await read(instance, 'ready'),
      ...(await Promise.all(links.map(link => read(instance, 'redisUp', link)))),
      ...(await Promise.all(links.map(link => read(instance, 'redisReconnects', link)))),
    ]
    expect(await state()).toEqual([1, 1, 1, 0, 0])
    await away.kill()
    await until('it is noticed', async () => (await state()).join() === '0,0,0,1,1')
    await client.say({ room: 'r', session: 'k.1', n: 1, text: 'x' })
    expect(await read(instance, 'refused', 'code="unavailable"')).toBe(1)
    await until('heartbeats have failed', async () => (await read(instance, 'redisFailures', 'outcome="not_run"')) > 0)
    await away.start()
    await instance.untilReady()
    expect(await state()).toEqual([1, 1, 1, 1, 1])
    await Promise.all([instance.stop(), away.stop()])
  })

  it('tell how many were told of a gap', async () => {
    const instance = await TestInstance.start('short', redis.url, { LOG_LENGTH_MAX: '1' })
    const client = await TestClient.joined(instance, 'gaps')
    const { position } = await client.frame('joined')
    await client.sayAll('gaps', 'k.1', 1, 300)
    const late = await TestClient.open(instance)
    expect(await late.join({ room: 'gaps', position })).toMatchObject({ complete: false })
    expect(await read(instance, 'gapsDeclared', 'reason="trimmed",during="resume"')).toBe(1)
    expect(await read(instance, 'gapsDeclared', 'reason="epoch-lost"')).toBe(0)
    expect(await read(instance, 'gapsDeclared', 'during="live"')).toBe(0)
    await instance.stop()
  })
})
