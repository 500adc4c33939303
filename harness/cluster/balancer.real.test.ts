import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { isPortFree } from './ports.ts'
import { ask, DRIVERS, TestDrivers } from './test-drivers.ts'

// A start takes a second or two, the first one builds the stub's image; this allows for busy cores.
vi.setConfig({ testTimeout: 60_000 })

const drivers = await TestDrivers.prepare()
afterAll(() => drivers[Symbol.dispose]())

const BALANCER = { connectionsMax: 100 }
const QUESTIONS = 20

describe.each(DRIVERS)('a balancer with the driver %s', driver => {
  test('passes connections on to those who are ready, whoever comes and goes, and is gone in the end', async () => {
    const options = drivers.stub.options({ instances: 3, instancesAtStart: 2, balancer: BALANCER })
    const cluster = await drivers.startWith(driver, options)
    const { port, metricsPort, version, name } = cluster.balancer!
    const answers = async () => {
      const found = new Set<string>()
      for (let question = 0; question < QUESTIONS; question++) found.add(await ask(port, '/'))
      return [...found].sort()
    }
    try {
      expect(`${name} ${version}`).toMatch(/^haproxy \d+\.\d+/)
      expect(await answers()).toEqual(['chat-1', 'chat-2'])
      expect(await ask(metricsPort, '/metrics')).toContain('haproxy_frontend_')
      expect(await cluster.residue(['chat-1', 'chat-2'])).toEqual([])

      await cluster.start('chat-3')
      expect(await cluster.residue()).toEqual([])
      expect(await answers()).toEqual(['chat-1', 'chat-2', 'chat-3'])

      const exited = cluster.exited('chat-1', 10_000)
      await cluster.signal('chat-1', 'SIGKILL')
      await exited
      expect(await answers()).toEqual(['chat-2', 'chat-3'])
      expect(await cluster.residue()).toEqual([
        expect.stringMatching(/^The balancer runs, but it does not see that chat-1 is ready\.$/),
        expect.stringMatching(/^chat-1 is not running/),
      ])

      await cluster.start('chat-1')
      expect(await cluster.residue()).toEqual([])
      expect(await answers()).toEqual(['chat-1', 'chat-2', 'chat-3'])
    } finally {
      await cluster[Symbol.asyncDispose]()
    }
    expect(await Promise.all([port, metricsPort].map(isPortFree))).toEqual([true, true])
    expect(readFileSync(join(options.folder, 'logs/haproxy.log'), 'utf8')).toContain('clients chat/chat-2')
    expect(existsSync(join(options.folder, 'logs/haproxy-instances.cfg'))).toBe(true)
  })

  test('reaches the instances through the proxies of their links, which can be broken there', async () => {
    await using cluster = await drivers.start(driver, { links: { clients: true, redis: false }, balancer: BALANCER })
    const { port } = cluster.balancer!
    expect(await ask(port, '/')).toMatch(/^chat-/)
    const hole = cluster.clientLink('chat-1').inject({ toTarget: { isBlackHole: true } })
    const unseen = 'The balancer runs, but it does not see that chat-1 is ready.'
    await vi.waitUntil(async () => (await cluster.residue()).includes(unseen), { timeout: 10_000 })
    expect(await ask(port, '/')).toBe('chat-2')
    hole.heal()
    expect(await cluster.residue()).toEqual([])
  })
})
