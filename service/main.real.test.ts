/** The process as an operator sees it: start, exit codes, and the HTTP endpoints for machines. */

import type { Socket } from 'node:net'
import { totalmem } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

let redis: TestRedis
let instance: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  instance = await TestInstance.start('one', redis.url)
})
afterAll(stopEverything)

describe('starting', () => {
  it('with a bad configuration says what is wrong, without a stack trace, and exits with 2', async () => {
    const bad = await TestInstance.spawn('bad', 'nowhere', { GUESTS: 'maybe', HEARTBEAT_MS: '1' })
    expect(await bad.exited).toEqual({ code: 2, signal: null })
    await until('its words are here', () => bad.output.includes('HEARTBEAT_MS'))
    for (const name of ['REDIS_URL is "nowhere"', 'GUESTS is "maybe"', 'HEARTBEAT_MS is "1"']) {
      expect(bad.output).toContain(name)
    }
    expect(bad.output).not.toMatch(/^\s+at |\.ts:\d/m)
  })

  it.each(['PORT', 'METRICS_PORT'])('with a %s that is taken says so and exits with 1', async name => {
    const late = await TestInstance.spawn('late', redis.url, { [name]: String(instance.port) })
    expect(await late.exited).toEqual({ code: 1, signal: null })
    await until('its words are here', () => late.output.includes('EADDRINUSE'))
    expect(late.output).toContain('PORT and METRICS_PORT have to be free')
    expect(late.output).not.toMatch(/^\s+at |\.ts:\d/m)
  })

  it('without Redis lives, is not ready, and gets ready once Redis is there', async () => {
    const absent = await TestRedis.prepare()
    const early = await TestInstance.spawn('early', absent.url, { REDIS_WAIT_MS: '60000' })
    await until('it is alive', async () => (await early.statusOf('/healthz')) === 200)
    expect(await early.statusOf('/readyz')).toBe(503)
    const client = await TestClient.open(early)
    const joined = client.join({ room: 'r' })
    await absent.start()
    await early.untilReady()
    expect((await joined).position.seq).toBe(0)
    expect(await client.say({ room: 'r', session: 'k.1', n: 1, text: 'x' })).toMatchObject({ type: 'ack', seq: 1 })
    await client.close()
    await early.stop()
    await absent.stop()
  })

  it('without Redis answers a join with "unavailable" after the wait, closes with 1013, and still ends with 0', async () => {
    const absent = await TestRedis.prepare()
    const early = await TestInstance.spawn('early', absent.url, { REDIS_WAIT_MS: '100' })
    await until('it is alive', async () => (await early.statusOf('/healthz')) === 200)
    const client = await TestClient.open(early)
    client.send({ type: 'join', room: 'r' })
    expect(await client.frame('error')).toMatchObject({ code: 'unavailable', room: 'r' })
    expect((await client.closed).code).toBe(1013)
    early.signal('SIGTERM')
    expect(await early.exited).toEqual({ code: 0, signal: null })
    await absent.stop()
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('and ending with %s where nobody is connected exits with 0', async signal => {
    const idle = await TestInstance.start('idle', redis.url, { DRAIN_SPREAD_MS: '60000', DRAIN_MS_MAX: '70000' })
    idle.signal(signal)
    expect(await idle.exited).toEqual({ code: 0, signal: null })
  })
})

describe('the metrics', () => {
  it('have a listener of their own and are not on the public port', async () => {
    const own = `http://127.0.0.1:${instance.metricsPort}`
    const response = await fetch(`${own}/metrics`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringMatching('text/plain')])
    await response.text()
    expect(await instance.statusOf('/metrics')).toBe(404)
    for (const path of ['/', '/healthz', '/rooms/r/messages']) expect((await fetch(own + path)).status).toBe(404)
  })

  it('are valid Prometheus text, each with help and type, labelled with the instance', async () => {
    const client = await TestClient.joined(instance, 'r')
    await client.say({ room: 'r', session: 'k.1', n: 1, text: 'x' })
    const text = await instance.metricsText()
    await client.close()
    expect(text.endsWith('\n')).toBe(true)
    const lines = text.split('\n').filter(line => line !== '')
    const typeOf = new Map<string, string>()
    for (const line of lines.filter(each => each.startsWith('#'))) {
      const [, kind, name, rest] = /^# (HELP|TYPE) ([a-z_][a-z0-9_]*) (.+)$/.exec(line) ?? []
      expect([line, kind]).toEqual([line, expect.stringMatching(/HELP|TYPE/)])
      if (kind === 'TYPE') typeOf.set(name!, rest!)
    }
    for (const line of lines.filter(each => !each.startsWith('#'))) {
      const [, name, labels, value] = /^([a-z_][a-z0-9_]*)\{((?:[a-z_]+="[^"\\\n]*",?)+)\} (\S+)$/.exec(line) ?? []
      expect([line, labels]).toEqual([line, expect.stringContaining('instance_name="one"')])
      expect([line, Number(value)]).toEqual([line, expect.any(Number)])
      const family = typeOf.has(name!) ? name! : name!.replace(/_(bucket|sum|count)$/, '')
      expect([line, typeOf.get(family)]).toEqual([line, expect.stringMatching(/^(counter|gauge|histogram|summary)$/)])
    }
    for (const name of Object.values(METRIC_NAMES)) expect([...typeOf.keys()]).toContain(name)
    for (const [name, type] of typeOf)
      if (name.startsWith('tuesday_')) expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')])
  })

  it('count what happens', async () => {
    const names = ['connections', 'rooms', 'accepted', 'delivered', 'refused'] as const
    const read = () => Promise.all(names.map(name => instance.metric(METRIC_NAMES[name])))
    await until('nobody is connected', async () => (await instance.metric(METRIC_NAMES.connections)) === 0)
    const before = await read()
    const [ann, ben] = [await TestClient.joined(instance, 'counted'), await TestClient.joined(instance, 'counted')]
    await ann.say({ room: 'counted', session: 'k.1', n: 1, text: 'x' })
    await ann.say({ room: 'counted', session: 'k.1', n: 1, text: 'x' })
    await ann.say({ room: 'counted', session: 'k.1', n: 3, text: 'x' })
    await ben.untilMessages('counted', 1)
    const after = await read()
    expect(after.map((value, index) => value - before[index]!)).toEqual([2, 1, 1, 2, 1])
    await Promise.all([ann.close(), ben.close()])
    await until('both are forgotten', async () => (await instance.metric(METRIC_NAMES.rooms)) === before[1])
  })

  it('count messages in batches, and closes by ws itself', async () => {
    const batches = await instance.metric(`${METRIC_NAMES.messagesPerBatch}_count`)
    const messages = await instance.metric(`${METRIC_NAMES.messagesPerBatch}_sum`)
    const closes = await instance.metric(METRIC_NAMES.closes, 'code="1002"')
    const client = await TestClient.joined(instance, 'batch')
    for (let n = 1; n <= 10; n++) client.send({ type: 'send', room: 'batch', session: 'k.1', n, text: 'x' })
    await client.untilMessages('batch', 10)
    expect((await instance.metric(`${METRIC_NAMES.messagesPerBatch}_sum`)) - messages).toBe(10)
    const count = (await instance.metric(`${METRIC_NAMES.messagesPerBatch}_count`)) - batches
    expect([count >= 1, count <= 10]).toEqual([true, true])
    // A frame with an opcode that does not exist, past the client's own library.
    ;(client.socket as unknown as { _socket: Socket })._socket.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]))
    expect((await client.closed).code).toBe(1002)
    expect((await instance.metric(METRIC_NAMES.closes, 'code="1002"')) - closes).toBe(1)
  })

  it('tell the limits that they are looked at against', async () => {
    expect(await instance.metric(METRIC_NAMES.connectionsLimit)).toBe(10_000)
    const memoryBytes = await instance.metric(METRIC_NAMES.memoryLimit)
    expect([memoryBytes > 50e6, memoryBytes <= totalmem()]).toEqual([true, true])
  })

  it('say how busy the event loop is, and how far a drain has come', async () => {
    const busy = await instance.metric(METRIC_NAMES.eventLoopUtilization)
    expect([busy >= 0, busy <= 1]).toEqual([true, true])
    const leaving = await TestInstance.start('leaving', redis.url, { DRAIN_SPREAD_MS: '3000' })
    const clients = []
    for (let count = 0; count < 3; count++) clients.push(await TestClient.joined(leaving, 'r'))
    const progress = () =>
      Promise.all([METRIC_NAMES.draining, METRIC_NAMES.drainRemaining].map(name => leaving.metric(name)))
    expect(await progress()).toEqual([0, 0])
    const deadline = () => leaving.metric(METRIC_NAMES.drainDeadline)
    expect(await deadline()).toBe(0)
    leaving.signal('SIGTERM')
    await clients[0]!.closed
    await until('one is gone', async () => (await progress()).join() === '1,2')
    await clients[1]!.closed
    const leftSeconds = (await deadline()) - Date.now() / 1000
    expect([leftSeconds > 10, leftSeconds <= 20]).toEqual([true, true])
    await until('another is gone', async () => (await progress()).join() === '1,1')
    expect((await leaving.exited).code).toBe(0)
  })
})

describe('the public port', () => {
  it('says that it is alive and ready', async () => {
    expect([await instance.statusOf('/healthz'), await instance.statusOf('/readyz')]).toEqual([200, 200])
    expect(await instance.statusOf('/nowhere')).toBe(404)
  })
})
