import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, expect, test, vi } from 'vitest'
import { ClusterError, type ClusterOptions } from './cluster.ts'
import { isProcessAlive } from './owner.ts'
import { isPortFree } from './ports.ts'
import { startProcessCluster } from './process-cluster.ts'
import { findRunRecords } from './run-record.ts'
import { makeStubService } from './stub-service.ts'

// A start takes a third of a second; this allows for busy cores.
vi.setConfig({ testTimeout: 30_000 })

/** As statfs(2) tells it. */
const TMPFS = 0x01_02_19_94

const stub = makeStubService()
afterAll(() => stub[Symbol.dispose]())

function recordOf(options: ClusterOptions) {
  return findRunRecords().find(record => record.runId === options.runId)
}

test('an instance is killed, seen to end, started again on its ports, and nothing is left at the end', async () => {
  const options = stub.options()
  const cluster = await startProcessCluster(options)
  const [chat1] = cluster.instances
  expect(cluster.instances.map(instance => instance.name)).toEqual(['chat-1', 'chat-2'])
  expect(cluster.redisVersion).toMatch(/^\d+\.\d+\.\d+/)
  expect(await cluster.residue()).toEqual([])

  const exited = cluster.exited('chat-1', 2_000)
  const beforeMs = performance.now()
  await cluster.signal('chat-1', 'SIGKILL')
  const exit = await exited
  expect(exit).toMatchObject({ code: null, signal: 'SIGKILL' })
  expect(exit.atMs).toBeGreaterThanOrEqual(beforeMs)
  expect(cluster.isRunning('chat-1')).toBe(false)
  expect(await cluster.residue()).toEqual(['chat-1 is not running (SIGKILL).'])
  await expect(cluster.signal('chat-1', 'SIGTERM')).rejects.toThrow('chat-1 is not running')

  await cluster.start('chat-1')
  expect(cluster.isRunning('chat-1')).toBe(true)
  expect(await (await fetch(`http://127.0.0.1:${chat1!.port}/`)).text()).toBe('chat-1')
  expect(await cluster.residue()).toEqual([])
  expect(readFileSync(join(options.folder, 'logs/chat-1.log'), 'utf8')).toBe('chat-1 started\nchat-1 started\n')

  const terminated = cluster.exited('chat-2', 2_000)
  await cluster.signal('chat-2', 'SIGTERM')
  expect(await terminated).toMatchObject({ code: 0, signal: null })

  const children = recordOf(options)!.children
  expect(children.map(child => child.name)).toEqual(['redis', 'chat-1', 'chat-2', 'chat-1'])
  // Each leads a process group of its own, so that Ctrl-C in the terminal does not reach it.
  for (const child of children.filter(isProcessAlive)) expect(process.kill(-child.pid, 0)).toBe(true)
  await Promise.all([cluster[Symbol.asyncDispose](), cluster[Symbol.asyncDispose]()])
  expect(children.filter(isProcessAlive)).toEqual([])
  expect(recordOf(options)).toBeUndefined()
  expect(await isPortFree(chat1!.port)).toBe(true)
  expect(readdirSync(options.folder)).toEqual(['logs'])
})

test("Redis' data outlive its kill, are lost where that is asked for, and wait for no disk where this machine has memory for them", async () => {
  const told: string[] = []
  const options = stub.options({ instances: 1, onProgress: line => told.push(line) })
  await using cluster = await startProcessCluster(options)
  const redis = new Redis(cluster.redisUrl)
  redis.on('error', () => {})
  using _ = { [Symbol.dispose]: () => redis.disconnect() }
  const [, folder] = (await redis.config('GET', 'dir')) as [string, string]
  const { type, bavail, bsize } = statfsSync('/dev/shm')
  if (type === TMPFS && bavail * bsize > 2 ** 32) expect(folder).toBe(`/dev/shm/tuesday-redis-${options.runId}`)
  expect(told[0]).toMatch(
    /^starting Redis, its data (in memory \(\/dev\/shm\)|on disk, whose pauses become latencies: )/,
  )

  await redis.set('key', 'kept')
  await cluster.stopRedis('SIGKILL')
  await cluster.startRedis('kept')
  expect(await redis.get('key')).toBe('kept')
  await cluster.stopRedis('SIGKILL')
  await cluster.startRedis('lost')
  expect(await redis.get('key')).toBeNull()
  await cluster[Symbol.asyncDispose]()
  expect(existsSync(folder)).toBe(false)
})

test('two clusters side by side share nothing, and one ends without the other', async () => {
  await using one = await startProcessCluster(stub.options({ instances: 1 }))
  const two = await startProcessCluster(stub.options({ instances: 1 }))
  expect(two.instances[0]!.port).not.toBe(one.instances[0]!.port)
  await two[Symbol.asyncDispose]()
  expect(await one.residue()).toEqual([])
})

test('a Redis that is already there is used, and left alone', async () => {
  await using host = await startProcessCluster(stub.options({ instances: 1 }))
  // The first port of a run is its Redis' own; its instances follow.
  const redisUrl = `redis://127.0.0.1:${host.instances[0]!.port - 1}`
  const options = stub.options({ instances: 1, redisUrl })
  const guest = await startProcessCluster(options)
  expect(guest.redisVersion).toBe(host.redisVersion)
  expect(recordOf(options)!.children.map(child => child.name)).toEqual(['chat-1'])
  await guest[Symbol.asyncDispose]()
  expect(await host.residue()).toEqual([])
})

test('a service that ends at once is told with its last lines, and nothing is left', async () => {
  const options = stub.options({ environment: { STUB: 'broken' } })
  const error = await startProcessCluster(options).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ClusterError)
  const { message } = error as ClusterError
  expect(message).toMatch(/^chat-[12] ended before it was ready \(exit code 3\)\. The last lines of its log, /)
  expect(message).toContain('line 20')
  expect(message).toContain('line 6')
  expect(message).not.toContain('line 5\n')
  expect(recordOf(options)).toBeUndefined()
  expect(existsSync(join(options.folder, 'redis'))).toBe(false)
})

test('an abort while things start clears away and throws its reason', async () => {
  const options = stub.options({ environment: { STUB: 'never-ready' } })
  const abort = new AbortController()
  const started = startProcessCluster(options, abort.signal)
  const failed = expect(started).rejects.toThrow('interrupted')
  while ((recordOf(options)?.children.length ?? 0) < 3) await new Promise(resolve => setTimeout(resolve, 10))
  const children = recordOf(options)!.children
  abort.abort(new Error('interrupted'))
  await failed
  expect(children.filter(isProcessAlive)).toEqual([])
  expect(recordOf(options)).toBeUndefined()
})

test('an instance that ignores SIGTERM is cleared away all the same', async () => {
  const options = stub.options({ instances: 1, environment: { STUB: 'deaf' } })
  const cluster = await startProcessCluster(options)
  await cluster.signal('chat-1', 'SIGTERM')
  await expect(cluster.exited('chat-1', 100)).rejects.toThrow('chat-1 has not ended within 100 ms.')
  const children = recordOf(options)!.children
  await cluster[Symbol.asyncDispose]()
  expect(children.filter(isProcessAlive)).toEqual([])
})

test('a cluster that is cleared away while an instance starts leaves nothing', async () => {
  for (const afterMs of [0, 20, 100]) {
    const options = stub.options({ instances: 1 })
    const cluster = await startProcessCluster(options)
    const exited = cluster.exited('chat-1', 2_000)
    await cluster.signal('chat-1', 'SIGKILL')
    await exited
    const failed = expect(cluster.start('chat-1')).rejects.toThrow()
    await new Promise(resolve => setTimeout(resolve, afterMs))
    const children = recordOf(options)!.children
    await cluster[Symbol.asyncDispose]()
    await failed
    expect(children.filter(isProcessAlive)).toEqual([])
    expect(recordOf(options)).toBeUndefined()
  }
})

test('a port that somebody took meanwhile is named', async () => {
  await using cluster = await startProcessCluster(stub.options({ instances: 1 }))
  const [chat1] = cluster.instances
  const exited = cluster.exited('chat-1', 2_000)
  await cluster.signal('chat-1', 'SIGKILL')
  await exited
  const squatter = createServer()
  await new Promise<void>(resolve => squatter.listen(chat1!.port, '127.0.0.1', resolve))
  await expect(cluster.start('chat-1')).rejects.toThrow(`Port ${chat1!.port} of chat-1 is taken by another process.`)
  await new Promise(resolve => squatter.close(resolve))
})

test('without a Redis the three ways to get one are told', async () => {
  const unreachable = startProcessCluster(stub.options({ redisUrl: 'redis://user:secret@127.0.0.1:1' }))
  const error = (await unreachable.catch((caught: unknown) => caught)) as ClusterError
  expect(error).toBeInstanceOf(ClusterError)
  expect(error.message).toContain('No Redis server answers at 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1).')
  for (const way of ['npm run setup', '--driver docker', '--redis-url']) expect(error.message).toContain(way)
  expect(error.message).not.toContain('secret')
  await expect(startProcessCluster(stub.options({ redisUrl: 'localhost:6379' }))).rejects.toThrow('should look like')
})
