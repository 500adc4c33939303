import { expect, test } from 'vitest'
import { NotFired } from './fault.ts'
import { pauseInstance } from './pause-instance.ts'
import { FakeCluster, type Ignored, plannedFault, START_MS } from './test-fault-cluster.ts'

function prepare(cluster: FakeCluster) {
  return pauseInstance.prepare(plannedFault('pause-instance'), cluster.context())
}

test('frozen and silent is evidence; healed is when it answers again', async () => {
  const cluster = new FakeCluster()
  const { clock } = cluster
  const fault = prepare(cluster)
  expect(await clock.until(fault.inject())).toEqual({
    effectAtMs: 0,
    evidence: 'chat-2 was frozen 0 ms after it was asked for, and gave no answer to /readyz within 500 ms',
    exit: null,
  })
  expect(cluster.broken()).toEqual(['chat-2 is frozen'])
  const before = clock.now()
  await clock.until(fault.heal())
  expect(clock.now() - before).toBeGreaterThanOrEqual(START_MS)
  expect(cluster.broken()).toEqual([])
})

test.each<[Ignored, string]>([
  ['pause', 'chat-2 was to be frozen, but the system says that it is not'],
  ['silence', 'was to be silent for 500 ms, but answered 200 to /readyz'],
])('where %s does not come, it did not fire, and nothing stays frozen', async (ignored, sentence) => {
  const cluster = new FakeCluster()
  cluster.ignored.add(ignored)
  const fault = prepare(cluster)
  const injected = cluster.clock.until(fault.inject())
  await expect(injected).rejects.toThrow(NotFired)
  await expect(injected).rejects.toThrow(sentence)
  await cluster.clock.until(fault.heal())
  expect(cluster.broken()).toEqual([])
})

test('the silence of an instance that was silent before shows nothing', async () => {
  const cluster = new FakeCluster()
  cluster.end('chat-2', { code: 1, signal: null })
  await expect(cluster.clock.until(prepare(cluster).inject())).rejects.toThrow('did not answer to /readyz before')
  expect(cluster.asked).toEqual([])
})

test('a freezer that fails is told', async () => {
  const cluster = new FakeCluster()
  cluster.pause = async () => {
    throw new Error('chat-2 is not paused after 5 s.')
  }
  const injected = cluster.clock.until(prepare(cluster).inject())
  await expect(injected).rejects.toThrow(new NotFired('chat-2 was to be frozen, but: chat-2 is not paused after 5 s.'))
})

test('an instance that stays frozen has not healed', async () => {
  const cluster = new FakeCluster()
  cluster.ignored.add('resume')
  const fault = prepare(cluster)
  await cluster.clock.until(fault.inject())
  await expect(cluster.clock.until(fault.heal())).rejects.toThrow('chat-2 was to go on, but the system says that it is')
})

test('an instance that goes on without getting ready has not healed', async () => {
  const cluster = new FakeCluster()
  const fault = prepare(cluster)
  await cluster.clock.until(fault.inject())
  const probes = cluster.probes()
  const deaf = { ...cluster.context(), probes: { ...probes, readyz: async () => 503 } }
  const healing = pauseInstance.prepare(plannedFault('pause-instance'), deaf).heal()
  await expect(cluster.clock.until(healing)).rejects.toThrow(
    'chat-2 has not answered 200 to /readyz within 30 s; the last answer was 503',
  )
})

test('an instance that ended while it was frozen has not healed', async () => {
  const cluster = new FakeCluster()
  const fault = prepare(cluster)
  await cluster.clock.until(fault.inject())
  cluster.end('chat-2', { code: null, signal: 'SIGKILL' })
  await expect(cluster.clock.until(fault.heal())).rejects.toThrow('chat-2 has ended while it was frozen')
})
