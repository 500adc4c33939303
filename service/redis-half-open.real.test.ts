import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TcpProxy } from '../harness/proxy/tcp-proxy.ts'
import { METRIC_NAMES } from './metric-names.ts'
import { FailureLog } from './redis-failure.ts'
import { RedisLink } from './redis-link.ts'
import { TestClient } from './test-client.ts'
import { type Environment, stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { CommandLog } from './test-command-log.ts'
import { TestDocument } from './test-document.ts'

/** What the design allows for finding a half-open connection and replacing it. */
const REPLACED_MS_MAX = 5000

const { REDIS_URL: _, ...HOSTED } = new TestDocument('docs/upstash.md').variables()

let redis: TestRedis
let proxy: TcpProxy

beforeEach(async () => {
  redis = await TestRedis.start()
  proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: redis.port })
})

afterEach(async () => {
  await stopEverything()
  await proxy?.[Symbol.asyncDispose]()
})

/** How often one of the two connections has become usable. */
const usableLines = (instance: TestInstance) => instance.output.match(/"redis connection usable"/g)?.length ?? 0
const throughProxy = () => `redis://127.0.0.1:${proxy.port}`

describe('a Redis connection that is half-open', () => {
  it.each<[string, Environment]>([
    ['the defaults', {}],
    ['the settings for a Redis that bills commands', HOSTED],
  ])(
    'is found and replaced within 5 s with %s, and what was said meanwhile is repaired without disconnecting anybody',
    async (_, settings) => {
      const behind = await TestInstance.start('behind', throughProxy(), settings)
      const direct = await TestInstance.start('direct', redis.url, settings)
      const [listener, speaker] = [await TestClient.joined(behind, 'r'), await TestClient.joined(direct, 'r', 'bob')]
      const say = (n: number, text: string) => speaker.say({ room: 'r', session: 'bob.1', n, text })
      const heard = (texts: string[]) =>
        until(`heard ${texts}`, () => listener.texts('r').join() === texts.join(), REPLACED_MS_MAX)
      await say(1, 'before')
      await heard(['before'])

      proxy.freeze()
      const startedAtMs = performance.now()
      await say(2, 'meanwhile')
      await until('the instance is not ready', async () => (await behind.statusOf('/readyz')) === 503, REPLACED_MS_MAX)
      await until('both connections are replaced', () => usableLines(behind) === 4, REPLACED_MS_MAX)
      await until(
        'the instance is ready again',
        async () => (await behind.statusOf('/readyz')) === 200,
        REPLACED_MS_MAX,
      )
      await heard(['before', 'meanwhile'])
      expect(performance.now() - startedAtMs).toBeLessThan(REPLACED_MS_MAX)

      await say(3, 'after')
      await heard(['before', 'meanwhile', 'after'])
      expect(listener.isClosed).toBe(false)
      expect(behind.output).not.toContain('redis connection failed')
    },
  )

  it('in one direction alone is found although messages come in: by the first command that has no answer', async () => {
    const settings = { REDIS_PING_MS: '1000', REDIS_COMMAND_MS: '500', REDIS_WAIT_MS: '10000' }
    const behind = await TestInstance.start('behind', throughProxy(), settings)
    const direct = await TestInstance.start('direct', redis.url)
    const [listener, speaker] = [await TestClient.joined(behind, 'r'), await TestClient.joined(direct, 'r', 'bob')]
    let isOver = false
    const talk = async () => {
      for (let n = 1; !isOver; n++) await speaker.say({ room: 'r', session: 'bob.1', n, text: String(n) })
    }
    const talking = talk()
    await listener.untilMessages('r', 10)
    proxy.inject({ toTarget: { isBlackHole: true } })
    const newcomer = await TestClient.open(behind, { user: 'cyd' })
    const joined = newcomer.join({ room: 'another' })
    const replaced = () => behind.metric(METRIC_NAMES.redisReconnects, 'link="subscriber"')
    await until('the subscriber is being replaced', async () => (await replaced()) > 0, REPLACED_MS_MAX)
    proxy.heal()
    expect(await joined).toMatchObject({ complete: true })
    isOver = true
    await talking
    expect(listener.isClosed).toBe(false)
  })
})

describe('a Redis connection', () => {
  const PING_MS = 300
  const pings = async (log: CommandLog) => (await log.take()).filter(({ words }) => words[0] === 'ping').length

  async function connect(role: 'commands' | 'subscriber', log = pino({ level: 'silent' })): Promise<RedisLink> {
    const link = new RedisLink({
      ...{ url: redis.url, role, commandMsMax: 1000, pingMs: PING_MS, log },
      failureLog: new FailureLog(log),
      onConnected: ({ redis }) =>
        role === 'subscriber' ? redis.subscribe('channel').then(() => {}) : Promise.resolve(),
    })
    expect(await link.waitUntilUsable(5000)).toBe(true)
    return link
  }

  it.each(['commands', 'subscriber'] as const)(
    'for %s is proven by a PING when it is silent, and by nothing else where it is not',
    async role => {
      const link = await connect(role)
      using log = await CommandLog.open(redis.control)
      try {
        await until('it has sent two PINGs', async () => (await pings(log)) > 0)
        await until('it has sent two PINGs', async () => (await pings(log)) > 0)
        // Long enough for five; each use of it puts the next one off.
        let uses = 0
        const use = () =>
          role === 'commands' ? link.run(client => client.time()) : redis.control.publish('channel', 'x')
        const startMs = performance.now()
        let longestMs = 0
        let lastMs = startMs
        await until('it was in use for a while', async () => {
          await use()
          uses++
          longestMs = Math.max(longestMs, performance.now() - lastMs)
          lastMs = performance.now()
          return lastMs - startMs > 5 * PING_MS
        })
        const sent = await pings(log)
        expect(uses).toBeGreaterThan(10)
        // A machine that stalls makes a silence of its own.
        if (longestMs < PING_MS / 2) expect(sent).toBeLessThanOrEqual(1)
        await until('it is silent again, and sends one', async () => (await pings(log)) > 0)
      } finally {
        link.close()
      }
    },
  )
})
