/** What faults ask of a cluster besides killing and starting, on both drivers. */

import { Redis } from 'ioredis'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Cluster } from './cluster.ts'
import { ClusterError, type ClusterOptions } from './cluster.ts'
import { RUN_LABEL } from './docker-engine.ts'
import { isProcessAlive } from './owner.ts'
import { cpuSeconds } from './process-state.ts'
import { findRunRecords } from './run-record.ts'
import { ask, DRIVERS, TestDrivers } from './test-drivers.ts'

// A start takes a second or two, the first one builds the stub's image; this allows for busy cores.
vi.setConfig({ testTimeout: 90_000 })

const drivers = await TestDrivers.prepare()
afterAll(() => drivers[Symbol.dispose]())

/** An answer takes a few milliseconds. */
const NOT_COMING_MS = 300

/** Processes and containers of a run that are there, by name. */
async function thingsOf({ runId }: ClusterOptions): Promise<string[]> {
  const record = findRunRecords().find(found => found.runId === runId)
  const containers = await drivers.engine.listContainers({ all: true, filters: { label: [`${RUN_LABEL}=${runId}`] } })
  return [...(record?.children ?? []).filter(isProcessAlive).map(({ name }) => name), ...containers.map(({ Id }) => Id)]
}

function childrenOf({ runId }: ClusterOptions) {
  return findRunRecords().find(found => found.runId === runId)?.children ?? []
}

async function withRedis<T>(cluster: Cluster, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(cluster.redisUrl, { retryStrategy: () => null })
  client.on('error', () => {})
  try {
    return await work(client)
  } finally {
    client.disconnect()
  }
}

describe.each(DRIVERS)('the driver %s', { concurrent: true }, driver => {
  test('pauses an instance where it stands, and lets it go on', async () => {
    await using cluster = await drivers.start(driver)
    const [chat1, chat2] = cluster.instances
    expect(await cluster.isPaused('chat-1')).toBe(false)
    await cluster.pause('chat-1')
    expect([await cluster.isPaused('chat-1'), await cluster.isPaused('chat-2')]).toEqual([true, false])
    expect(cluster.isRunning('chat-1')).toBe(true)
    const held = ask(chat1!.port, '/')
    expect(await Promise.race([held, new Promise(resolve => setTimeout(resolve, NOT_COMING_MS, 'nothing'))])).toBe(
      'nothing',
    )
    expect(await ask(chat2!.port, '/')).toBe('chat-2')
    expect(await cluster.residue()).toEqual(['chat-1 is paused.'])
    expect(await cluster.residue([])).toEqual(['chat-1 is paused.'])
    await cluster.resume('chat-1')
    expect(await held).toBe('chat-1')
    expect(await cluster.isPaused('chat-1')).toBe(false)
    expect(await cluster.residue()).toEqual([])
  })

  test('kills a paused instance, and starts it again, which is not paused then', async () => {
    await using cluster = await drivers.start(driver, { instances: 1 })
    await cluster.pause('chat-1')
    const exited = cluster.exited('chat-1', 10_000)
    await cluster.signal('chat-1', 'SIGKILL')
    await exited
    expect(await cluster.isPaused('chat-1')).toBe(false)
    await expect(cluster.pause('chat-1')).rejects.toThrow(/^chat-1 (is not running|cannot be paused)/)
    await cluster.start('chat-1')
    expect(await cluster.residue()).toEqual([])
  })

  test('clears a paused instance away', async () => {
    const options = drivers.stub.options()
    const cluster = await drivers.startWith(driver, options)
    await cluster.pause('chat-2')
    expect(await thingsOf(options)).toHaveLength(3)
    await cluster[Symbol.asyncDispose]()
    expect(await thingsOf(options)).toEqual([])
  })

  test('stops Redis and starts it at its old address, with its data and without', async () => {
    await using cluster = await drivers.start(driver, { instances: 1 })
    const { redisUrl } = cluster
    await withRedis(cluster, client => client.set('key', 'kept'))
    await expect(cluster.startRedis('kept')).rejects.toThrow('Redis is already running.')
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await cluster.stopRedis(signal)
      expect(await cluster.residue([])).toEqual(['Redis does not answer.'])
      await cluster.startRedis('kept')
      expect(await cluster.residue([])).toEqual([])
      expect(await withRedis(cluster, client => client.get('key'))).toBe('kept')
    }
    await cluster.stopRedis('SIGKILL')
    await expect(cluster.stopRedis('SIGKILL')).rejects.toThrow()
    await cluster.startRedis('lost')
    expect(cluster.redisUrl).toBe(redisUrl)
    expect(await withRedis(cluster, client => client.get('key'))).toBe(null)
    await withRedis(cluster, client => client.set('key', 'again'))
    await cluster.stopRedis('SIGTERM')
    await cluster.startRedis('kept')
    expect(await withRedis(cluster, client => client.get('key'))).toBe('again')
  })

  test('leaves a Redis alone that was given', async () => {
    await using host = await drivers.start('process', { instances: 1 })
    const links = { clients: false, redis: true }
    await using guest = await drivers.start(driver, { instances: 1, links, redisUrl: host.redisUrl })
    for (const refused of [guest.stopRedis('SIGKILL'), guest.startRedis('lost')]) {
      const error = (await refused.catch((caught: unknown) => caught)) as Error
      expect(error).toBeInstanceOf(ClusterError)
      expect(error.message).toContain('given by --redis-url')
    }
    expect(await host.residue()).toEqual([])
    expect(await guest.residue()).toEqual([])
  })

  test('starts a part of the instances at first, and others later', async () => {
    const options = drivers.stub.options({ instances: 3, instancesAtStart: 1 })
    await using cluster = await drivers.startWith(driver, options)
    expect(cluster.instances.map(({ name }) => name)).toEqual(['chat-1', 'chat-2', 'chat-3'])
    expect(await thingsOf(options)).toHaveLength(2)
    expect(await cluster.residue(['chat-1'])).toEqual([])
    const missing = (name: string) => `${name} is not running (never started).`
    expect(await cluster.residue()).toEqual([missing('chat-2'), missing('chat-3')])
    await expect(cluster.exited('chat-2', 10)).rejects.toThrow('chat-2 was never started.')
    await expect(cluster.signal('chat-2', 'SIGTERM')).rejects.toThrow('chat-2 was never started.')
    await expect(cluster.pause('chat-2')).rejects.toThrow('chat-2 was never started.')
    expect(await cluster.isPaused('chat-2')).toBe(false)
    await cluster.start('chat-3')
    expect(await ask(cluster.instances[2]!.port, '/')).toBe('chat-3')
    expect(await cluster.residue(['chat-1', 'chat-3'])).toEqual([])
    expect(await cluster.residue()).toEqual([missing('chat-2')])
  })

  test('leaves nothing of what was being started while it was cleared away', async () => {
    const clearAway = async (afterMs: number) => {
      const options = drivers.stub.options({ instances: 2, instancesAtStart: 1 })
      const cluster = await drivers.startWith(driver, options)
      await cluster.stopRedis('SIGKILL')
      const starting = [cluster.startRedis('lost'), cluster.start('chat-2')].map(started => started.catch(() => {}))
      await new Promise(resolve => setTimeout(resolve, afterMs))
      await cluster[Symbol.asyncDispose]()
      await Promise.all(starting)
      await expect(cluster.startRedis('kept')).rejects.toThrow()
      await expect(cluster.start('chat-2')).rejects.toThrow()
      expect(await thingsOf(options)).toEqual([])
    }
    await Promise.all([0, 30, 200].map(clearAway))
  })

  test('refuses a share of the CPU that is none', async () => {
    await using cluster = await drivers.start(driver, { instances: 1 })
    for (const share of [0, 1, -1, Number.NaN]) {
      await expect(cluster.stressCpu('chat-1', { share })).rejects.toThrow('above 0 and below 1')
    }
    expect(await cluster.residue()).toEqual([])
  })
})

test("a container's CPU is limited, as the kernel counts it, until it is undone", async () => {
  await using cluster = await drivers.start('docker')
  const tenth = await cluster.stressCpu('chat-1', { share: 0.1 })
  expect(tenth.evidence).toMatch(/^quota of 10 ms in 100 ms: [1-9]\d* periods counted, [1-9]\d* throttled$/)
  const third = await cluster.stressCpu('chat-1', { share: 0.3 })
  expect(third.evidence).toMatch(/^quota of 10 ms/)
  expect(await cluster.residue()).toEqual(['chat-1 is still limited to 0.1 of a CPU.'])
  await tenth.undo()
  expect(await cluster.residue()).toEqual(['chat-1 is still limited to 0.3 of a CPU.'])
  await third.undo()
  await third.undo()
  expect(await cluster.residue()).toEqual([])
})

test('a container that is quick at what it is asked is asked more, until it is held back', async () => {
  await using cluster = await drivers.start('docker', { instances: 1 })
  const { evidence } = await cluster.stressCpu('chat-1', { share: 0.6 })
  expect(evidence).toMatch(/^quota of 60 ms in 100 ms: [1-9]\d* periods counted, [1-9]\d* throttled$/)
})

test('a limited container that is killed is limited again after its start, until it is undone', async () => {
  await using cluster = await drivers.start('docker', { instances: 1 })
  const stressed = await cluster.stressCpu('chat-1', { share: 0.05 })
  const exited = cluster.exited('chat-1', 10_000)
  await cluster.signal('chat-1', 'SIGKILL')
  await exited
  await cluster.start('chat-1')
  expect(await cluster.residue()).toEqual(['chat-1 is still limited to 0.05 of a CPU.'])
  await stressed.undo()
  expect(await cluster.residue()).toEqual([])
})

test('busy processes compete with a process for the CPU until it is undone, or the cluster cleared away', async () => {
  const options = drivers.stub.options({ instances: 1 })
  const cluster = await drivers.startWith('process', options)
  try {
    const stressed = await cluster.stressCpu('chat-1', { share: 0.4 })
    const [, count, seconds] = /^(\d+) busy processes have used (\d+\.\d+) s of CPU/.exec(stressed.evidence)!
    expect(Number(seconds)).toBeGreaterThan(0)
    const busy = childrenOf(options).filter(({ name }) => name.startsWith('busy-'))
    expect(busy).toHaveLength(Number(count))
    const used = () => busy.reduce((sum, { pid }) => sum + cpuSeconds(pid)!, 0)
    const before = used()
    await vi.waitUntil(() => used() > before + 0.1, { timeout: 20_000 })
    expect(await cluster.residue()).toEqual([`${count} busy processes still run beside chat-1.`])
    await stressed.undo()
    await stressed.undo()
    expect(busy.filter(isProcessAlive)).toEqual([])
    expect(await cluster.residue()).toEqual([])
    await cluster.stressCpu('chat-1', { share: 0.9 })
  } finally {
    await cluster[Symbol.asyncDispose]()
  }
  expect(await thingsOf(options)).toEqual([])
})
