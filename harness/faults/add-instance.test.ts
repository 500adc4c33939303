import { expect, test } from 'vitest'
import { addInstance } from './add-instance.ts'
import { NotFired } from './fault.ts'
import { FakeCluster, plannedFault, START_MS } from './test-fault-cluster.ts'

function prepare(cluster: FakeCluster, target = 'chat-4') {
  return addInstance.prepare(plannedFault('add-instance', { target }), cluster.context())
}

test('an instance that is ready where nobody answered is evidence, and stays', async () => {
  const cluster = new FakeCluster()
  expect(await cluster.clock.until(prepare(cluster).inject())).toEqual({
    effectAtMs: START_MS,
    evidence: 'chat-4 answered 200 to /readyz 800 ms after its start, where nobody answered before',
    exit: null,
  })
  expect(cluster.isRunning('chat-4')).toBe(true)
})

test('a start after which nobody answers did not add anybody', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('start')
  const injected = cluster.clock.until(prepare(cluster).inject())
  await expect(injected).rejects.toThrow(NotFired)
  await expect(injected).rejects.toThrow('chat-4 was started, but answers nothing to /readyz instead of 200')
})

test('one that was there before was not added', async () => {
  const cluster = new FakeCluster()
  const injected = cluster.clock.until(prepare(cluster, 'chat-3').inject())
  await expect(injected).rejects.toThrow(NotFired)
  await expect(injected).rejects.toThrow('something answered 200 in its place')
  expect(cluster.asked).toEqual([])
})

test('a start that fails is told', async () => {
  const cluster = new FakeCluster()
  cluster.start = async () => {
    throw new Error('chat-4 ended before it was ready (exit code 3).')
  }
  const injected = cluster.clock.until(prepare(cluster).inject())
  await expect(injected).rejects.toThrow(
    new NotFired('chat-4 was to be added, but: chat-4 ended before it was ready (exit code 3).'),
  )
})
