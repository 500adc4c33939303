import { expect, test } from 'vitest'
import { NotFired } from './fault.ts'
import { fillRedis } from './fill-redis.ts'
import { FakeCluster, plannedFault } from './test-fault-cluster.ts'

function prepare(cluster: FakeCluster) {
  return fillRedis.prepare(plannedFault('fill-redis', { target: 'redis' }), cluster.context())
}

test('a write that is refused is evidence; healed is when one is taken, with the settings as before', async () => {
  const cluster = new FakeCluster()
  const fault = prepare(cluster)
  const { evidence } = await cluster.clock.until(fault.inject())
  expect(evidence).toBe(
    "with maxmemory 900000, a write was refused: OOM command not allowed when used memory > 'maxmemory'.",
  )
  expect(cluster.broken()).toEqual(['maxmemory is 900000', 'maxmemory-policy is noeviction'])
  await cluster.clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
  expect([...cluster.redis.keys]).toEqual(['room', 'counter'])
})

test('a server that goes on writing is not full; its settings are set back and no key is left', async () => {
  const cluster = new FakeCluster()
  cluster.redis.ignoresLimit = true
  const fault = prepare(cluster)
  const injected = cluster.clock.until(fault.inject())
  await expect(injected).rejects.toThrow(NotFired)
  await expect(injected).rejects.toThrow('a write was to be refused with OOM within 2 s, but was taken')
  expect(cluster.clock.now()).toBe(2_000)
  await cluster.clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
})

test('another failure is not the one that was meant', async () => {
  const cluster = new FakeCluster()
  const fault = prepare(cluster)
  const open = cluster.redis.open.bind(cluster.redis)
  cluster.redis.open = () => ({
    ...open(),
    write: async () => {
      throw new Error('READONLY')
    },
  })
  await expect(cluster.clock.until(fault.inject())).rejects.toThrow('but failed otherwise: READONLY')
})

test('where it broke off between the two settings, both are set back', async () => {
  const cluster = new FakeCluster()
  const fault = prepare(cluster)
  const open = cluster.redis.open.bind(cluster.redis)
  cluster.redis.open = () => {
    const admin = open()
    return {
      ...admin,
      set: async (setting, value) => {
        if (setting === 'maxmemory') throw new Error('the connection was closed')
        await admin.set(setting, value)
      },
    }
  }
  await expect(cluster.clock.until(fault.inject())).rejects.toThrow('the connection was closed')
  expect(cluster.broken()).toEqual(['maxmemory-policy is noeviction'])
  cluster.redis.open = open
  await cluster.clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
})

test('a server that still refuses has not healed', async () => {
  const cluster = new FakeCluster()
  cluster.redis.settings.maxmemory = '500000'
  const fault = prepare(cluster)
  await cluster.clock.until(fault.inject())
  cluster.redis.settings['maxmemory-policy'] = 'noeviction'
  const open = cluster.redis.open.bind(cluster.redis)
  cluster.redis.open = () => ({ ...open(), set: async () => {} })
  await expect(cluster.clock.until(fault.heal())).rejects.toThrow('OOM')
})
