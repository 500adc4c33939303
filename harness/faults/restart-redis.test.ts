import { describe, expect, test } from 'vitest'
import { NotFired } from './fault.ts'
import { restartRedis } from './restart-redis.ts'
import { FakeCluster, plannedFault } from './test-fault-cluster.ts'

function prepare(cluster: FakeCluster, data: 'kept' | 'lost' = 'kept') {
  const planned = plannedFault('restart-redis', { target: 'redis', signal: 'SIGKILL', data })
  return restartRedis.prepare(planned, cluster.context())
}

describe.each(['kept', 'lost'] as const)('with its data %s', data => {
  test('a server that is gone is evidence; healed is when another one has what it should', async () => {
    const cluster = new FakeCluster()
    const fault = prepare(cluster, data)
    expect(await cluster.clock.until(fault.inject())).toEqual({
      effectAtMs: 0,
      evidence: 'Redis ended 0 ms after SIGKILL and answers no more',
      exit: null,
    })
    expect(cluster.broken()).toContain('redis is down')
    await cluster.clock.until(fault.heal())
    expect(cluster.asked).toEqual(['SIGKILL redis', `start redis, ${data}`])
    expect(cluster.broken()).toEqual([])
    expect(cluster.redis.keys.has('room')).toBe(data === 'kept')
  })

  test('a server that lives on was not restarted, and is left alone, without a key of ours', async () => {
    const cluster = new FakeCluster()
    cluster.ignored.add('stop-redis')
    const fault = prepare(cluster, data)
    const injected = cluster.clock.until(fault.inject())
    await expect(injected).rejects.toThrow(new NotFired('Redis was to end by SIGKILL, but still answers'))
    await cluster.clock.until(fault.heal())
    expect(cluster.asked).toEqual(['SIGKILL redis'])
    expect(cluster.broken()).toEqual([])
  })

  test('data that are not as they should be are no healing, and the key goes all the same', async () => {
    const cluster = new FakeCluster()
    cluster.redis.confusesData = true
    const fault = prepare(cluster, data)
    await cluster.clock.until(fault.inject())
    await expect(cluster.clock.until(fault.heal())).rejects.toThrow(
      data === 'kept'
        ? 'Redis was to start with its data kept, but what was written before its end is gone'
        : 'Redis was to start with its data lost, but what was written before its end is still there',
    )
    expect(cluster.broken()).toEqual([])
  })
})

test('a server that does not come up has not healed', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('start-redis')
  const fault = prepare(cluster)
  await cluster.clock.until(fault.inject())
  await expect(cluster.clock.until(fault.heal())).rejects.toThrow('ECONNREFUSED')
})

test('a server that was only away for a while was not restarted', async () => {
  const cluster = new FakeCluster()
  const fault = prepare(cluster)
  await cluster.clock.until(fault.inject())
  cluster.redis.isRunning = true
  await expect(cluster.clock.until(fault.heal())).rejects.toThrow('but it is the same one')
})

test('where it did not even begin, nothing is started', async () => {
  const cluster = new FakeCluster()
  cluster.redis.stop()
  const fault = prepare(cluster, 'lost')
  await expect(cluster.clock.until(fault.inject())).rejects.toThrow('ECONNREFUSED')
  await cluster.clock.until(fault.heal())
  expect(cluster.asked).toEqual([])
})
