/**
 * A server that refuses PUBLISH inside a script. Redis itself knows no such rule; here the user has no right to publish into any channel while
 * the script runs. The answer of the script is held back by a proxy until the user has the right, so that the instance itself may publish
 * after the script.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TcpProxy } from '../harness/proxy/tcp-proxy.ts'
import { METRIC_NAMES } from './metric-names.ts'
import { channelOf } from './room-log.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, until } from './test-cluster.ts'
import { CommandLog } from './test-command-log.ts'
import { HostedRedis, SERVICE } from './test-hosted-redis.ts'

/** Within this a loss in a quiet room has to be found; see the delivery contract. */
const FOUND_MS_MAX = 3000 + 250
const BUSY_MACHINE_MS = 1000
/** A proxy that holds answers back is not to be taken for a half-open connection. */
const PATIENT = { HEARTBEAT_MS: '3000', REDIS_COMMAND_MS: '20000', REDIS_PING_MS: '60000' }
const ROOM = 'r'
/** Everything but to publish: a selector, apart from the user's own rules, gives the right to subscribe. */
const RULES = ['~tuesday:*', '+@all', 'resetchannels', '(+subscribe +unsubscribe &tuesday:*)']

let redis: HostedRedis
let proxy: TcpProxy
let behind: TestInstance
let direct: TestInstance
let ann: TestClient
let ben: TestClient

beforeEach(async () => {
  redis = await HostedRedis.start(RULES)
  proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: redis.port })
  const environment = { ...PATIENT, ...redis.environment }
  ;[behind, direct] = await Promise.all([
    TestInstance.start('behind', redis.url.replace(String(redis.port), String(proxy.port)), environment),
    TestInstance.start('direct', redis.url, environment),
  ])
  ann = await TestClient.joined(behind, ROOM, 'ann')
  // Nobody is told of it by the other one, so that the order is left to nothing.
  await until('ann is counted', async () => (await stored()) === '1 1')
  ben = await TestClient.joined(direct, ROOM, 'ben')
})

afterEach(async () => {
  await stopEverything()
  await proxy?.[Symbol.asyncDispose]()
  await redis?.stop()
})

/** The numbers that the script has published, or was refused to. */
const stored = () => redis.admin.hget(`tuesday:{${ROOM}}:holders`, '#told')
const mayPublish = () => redis.admin.acl('SETUSER', SERVICE.user, '&tuesday:*')

const told = (client: TestClient) => {
  const frame = client.frames.findLast(({ type }) => type === 'count')
  return frame?.type === 'count' ? `${frame.connections}/${frame.participants}` : 'never'
}

const repairs = (instance: TestInstance, cause: string) => instance.metric(METRIC_NAMES.gapRepairs, `cause="${cause}"`)

describe('where PUBLISH is refused inside a script', () => {
  it('the instance publishes a hint after it, and whoever gets it reads the message from the log', async () => {
    using log = await CommandLog.open(redis.admin)
    proxy.inject({ fromTarget: { isBlackHole: true } })
    const answer = ann.say({ room: ROOM, session: 'k.1', n: 1, text: 'by a hint' })
    await until('it is in the log', async () => (await redis.admin.xlen(`tuesday:{${ROOM}}:log`)) === 1)
    await mayPublish()
    proxy.heal()
    expect(await answer).toMatchObject({ type: 'ack', seq: 1 })
    for (const client of [ann, ben]) expect((await client.untilMessages(ROOM, 1))[0]!.text).toBe('by a hint')
    const commands = await log.take()
    const hints = commands.filter(({ words }) => words[0] === 'publish' && words[1] === channelOf(ROOM))
    expect(hints.map(({ words }) => words[2])).toEqual([expect.stringMatching(/^h \S+ 1 \d+ behind/)])
    for (const instance of [behind, direct]) {
      expect([await repairs(instance, 'hole'), await repairs(instance, 'heartbeat')]).toEqual([1, 0])
    }
  })

  it('the instance publishes the numbers of the participant counter after it', async () => {
    await until('both are counted', async () => (await stored()) === '2 2')
    proxy.inject({ fromTarget: { isBlackHole: true } })
    await TestClient.joined(behind, ROOM, 'cyd')
    await until('the script has run', async () => (await stored()) === '3 3')
    await mayPublish()
    proxy.heal()
    await until('ben is told', () => told(ben) === '3/3')
  })

  it('and outside of it too, the heartbeat finds every message within 3 s', async () => {
    for (let n = 1; n <= 3; n++) {
      const startMs = performance.now()
      expect(await ann.say({ room: ROOM, session: 'k.1', n, text: String(n) })).toMatchObject({ type: 'ack', seq: n })
      await Promise.all([ann.untilMessages(ROOM, n), ben.untilMessages(ROOM, n)])
      expect(performance.now() - startMs).toBeLessThan(FOUND_MS_MAX + BUSY_MACHINE_MS)
    }
    expect(ben.texts(ROOM)).toEqual(['1', '2', '3'])
    expect(await repairs(direct, 'hole')).toBe(0)
    expect(ben.frames.some(({ type }) => type === 'gap')).toBe(false)
  })
})
