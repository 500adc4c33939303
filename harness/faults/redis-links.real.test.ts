/** Faults on the link of an instance to Redis: that they work on a real one, and that they say so where they do not. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stopEverything, TestInstance, TestRedis, until } from '../../service/test-cluster.ts'
import { cutRedis } from './cut-redis.ts'
import { NotFired } from './fault.ts'
import { slowRedis } from './slow-redis.ts'
import { FaultBench, TARGET } from './test-fault-bench.ts'

const ENVIRONMENT = { REDIS_PING_MS: '300', REDIS_COMMAND_MS: '300', REDIS_WAIT_MS: '300' }

let bench: FaultBench<TestInstance>

beforeAll(async () => {
  const redis = await TestRedis.start()
  bench = await FaultBench.start(redis.port, url => TestInstance.start(TARGET, url, ENVIRONMENT))
})

afterAll(async () => {
  try {
    await bench?.[Symbol.asyncDispose]()
  } finally {
    await stopEverything()
  }
})

const ready = () => bench.instance.statusOf('/readyz')

describe('cut-redis', () => {
  it.each(['both', 'to-redis', 'from-redis'] as const)('is a black hole %s, until it is healed', async direction => {
    const cut = bench.prepare(cutRedis, { direction })
    const { evidence } = await cut.inject()
    expect(evidence).toBe('through the link of chat-1 to Redis, a PING was not answered within 1 s')
    expect(bench.redisLink.brokenBy.join()).toBe(
      { both: 'black hole to target, black hole from target' }[direction as string] ??
        `black hole ${direction === 'to-redis' ? 'to' : 'from'} target`,
    )
    await until('the instance has noticed', async () => (await ready()) === 503)
    await cut.heal()
    expect([bench.redisLink.brokenBy, await ready()]).toEqual([[], 200])
  })

  it('resets what is open and what comes, until it is healed', async () => {
    const cut = bench.prepare(cutRedis, { how: 'reset' })
    const { evidence } = await cut.inject()
    expect(evidence).toBe('through the link of chat-1 to Redis, a connection was reset, and a new one too')
    await until('the instance has noticed', async () => (await ready()) === 503)
    await cut.heal()
    expect([bench.redisLink.brokenBy, await ready()]).toEqual([[], 200])
  })

  it.each(['black-hole', 'reset'] as const)('has not fired where a PING is still answered (%s)', async how => {
    const cut = bench.prepare(cutRedis, { how }, { isIdle: true })
    const waited = `the link of chat-1 to Redis was to be cut (${how}), but a PING through it is answered`
    await expect(cut.inject()).rejects.toThrow(new NotFired(waited))
    await cut.heal()
  })

  it('has not fired where the instance has no connection there', async () => {
    const count = Object.defineProperty(bench.redisLink, 'connectionCount', { get: () => 0, configurable: true })
    try {
      const cut = bench.prepare(cutRedis, {}, { isHurried: true })
      await expect(cut.inject()).rejects.toThrow(new NotFired('chat-1 has no connection to Redis, not within 10 s'))
      await cut.heal()
    } finally {
      Reflect.deleteProperty(count, 'connectionCount')
    }
  })

  it('has not fired where Redis answered nobody before', async () => {
    const refusal = bench.redisLink.refuse()
    const cut = bench.prepare(cutRedis, {}, { isHurried: true })
    await expect(cut.inject()).rejects.toThrow(
      new NotFired('no PING through the link of chat-1 to Redis was answered before the fault, within 10 s'),
    )
    refusal.heal()
    await cut.heal()
  })

  it('does not count as healed while the link is still broken by another', async () => {
    const cut = bench.prepare(cutRedis, { how: 'reset' }, { isHurried: true })
    await cut.inject()
    const other = bench.redisLink.refuse()
    await expect(cut.heal()).rejects.toThrow('no PING through the link of chat-1 to Redis was answered within 25 s')
    other.heal()
    await cut.heal()
  })

  it('does not wait for an instance that another fault has ended', async () => {
    const cut = bench.prepare(cutRedis)
    await cut.inject()
    bench.isRunning = false
    await cut.heal()
    bench.isRunning = true
    await bench.instance.untilReady()
  })
})

describe('slow-redis', () => {
  it('adds its latency both ways, and takes it back', async () => {
    const slow = bench.prepare(slowRedis, { latencyMs: 40, jitterMs: 10 })
    const { evidence } = await slow.inject()
    const [, tookMs] = /^a PING through the link of chat-1 to Redis took (\d+) ms, before \d+ ms$/.exec(evidence)!
    expect(Number(tookMs)).toBeGreaterThanOrEqual(64)
    await slow.heal()
    expect(bench.redisLink.brokenBy).toEqual([])
  })

  it('is seen where it is only narrow', async () => {
    const slow = bench.prepare(slowRedis, { latencyMs: 0, jitterMs: 0, bytesPerSecond: 2000 })
    const { evidence } = await slow.inject()
    expect(Number(/took (\d+) ms/.exec(evidence)![1])).toBeGreaterThan(700)
    await slow.heal()
  })

  it('has not fired where a PING is as quick as before', async () => {
    const slow = bench.prepare(slowRedis, { latencyMs: 500 }, { isIdle: true })
    await expect(slow.inject()).rejects.toThrow(
      /^waited for a PING through the link of chat-1 to Redis to take 800 ms longer than \d+ ms; found \d+ ms$/,
    )
    await slow.heal()
  })

  it('has not fired where there is nothing that could be seen', async () => {
    const slow = bench.prepare(slowRedis, { latencyMs: 0, jitterMs: 100 })
    await expect(slow.inject()).rejects.toThrow('so little cannot be seen in a PING')
    await slow.heal()
  })

  it('does not count as healed while a PING is still slow', async () => {
    const slow = bench.prepare(slowRedis, { latencyMs: 100 }, { isHurried: true })
    await slow.inject()
    const other = bench.redisLink.inject({ toTarget: { latencyMs: 150 } })
    // The hurried clock gives it five hundred looks; three PINGs of 150 ms each would take minutes.
    const healing = slow.heal()
    setTimeout(() => other.heal(), 1000)
    await healing
    expect(bench.redisLink.brokenBy).toEqual([])
  })
})
