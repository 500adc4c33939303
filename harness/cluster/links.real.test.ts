import { networkInterfaces } from 'node:os'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { Peer, until } from '../proxy/test-peers.ts'
import { ClusterError } from './cluster.ts'
import { isPortFree } from './ports.ts'
import { ask, DRIVERS, TestDrivers } from './test-drivers.ts'

// A start takes a second or two, the first one builds the stub's image; this allows for busy cores.
vi.setConfig({ testTimeout: 60_000 })

const drivers = await TestDrivers.prepare()
afterAll(() => drivers[Symbol.dispose]())

const BOTH = { clients: true, redis: true }
const HOLE = { toTarget: { isBlackHole: true } }
/** An answer takes a few milliseconds. */
const NOT_COMING_MS = 300

describe.each(DRIVERS)('links of the driver %s', driver => {
  test('clients reach an instance through its proxy, and the harness goes past it', async () => {
    await using cluster = await drivers.start(driver, { links: BOTH })
    const [chat1, chat2] = cluster.instances
    const ports = cluster.instances.flatMap(({ port, directPort, metricsPort }) => [port, directPort, metricsPort])
    expect(new Set(ports).size).toBe(6)
    expect(await ask(chat1!.port, '/')).toBe('chat-1')
    expect(await ask(chat2!.port, '/')).toBe('chat-2')

    // The proxy may notice a little later that the connection of the question above has ended.
    await vi.waitUntil(() => cluster.clientLink('chat-1').connectionCount === 0)
    const hole = cluster.clientLink('chat-1').inject(HOLE)
    expect(await ask(chat1!.port, '/', NOT_COMING_MS)).toBe('nothing')
    expect(hole.connectionsAffected).toBe(1)
    expect(hole.bytesHeldBack).toBeGreaterThan(0)
    expect(await ask(chat2!.port, '/')).toBe('chat-2')
    expect(await ask(chat1!.directPort, '/')).toBe('chat-1')
    expect(await cluster.residue()).toEqual(['the link of clients to chat-1 is still broken: black hole to target'])
    hole.heal()
    expect(await ask(chat1!.port, '/')).toBe('chat-1')
    expect(await cluster.residue()).toEqual([])
  })

  test('each instance has a link of its own to Redis', async () => {
    await using cluster = await drivers.start(driver, { links: { clients: false, redis: true } })
    const [chat1, chat2] = cluster.instances
    expect(chat1!.port).toBe(chat1!.directPort)
    expect(() => cluster.clientLink('chat-1')).toThrow('The link of clients to chat-1 does not run through a proxy')
    const links = [cluster.redisLink('chat-1'), cluster.redisLink('chat-2')]
    expect(links.map(({ connectionCount }) => connectionCount)).toEqual([1, 1])

    const hole = cluster.redisLink('chat-2').inject(HOLE)
    const held = ask(chat2!.port, '/redis')
    expect(await Promise.race([held, ask(chat1!.port, '/redis')])).toBe('+PONG')
    expect(await Promise.race([held, new Promise(resolve => setTimeout(resolve, NOT_COMING_MS, 'nothing'))])).toBe(
      'nothing',
    )
    expect(await cluster.residue()).toEqual(['the link of chat-2 to Redis is still broken: black hole to target'])
    hole.heal()
    expect(await held).toBe('+PONG')
    expect(await cluster.residue()).toEqual([])
  })

  test('a dead instance is noticed through its proxy at once, and is there again after its start', async () => {
    const options = drivers.stub.options({ links: BOTH, instances: 1 })
    const cluster = await drivers.startWith(driver, options)
    const { port } = cluster.instances[0]!
    try {
      using open = new Peer(port)
      await until(() => cluster.clientLink('chat-1').connectionCount === 1)
      const exited = cluster.exited('chat-1', 5_000)
      await cluster.signal('chat-1', 'SIGKILL')
      await exited
      await until(() => open.hasEnd || open.isClosed)
      expect(await ask(port, '/')).toBe('ECONNRESET')
      await cluster.start('chat-1')
      expect(await ask(port, '/')).toBe('chat-1')
      expect(await ask(port, '/redis')).toBe('+PONG')
    } finally {
      await cluster[Symbol.asyncDispose]()
    }
    expect(await isPortFree(port)).toBe(true)
  })

  test('a Redis that is given is reached through the links too', async () => {
    await using host = await drivers.start('process', { instances: 1 })
    await using guest = await drivers.start(driver, {
      instances: 1,
      links: { clients: false, redis: true },
      redisUrl: host.redisUrl,
    })
    expect(guest.redisLink('chat-1').connectionCount).toBe(1)
    expect(await ask(guest.instances[0]!.port, '/redis')).toBe('+PONG')
  })

  test('over TLS the link to Redis cannot be broken, which is told before anything starts', async () => {
    const started = drivers.start(driver, { links: BOTH, redisUrl: 'rediss://user:secret@127.0.0.1:1' })
    const error = (await started.catch((caught: unknown) => caught)) as Error
    expect(error).toBeInstanceOf(ClusterError)
    expect(error.message).toContain('need a redis:// URL in --redis-url')
    expect(error.message).not.toContain('secret')
  })

  test('without links there is no proxy', async () => {
    await using cluster = await drivers.start(driver, { instances: 1 })
    const { port, directPort } = cluster.instances[0]!
    expect(port).toBe(directPort)
    expect(() => cluster.redisLink('chat-1')).toThrow(
      'The link of chat-1 to Redis does not run through a proxy in this run.',
    )
    expect(() => cluster.redisLink('chat-9')).toThrow('The cluster has no instance chat-9.')
  })
})

test("in front of a container's Redis nobody but this machine and the run's containers can connect", async () => {
  await using cluster = await drivers.start('docker', { instances: 1, links: { clients: false, redis: true } })
  const port = cluster.redisLink('chat-1').port
  const refused: string[] = []
  const addresses = Object.values(networkInterfaces()).flatMap(all => all ?? [])
  for (const { address } of addresses.filter(({ family }) => family === 'IPv4')) {
    using peer = new Peer(port, address)
    const isIn = await new Promise(resolve => {
      peer.socket.once('connect', () => resolve(true))
      peer.socket.once('error', () => resolve(false))
    })
    if (!isIn) refused.push(address)
  }
  expect(refused).toContain('127.0.0.1')
  expect(refused.length).toBe(addresses.filter(({ family }) => family === 'IPv4').length - 1)
})
