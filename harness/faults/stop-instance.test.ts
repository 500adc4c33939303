import { expect, test } from 'vitest'
import { NotFired } from './fault.ts'
import { stopInstance } from './stop-instance.ts'
import { DRAIN_MS, FakeCluster, plannedFault } from './test-fault-cluster.ts'

function prepare(cluster: FakeCluster) {
  return stopInstance.prepare(plannedFault('stop-instance'), cluster.context())
}

test('an instance that ends by itself is evidence, its effect begins with the signal, and it is started again', async () => {
  const cluster = new FakeCluster()
  const { clock } = cluster
  const fault = prepare(cluster)
  expect(await clock.until(fault.inject())).toEqual({
    effectAtMs: 0,
    evidence: 'chat-2 ended with exit code 0 6000 ms after SIGTERM',
    exit: { code: 0, signal: null, afterMs: DRAIN_MS },
  })
  await clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
  expect(cluster.asked).toEqual(['SIGTERM chat-2', 'start chat-2'])
})

test('an instance that does not heed the signal did not stop, and is left running', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('SIGTERM')
  const fault = prepare(cluster)
  const injected = cluster.clock.until(fault.inject())
  await expect(injected).rejects.toThrow(NotFired)
  await expect(injected).rejects.toThrow('chat-2 was sent SIGTERM, but: chat-2 has not ended within 35000 ms')
  await cluster.clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
  expect(cluster.asked).toEqual(['SIGTERM chat-2'])
})

test('an instance that drains without an end has stopped, without an exit; it is killed and started again', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('SIGTERM')
  cluster.clock.at(20, () => cluster.hang('chat-2'))
  const fault = prepare(cluster)
  expect(await cluster.clock.until(fault.inject())).toEqual({
    effectAtMs: 0,
    evidence: 'chat-2 was sent SIGTERM, but: chat-2 has not ended within 35000 ms. It is not ready any more.',
    exit: null,
  })
  await cluster.clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
  expect(cluster.asked).toEqual(['SIGTERM chat-2', 'SIGKILL chat-2', 'start chat-2'])
})

test('how it ended is told, also where it was not by itself', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('SIGTERM')
  cluster.clock.at(20, () => cluster.end('chat-2', { code: null, signal: 'SIGSEGV' }))
  await expect(cluster.clock.until(prepare(cluster).inject())).resolves.toMatchObject({
    exit: { code: null, signal: 'SIGSEGV', afterMs: 20 },
  })
})
