import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

/** What the contract allows for counting out a dead instance. */
const GHOST_MS_MAX = 10_000
const SOON_MS_MAX = 3000

let redis: TestRedis

beforeEach(async () => {
  redis = await TestRedis.start()
})

afterEach(stopEverything)

/** The numbers that this client was told last, as "connections/participants". */
function counted(client: TestClient): string {
  const frame = client.frames.findLast(({ type }) => type === 'count')
  return frame?.type === 'count' ? `${frame.connections}/${frame.participants}` : 'never'
}

function untilCounted(client: TestClient, expected: string, msMax = SOON_MS_MAX): Promise<void> {
  return until(`the count is ${expected}, not ${counted(client)}`, () => counted(client) === expected, msMax)
}

describe('the participant counter', () => {
  it('counts connections and different users over all instances, with tabs opened and closed', async () => {
    const [one, two] = [await TestInstance.start('one', redis.url), await TestInstance.start('two', redis.url)]
    const ann = await TestClient.joined(one, 'r', 'ann')
    await untilCounted(ann, '1/1')
    const tab = await TestClient.joined(one, 'r', 'ann')
    const elsewhere = await TestClient.joined(two, 'r', 'ann')
    const bob = await TestClient.joined(two, 'r', 'bob')
    for (const client of [ann, tab, elsewhere, bob]) await untilCounted(client, '4/2')
    await tab.close()
    for (const client of [ann, elsewhere, bob]) await untilCounted(client, '3/2')
    bob.send({ type: 'leave', room: 'r' })
    await untilCounted(ann, '2/1')
    await elsewhere.close()
    await untilCounted(ann, '1/1')
  })

  it('counts out a killed instance within 10 s, and a drained one at once', async () => {
    const [stays, killed, drained] = [
      await TestInstance.start('stays', redis.url),
      await TestInstance.start('killed', redis.url),
      await TestInstance.start('drained', redis.url, { DRAIN_SPREAD_MS: '0' }),
    ]
    const ann = await TestClient.joined(stays, 'r', 'ann')
    await TestClient.joined(killed, 'r', 'bob')
    await TestClient.joined(drained, 'r', 'cyd')
    await untilCounted(ann, '3/3')
    drained.signal('SIGTERM')
    await untilCounted(ann, '2/2')
    killed.signal('SIGKILL')
    await untilCounted(ann, '1/1', GHOST_MS_MAX)
  })

  it('counts out whoever died while nobody else was there', async () => {
    const killed = await TestInstance.start('killed', redis.url)
    const bob = await TestClient.joined(killed, 'r', 'bob')
    await untilCounted(bob, '1/1')
    killed.signal('SIGKILL')
    await killed.exited
    const next = await TestInstance.start('next', redis.url)
    const ann = await TestClient.joined(next, 'r', 'ann')
    await untilCounted(ann, '1/1', GHOST_MS_MAX)
  })

  it('holds no lease while nobody is there, and counts whoever comes next', async () => {
    const [one, two] = [await TestInstance.start('one', redis.url), await TestInstance.start('two', redis.url)]
    const leases = () => redis.control.zcard('tuesday:leases')
    expect(await leases()).toBe(0)
    const ann = await TestClient.joined(one, 'r', 'ann')
    await untilCounted(ann, '1/1')
    for (let time = 1; time <= 2; time++) {
      const bob = await TestClient.joined(two, 'r', 'bob')
      for (const client of [ann, bob]) await untilCounted(client, '2/2')
      expect(await leases()).toBe(2)
      await bob.close()
      await untilCounted(ann, '1/1')
      await until('the lease is given up', async () => (await leases()) === 1)
    }
    await ann.close()
    await until('nothing is left', async () => (await redis.control.keys('tuesday:{r}:[hu][os]*')).length === 1)
    await until('no lease is left', async () => (await leases()) === 0)
  })

  it('is right again after Redis has lost everything', async () => {
    const [one, two] = [await TestInstance.start('one', redis.url), await TestInstance.start('two', redis.url)]
    const ann = await TestClient.joined(one, 'r', 'ann')
    const bob = await TestClient.joined(two, 'r', 'bob')
    await untilCounted(ann, '2/2')
    await redis.kill()
    redis.deleteData()
    await redis.start()
    const cyd = await TestClient.joined(one, 'r', 'cyd')
    for (const client of [ann, bob, cyd]) await untilCounted(client, '3/3', GHOST_MS_MAX)
  })

  it('tells three hundred joins at once in few frames', async () => {
    const one = await TestInstance.start('one', redis.url)
    const ann = await TestClient.joined(one, 'r', 'ann')
    await untilCounted(ann, '1/1')
    const before = ann.frames.filter(({ type }) => type === 'count').length
    const others = await Promise.all(
      Array.from({ length: 300 }, (_, number) => TestClient.joined(one, 'r', `user-${number}`)),
    )
    await untilCounted(ann, '301/301', 10_000)
    expect(ann.frames.filter(({ type }) => type === 'count').length - before).toBeLessThan(40)
    await Promise.all(others.map(other => other.close()))
    await untilCounted(ann, '1/1', 10_000)
  })
})
