/** The participant counter where answers, commands or data come late or not at all: whatever it said meanwhile, it has to end at the truth. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TcpProxy } from '../harness/proxy/tcp-proxy.ts'
import { TestAnswerHolder } from './test-answer-holder.ts'
import { TestClient } from './test-client.ts'
import { startAgainWithWhatWasKept, stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

const ROOM = 'r'
/** What the contract allows for a number that is wrong. */
const RIGHT_MS_MAX = 10_000

let redis: TestRedis
let disposables: AsyncDisposable[]

beforeEach(async () => {
  redis = await TestRedis.start()
  disposables = []
})
afterEach(async () => {
  await stopEverything()
  for (const disposable of disposables) await disposable[Symbol.asyncDispose]()
})

function countOf(client: TestClient): string {
  const frame = client.frames.findLast(({ type }) => type === 'count')
  return frame?.type === 'count' ? `${frame.connections}/${frame.participants}` : 'never'
}

function untilCounted(clients: readonly TestClient[], expected: string): Promise<void> {
  return expect
    .poll(() => clients.map(countOf), { timeout: RIGHT_MS_MAX, interval: 5 })
    .toEqual(clients.map(() => expected))
}

describe('the participant counter is right', () => {
  it('where the answer to its own telling comes after news of another instance', async () => {
    const holder = await TestAnswerHolder.listen(redis.port)
    disposables.push(holder)
    const environment = { REDIS_COMMAND_MS: '20000', REDIS_PING_MS: '60000' }
    const [one, two] = await Promise.all([
      TestInstance.start('one', holder.url, environment),
      TestInstance.start('two', redis.url),
    ])
    const [ann, bob] = await Promise.all([TestClient.joined(one, ROOM, 'ann'), TestClient.joined(two, ROOM, 'bob')])
    await untilCounted([ann, bob], '2/2')
    holder.hold()
    const tab = await TestClient.joined(one, ROOM, 'ann')
    await untilCounted([bob], '3/2')
    const cyd = await TestClient.joined(two, ROOM, 'cyd')
    await untilCounted([ann, bob, tab, cyd], '4/3')
    holder.release()
    // The answer to this comes behind the one that was held back.
    await ann.sayAll(ROOM, 'a.1', 1, 1)
    await untilCounted([ann, bob, tab, cyd], '4/3')
  })

  it('where a telling arrives after later ones, from a connection that was given up', async () => {
    const proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: redis.port })
    disposables.push(proxy)
    const environment = { REDIS_COMMAND_MS: '300', REDIS_PING_MS: '300' }
    const [one, two] = await Promise.all([
      TestInstance.start('one', `redis://127.0.0.1:${proxy.port}`, environment),
      TestInstance.start('two', redis.url),
    ])
    const [ann, bob] = await Promise.all([TestClient.joined(one, ROOM, 'ann'), TestClient.joined(two, ROOM, 'bob')])
    await untilCounted([ann, bob], '2/2')
    // The tab of cyd is told on a connection that takes it and does not pass it on.
    const hole = { isBlackHole: true }
    const heldBack = proxy.inject({ toTarget: hole, fromTarget: hole, isForOpenOnly: true })
    const cyd = await TestClient.joined(one, ROOM, 'cyd')
    await until('it was told in vain', () => one.output.includes('presence could not be told'))
    await cyd.close()
    await until('the connections are replaced', () => proxy.connectionCount === 4)
    await one.untilReady()
    // By now everything has been told anew.
    const dan = await TestClient.joined(one, ROOM, 'dan')
    await untilCounted([ann, bob, dan], '3/3')
    heldBack.heal()
    await until('what was held back has come', () => proxy.connectionCount === 2)
    const [said] = await ann.sayAll(ROOM, 'a.1', 1, 1)
    for (const client of [ann, bob, dan]) await client.frame('message', ({ seq }) => seq === said!.seq)
    await untilCounted([ann, bob, dan], '3/3')
  })

  it('where Redis has forgotten who came and who left of late', async () => {
    const instances = await Promise.all(['one', 'two'].map(name => TestInstance.start(name, redis.url)))
    const [ann, gone] = await Promise.all(['ann', 'gone'].map(user => TestClient.joined(instances[0]!, ROOM, user)))
    const bob = await TestClient.joined(instances[1]!, ROOM, 'bob')
    await untilCounted([ann!, bob], '3/3')
    redis.keepData()
    await gone!.close()
    for (const user of ['cyd', 'dan']) await TestClient.joined(instances[1]!, ROOM, user)
    await untilCounted([ann!, bob], '4/4')
    await startAgainWithWhatWasKept(redis, instances)
    await TestClient.joined(instances[0]!, ROOM, 'eve')
    await untilCounted([ann!, bob], '5/5')
  })
})
