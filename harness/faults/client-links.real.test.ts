/** Faults on the link between clients and an instance: that they work on a real one, and that they say so where they do not. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { METRIC_NAMES } from '../../service/metric-names.ts'
import { CLOSE_CODES } from '../../service/protocol.ts'
import { TestClient } from '../../service/test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from '../../service/test-cluster.ts'
import { cutClients } from './cut-clients.ts'
import { NotFired } from './fault.ts'
import { halfOpenClients } from './half-open-clients.ts'
import { reconnectStorm } from './reconnect-storm.ts'
import { slowNetwork } from './slow-network.ts'
import { slowReaders } from './slow-readers.ts'
import { FaultBench, TARGET } from './test-fault-bench.ts'

const TEXT = 'x'.repeat(8192)
const IN_FLIGHT = 16
/** Beyond it, clients would have gone by themselves. */
const CLOSED_MS_MAX = 20_000

const ENVIRONMENT = { SLOW_READER_BYTES_MAX: '65536', IDLE_PING_MS: '1000', IDLE_MS_MAX: '3000' }

let bench: FaultBench<TestInstance>
let entered = 0

beforeAll(async () => {
  const redis = await TestRedis.start()
  bench = await FaultBench.start(redis.port, url => TestInstance.start(TARGET, url, ENVIRONMENT))
})

afterEach(() => bench.cutAll())

afterAll(async () => {
  try {
    await bench?.[Symbol.asyncDispose]()
  } finally {
    await stopEverything()
  }
})

/** Clients that are in a room, through the proxy. */
function enter(count: number): Promise<TestClient[]> {
  const front = { webSocketUrl: `ws://127.0.0.1:${bench.clientLink.port}/ws` } as TestInstance
  const one = () => TestClient.joined(front, 'lobby', `client-${++entered}`)
  return Promise.all(Array.from({ length: count }, one))
}

const NOBODY = new NotFired('no client is connected to chat-1, not within 10 s')

describe.each([
  ['cut-clients', cutClients],
  ['reconnect-storm', reconnectStorm],
  ['half-open-clients', halfOpenClients],
  ['slow-network', slowNetwork],
  ['slow-readers', slowReaders],
] as const)('%s', (_, fault) => {
  it('has not fired where nobody is connected', async () => {
    const injection = bench.prepare(fault as typeof cutClients, {}, { isHurried: true })
    await expect(injection.inject()).rejects.toThrow(NOBODY)
    await injection.heal()
  })
})

describe('cut-clients', () => {
  it('resets a share of the connections', async () => {
    const clients = await enter(10)
    const { evidence } = await bench.prepare(cutClients, { share: 0.3 }).inject()
    expect(evidence).toBe('3 of 10 connections to chat-1 were reset')
    await until('three have noticed', () => clients.filter(({ isClosed }) => isClosed).length === 3)
    for (const { isClosed, closed } of clients) if (isClosed) expect((await closed).code).toBe(1006)
  })

  it('has not fired where none is reset', async () => {
    await enter(2)
    const inject = bench.prepare(cutClients, {}, { isIdle: true }).inject()
    await expect(inject).rejects.toThrow(new NotFired('waited for connections of chat-1 to be reset; none of 2 was'))
  })
})

describe('reconnect-storm', () => {
  it('resets every connection', async () => {
    const clients = await enter(10)
    const { evidence } = await bench.prepare(reconnectStorm).inject()
    expect(evidence).toBe('10 connections of clients to chat-1 were reset')
    await Promise.all(clients.map(({ closed }) => closed))
  })

  it('waits until its own connection is among those that are reset, whoever else comes meanwhile', async () => {
    await enter(2)
    const link = bench.clientLink
    const events: string[] = []
    vi.spyOn(link, 'reset').mockImplementation(() => events.push('reset'))
    const isThere = vi.spyOn(link, 'hasConnectionFrom').mockImplementation(() => events.push('asked') > 2)
    await enter(2)
    await bench
      .prepare(reconnectStorm, {}, { isHurried: true })
      .inject()
      .catch(() => {})
    vi.restoreAllMocks()
    expect(isThere.mock.calls.every(([port]) => port > 0)).toBe(true)
    expect(events).toEqual(['asked', 'asked', 'asked', 'reset'])
  })

  it('has not fired where a connection of the harness lives on', async () => {
    const clients = await enter(2)
    const inject = bench.prepare(reconnectStorm, {}, { isIdle: true, isHurried: true }).inject()
    await expect(inject).rejects.toThrow(
      new NotFired('waited 1 s for a connection of the harness to chat-1 to be reset with all others, in vain'),
    )
    expect(clients.some(({ isClosed }) => isClosed)).toBe(false)
  })
})

describe('half-open-clients', () => {
  it('lets a share of the connections die without a word, and the service find it', async () => {
    const clients = await enter(5)
    const { evidence } = await bench.prepare(halfOpenClients, { share: 0.4 }).inject()
    expect(evidence).toBe('2 of 5 connections to chat-1 are half-open')
    await until(
      'the service has given them up',
      async () => (await bench.instance.metric(METRIC_NAMES.connections)) === 3,
    )
    expect(await bench.instance.metric(METRIC_NAMES.closes, `code="${CLOSE_CODES.timedOut.code}"`)).toBe(2)
    const pongs = clients.map(async client => {
      client.send({ type: 'ping', nonce: 1 })
      return client.frame('pong').then(() => 'alive')
    })
    for (const alive of pongs) alive.catch(() => {})
    await until('three are alive', async () => {
      const states = await Promise.all(pongs.map(alive => Promise.race([alive, sleep(0, 'silent')])))
      return states.filter(state => state === 'alive').length === 3
    })
    expect(clients.some(({ isClosed }) => isClosed)).toBe(false)
  })

  it('has not fired where none is frozen', async () => {
    await enter(2)
    const inject = bench.prepare(halfOpenClients, {}, { isIdle: true }).inject()
    await expect(inject).rejects.toThrow(new NotFired('waited for connections of chat-1 to be frozen; none of 2 was'))
  })
})

describe('slow-network', () => {
  it('adds its latency both ways, and takes it back', async () => {
    const [client] = await enter(1)
    const slow = bench.prepare(slowNetwork, { latencyMs: 100, jitterMs: 20 })
    const { evidence } = await slow.inject()
    const [, tookMs] = /^a GET of chat-1 took (\d+) ms, before \d+ ms; \d+ connections/.exec(evidence)!
    expect(Number(tookMs)).toBeGreaterThanOrEqual(160)
    const askedAtMs = performance.now()
    client!.send({ type: 'ping', nonce: 1 })
    await client!.frame('pong')
    expect(performance.now() - askedAtMs).toBeGreaterThanOrEqual(199)
    await slow.heal()
    expect(bench.clientLink.brokenBy).toEqual([])
  })

  it('is seen where a twentieth of the connections is slow', async () => {
    await enter(1)
    const slow = bench.prepare(slowNetwork, { share: 0.05, latencyMs: 150 })
    const { evidence } = await slow.inject()
    expect(evidence).toMatch(/^a GET of chat-1 took \d+ ms/)
    await slow.heal()
  })

  it('is seen where it is only narrow', async () => {
    await enter(1)
    const slow = bench.prepare(slowNetwork, { latencyMs: 0, jitterMs: 0, bytesPerSecond: 5000 })
    await slow.inject()
    await slow.heal()
  })

  it('has not fired where every GET is as quick as before', async () => {
    await enter(1)
    const slow = bench.prepare(slowNetwork, { latencyMs: 2000 }, { isIdle: true, isHurried: true })
    await expect(slow.inject()).rejects.toThrow(
      /^waited 20 s for a GET of chat-1 to take 3200 ms longer; the slowest took \d+ ms, before \d+ ms$/,
    )
    await slow.heal()
  })
})

describe('slow-readers', () => {
  /** Without end, several at a time: some 4.5 MB for each reader fill the buffers on the way. */
  async function talk(client: TestClient, signal: AbortSignal): Promise<void> {
    let n = 0
    const say = () => client.say({ room: 'lobby', session: 'talker.1', n: ++n, text: TEXT })
    while (!signal.aborted) await Promise.all(Array.from({ length: IN_FLIGHT }, say))
  }

  it('holds back what readers are told, so that the service closes them, and lets them read why', async () => {
    const readers = await enter(4)
    const talker = await TestClient.joined(bench.instance, 'lobby', 'talker')
    const silence = new AbortController()
    const talking = talk(talker, silence.signal)
    try {
      const slow = bench.prepare(slowReaders, { share: 0.5 })
      const { evidence } = await slow.inject()
      expect(evidence).toBe('2 of 4 clients of chat-1 read nothing; what is sent to them is held back')
      const closes = () => bench.instance.metric(METRIC_NAMES.closes, `code="${CLOSE_CODES.slowReader.code}"`)
      await until('the service closes a slow reader', async () => (await closes()) > 0, CLOSED_MS_MAX)
      await slow.heal()
      const codes = await Promise.all(readers.map(reader => Promise.race([reader.closed, sleep(5000, { code: 0 })])))
      expect(codes.map(({ code }) => code)).toContain(CLOSE_CODES.slowReader.code)
      expect(codes.filter(({ code }) => code === 0).length).toBeGreaterThanOrEqual(2)
    } finally {
      silence.abort()
      await talking.catch(() => {})
      await talker.close()
    }
  })

  it('has not fired where nothing is sent to anybody', async () => {
    await enter(2)
    const slow = bench.prepare(slowReaders, { share: 1 }, { isHurried: true })
    await expect(slow.inject()).rejects.toThrow(
      '2 of 2 clients of chat-1 read nothing, but nothing was sent to them within 5 s',
    )
    await slow.heal()
    expect(bench.clientLink.brokenBy).toEqual([])
  })
})
