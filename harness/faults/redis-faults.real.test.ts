/** The faults of Redis on a real server, and the probes on a real listener. */

import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { stopEverything, TestRedis } from '../../service/test-cluster.ts'
import type { FaultContext } from './fault.ts'
import { fillRedis } from './fill-redis.ts'
import { askReadyz, probesOf } from './probes.ts'
import { restartRedis } from './restart-redis.ts'
import { FakeCluster, plannedFault } from './test-fault-cluster.ts'

afterEach(stopEverything)

/** The roles of the cluster on a server of the test; `obeys` false: it is asked to end, and stays. */
function contextOf(redis: TestRedis, obeys = true): FaultContext {
  const context = new FakeCluster().context()
  const cluster = Object.assign(context.cluster, {
    redisUrl: redis.url,
    stopRedis: async () => {
      if (obeys) await redis.kill()
    },
    startRedis: async (data: 'kept' | 'lost') => {
      if (data === 'lost') redis.deleteData()
      await redis.start()
    },
  })
  const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))
  return {
    ...context,
    cluster,
    probes: probesOf({ ...cluster, instances: [], redisUrl: redis.url }),
    now: () => performance.now(),
    pause,
  }
}

async function keysOf(redis: TestRedis): Promise<string[]> {
  return (await redis.control.keys('*')).sort()
}

describe('restart-redis', () => {
  it.each([
    ['kept', ['room']],
    ['lost', []],
  ] as const)(
    'with its data %s: another server answers, with what it should have and no key of ours',
    async (data, keys) => {
      const redis = await TestRedis.start()
      await redis.control.set('room', 'x')
      const fault = restartRedis.prepare(plannedFault('restart-redis', { target: 'redis', data }), contextOf(redis))
      expect((await fault.inject()).evidence).toMatch(/^Redis ended \d+ ms after SIGTERM and answers no more$/)
      await fault.heal()
      expect(await keysOf(redis)).toEqual(keys)
    },
  )

  it('a server that does not end has not fired, and has no key of ours', async () => {
    const redis = await TestRedis.start()
    const fault = restartRedis.prepare(plannedFault('restart-redis', { target: 'redis' }), contextOf(redis, false))
    await expect(fault.inject()).rejects.toThrow('Redis was to end by SIGTERM, but still answers')
    await fault.heal()
    expect(await keysOf(redis)).toEqual([])
  })

  it('a server that comes back with other data than it should has not healed', async () => {
    const redis = await TestRedis.start()
    const context = contextOf(redis)
    const startRedis = () => redis.start()
    const confused = { ...context, cluster: Object.assign(context.cluster, { startRedis }) }
    const planned = plannedFault('restart-redis', { target: 'redis', data: 'lost' })
    const fault = restartRedis.prepare(planned, confused)
    await fault.inject()
    await expect(fault.heal()).rejects.toThrow('but what was written before its end is still there')
    expect(await keysOf(redis)).toEqual([])
  })
})

describe('fill-redis', () => {
  const planned = plannedFault('fill-redis', { target: 'redis' })

  it('writes are refused, also those of others, until it has healed with the settings as before', async () => {
    const redis = await TestRedis.start(['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'])
    await redis.control.set('room', 'x')
    const fault = fillRedis.prepare(planned, contextOf(redis))
    expect((await fault.inject()).evidence).toMatch(/^with maxmemory \d+, a write was refused: OOM /)
    await expect(redis.control.set('room', 'y')).rejects.toThrow('OOM')
    expect(await redis.control.get('room')).toBe('x')
    await fault.heal()
    expect(await redis.control.config('GET', 'maxmemory*')).toEqual(
      expect.arrayContaining(['maxmemory', `${100 * 1024 * 1024}`, 'maxmemory-policy', 'allkeys-lru']),
    )
    await redis.control.set('room', 'y')
    expect(await keysOf(redis)).toEqual(['room'])
  })

  it('a server whose limit others raise at once has not fired, and nothing is left of it', async () => {
    const redis = await TestRedis.start()
    const context = contextOf(redis)
    const { openRedis } = context.probes
    const unlimited = () => {
      const admin = openRedis()
      return { ...admin, set: async () => {} }
    }
    const fault = fillRedis.prepare(planned, { ...context, probes: { ...context.probes, openRedis: unlimited } })
    await expect(fault.inject()).rejects.toThrow('a write was to be refused with OOM within 2 s, but was taken')
    await fault.heal()
    expect(await keysOf(redis)).toEqual([])
  })
})

describe('asking /readyz', () => {
  const servers: Server[] = []

  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  async function listening(server: Server): Promise<number> {
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  it.each([200, 503])('tells an answer of %i', async status => {
    const port = await listening(
      createServer((request, response) => {
        response.statusCode = request.url === '/readyz' ? status : 404
        response.end()
      }),
    )
    expect(await askReadyz({ host: '127.0.0.1', directPort: port }, 10_000)).toBe(status)
  })

  it('tells null where somebody takes the connection and says nothing, and waits no longer than it was told', async () => {
    const port = await listening(createTcpServer(socket => void socket.on('error', () => {})) as unknown as Server)
    const begunMs = performance.now()
    expect(await askReadyz({ host: '127.0.0.1', directPort: port }, 300)).toBeNull()
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(290)
  })

  it('tells null where nobody listens', async () => {
    const server = createServer()
    const port = await listening(server)
    await new Promise(resolve => server.close(resolve))
    expect(await askReadyz({ host: '127.0.0.1', directPort: port }, 10_000)).toBeNull()
  })
})
