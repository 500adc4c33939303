import { expect, test } from 'vitest'
import { NotFired } from './fault.ts'
import { killInstance } from './kill-instance.ts'
import { FakeCluster, plannedFault, START_MS } from './test-fault-cluster.ts'

function prepare(cluster: FakeCluster) {
  return killInstance.prepare(plannedFault('kill-instance'), cluster.context())
}

test('an instance that dies of the signal is evidence, and is started again', async () => {
  const cluster = new FakeCluster()
  const { clock } = cluster
  const fault = prepare(cluster)
  const evidence = await clock.until(fault.inject())
  expect(evidence).toEqual({
    effectAtMs: 5,
    evidence: 'chat-2 died of SIGKILL 5 ms after it was sent',
    exit: { code: null, signal: 'SIGKILL', afterMs: 5 },
  })
  expect(cluster.broken()).toEqual(['chat-2 is down', 'chat-2 is not ready'])
  await clock.until(fault.heal())
  expect(clock.now()).toBe(5 + START_MS)
  expect(cluster.broken()).toEqual([])
})

test('an exit code of a container counts as the signal', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('SIGKILL')
  cluster.clock.at(30, () => cluster.end('chat-2', { code: 137, signal: null }))
  await expect(cluster.clock.until(prepare(cluster).inject())).resolves.toMatchObject({ effectAtMs: 30 })
})

test('an instance that lives on did not die, and is not started', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('SIGKILL')
  const fault = prepare(cluster)
  const injected = cluster.clock.until(fault.inject())
  await expect(injected).rejects.toThrow(NotFired)
  await expect(injected).rejects.toThrow('chat-2 was sent SIGKILL, but: chat-2 has not ended within 10000 ms')
  await cluster.clock.until(fault.heal())
  expect(cluster.asked).toEqual(['SIGKILL chat-2'])
})

test('an instance that ends in another way was not killed, and is started again', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('SIGKILL')
  cluster.clock.at(1, () => cluster.end('chat-2', { code: 1, signal: null }))
  const fault = prepare(cluster)
  await expect(cluster.clock.until(fault.inject())).rejects.toThrow(new NotFired('chat-2 ended with 1, not by SIGKILL'))
  await cluster.clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
})
