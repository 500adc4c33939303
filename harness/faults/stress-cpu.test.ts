import { expect, test } from 'vitest'
import { NotFired } from './fault.ts'
import { stressCpu } from './stress-cpu.ts'
import { FakeCluster, plannedFault } from './test-fault-cluster.ts'

function prepare(cluster: FakeCluster) {
  return stressCpu.prepare(plannedFault('stress-cpu', { share: 0.1 }), cluster.context())
}

test('what the driver saw is the evidence, and it is undone', async () => {
  const cluster = new FakeCluster()
  const fault = prepare(cluster)
  expect(await cluster.clock.until(fault.inject())).toEqual({
    effectAtMs: 0,
    evidence: 'chat-2 got 0.1 of a core',
    exit: null,
  })
  expect(cluster.broken()).toEqual(['chat-2 is stressed'])
  await cluster.clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
})

test('an instance that gets as much as before is not stressed', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('stress')
  const fault = prepare(cluster)
  const injected = cluster.clock.until(fault.inject())
  await expect(injected).rejects.toThrow(NotFired)
  await expect(injected).rejects.toThrow('chat-2 was to have 0.1 of a core, but: chat-2 still got all that it wanted')
  await cluster.clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
})

test('a driver that has nothing to tell has not seen it', async () => {
  const cluster = new FakeCluster()
  cluster.stressCpu = async () => ({ evidence: '', undo: async () => {} })
  const injected = cluster.clock.until(prepare(cluster).inject())
  await expect(injected).rejects.toThrow(NotFired)
})

test('an instance that did not live through it has not healed', async () => {
  const cluster = new FakeCluster()
  const fault = prepare(cluster)
  await cluster.clock.until(fault.inject())
  cluster.end('chat-2', { code: 1, signal: null })
  await expect(cluster.clock.until(fault.heal())).rejects.toThrow('chat-2 has ended for want of the processor')
  expect(cluster.stressed.size).toBe(0)
})
