import { expect, test } from 'vitest'
import { NotFired } from './fault.ts'
import { removeInstance } from './remove-instance.ts'
import { DRAIN_MS, FakeCluster, plannedFault } from './test-fault-cluster.ts'

test('an instance that ends by itself is evidence, and stays away', async () => {
  const cluster = new FakeCluster()
  const planned = plannedFault('remove-instance')
  expect(planned.heals).toBe(false)
  const fault = removeInstance.prepare(planned, cluster.context())
  const evidence = await cluster.clock.until(fault.inject())
  expect(evidence.exit).toEqual({ code: 0, signal: null, afterMs: DRAIN_MS })
  expect(cluster.isRunning('chat-2')).toBe(false)
})

test('an instance that does not heed the signal was not removed', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('SIGTERM')
  const fault = removeInstance.prepare(plannedFault('remove-instance'), cluster.context())
  const injected = cluster.clock.until(fault.inject())
  await expect(injected).rejects.toThrow(NotFired)
  await expect(injected).rejects.toThrow('has not ended within')
})
