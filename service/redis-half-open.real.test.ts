import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TcpProxy } from '../harness/proxy/tcp-proxy.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

/** What the design allows for finding a half-open connection and replacing it. */
const REPLACED_MS_MAX = 5000

let redis: TestRedis
let proxy: TcpProxy

beforeEach(async () => {
  redis = await TestRedis.start()
  proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: redis.port })
})

afterEach(async () => {
  await stopEverything()
  await proxy[Symbol.asyncDispose]()
})

describe('a Redis connection that is half-open', () => {
  it('is found and replaced within 5 s, and what was said meanwhile is repaired without disconnecting anybody', async () => {
    const behind = await TestInstance.start('behind', `redis://127.0.0.1:${proxy.port}`)
    const direct = await TestInstance.start('direct', redis.url)
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
    await until('the instance is ready again', async () => (await behind.statusOf('/readyz')) === 200, REPLACED_MS_MAX)
    await heard(['before', 'meanwhile'])
    expect(performance.now() - startedAtMs).toBeLessThan(REPLACED_MS_MAX)

    await say(3, 'after')
    await heard(['before', 'meanwhile', 'after'])
    expect(listener.isClosed).toBe(false)
  })
})
