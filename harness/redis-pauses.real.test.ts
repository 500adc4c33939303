import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { startProcessCluster } from './cluster/process-cluster.ts'
import { makeStubService } from './cluster/stub-service.ts'
import { readRedisPauses } from './redis-pauses.ts'

const stub = makeStubService()
afterAll(() => stub[Symbol.dispose]())

/** Keeps Redis busy for so many microseconds. */
const BUSY = `
  local begin = redis.call('TIME')
  repeat
    local now = redis.call('TIME')
  until (now[1] - begin[1]) * 1000000 + now[2] - begin[2] > tonumber(ARGV[1])
`

test("Redis' own monitor tells when it stood still, and with what", async () => {
  const options = stub.options({ instances: 1 })
  await using cluster = await startProcessCluster(options)
  const beganAtMs = performance.now()
  const redis = new Redis(cluster.redisUrl)
  await redis.eval(BUSY, 0, 60_000)
  redis.disconnect()
  const pauses = await readRedisPauses(cluster.redisUrl, performance.now() - beganAtMs)
  const { longestMs, longestAtMs } = pauses!.find(({ cause }) => cause === 'command')!
  expect(longestMs).toBeGreaterThanOrEqual(60)
  expect(longestAtMs).toBeLessThan(performance.now() - beganAtMs)
})
