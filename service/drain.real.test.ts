/** SIGTERM as clients, balancers and the operator see it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLOSE_CODES } from './protocol.ts'
import { type Answer, TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

let redis: TestRedis
let next: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  next = await TestInstance.start('next', redis.url)
})
afterAll(stopEverything)

describe('SIGTERM', () => {
  it('tells each client its own delay, closes each with 1012 not before that, and exits with 0', async () => {
    const spreadMs = 400
    const leaving = await TestInstance.start('leaving', redis.url, { DRAIN_SPREAD_MS: String(spreadMs) })
    const clients: TestClient[] = []
    for (let count = 0; count < 8; count++) clients.push(await TestClient.joined(leaving, 'r'))
    const signalledAtMs = performance.now()
    leaving.signal('SIGTERM')
    const told = await Promise.all(clients.map(client => client.frame('draining')))
    const delays = told.map(({ closesInMs }) => closesInMs)
    expect(delays.toSorted((a, b) => a - b)).toEqual(clients.map((_, index) => (spreadMs * index) / clients.length))
    const closes = await Promise.all(clients.map(client => client.closed))
    for (const [index, close] of closes.entries()) {
      expect(close).toMatchObject({ code: CLOSE_CODES.restart.code, reason: CLOSE_CODES.restart.why })
      // A timer of Node may fire up to a millisecond early.
      expect(close.atMs - signalledAtMs).toBeGreaterThan(delays[index]! - 2)
    }
    expect(await leaving.exited).toEqual({ code: 0, signal: null })
  })

  it('goes on serving who has not been closed yet', async () => {
    const leaving = await TestInstance.start('leaving', redis.url, { DRAIN_SPREAD_MS: '1500' })
    const first = await TestClient.joined(leaving, 'serving')
    const second = await TestClient.joined(leaving, 'serving')
    leaving.signal('SIGTERM')
    await first.closed
    expect(await second.say({ room: 'serving', session: 'k.1', n: 1, text: 'still here' })).toMatchObject({
      type: 'ack',
    })
    await second.untilMessages('serving', 1)
    expect((await second.closed).code).toBe(CLOSE_CODES.restart.code)
    expect((await leaving.exited).code).toBe(0)
  })

  it('answers the sends that are in flight, or leaves them to be sent elsewhere, and never both', async () => {
    const room = 'in-flight'
    const [leaving, witness] = [
      await TestInstance.start('leaving', redis.url, { DRAIN_SPREAD_MS: '0' }),
      await TestClient.joined(next, room, 'witness'),
    ]
    const senders = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => ({
        client: await TestClient.joined(leaving, room),
        session: `s${index}.1`,
        acked: new Map<number, number>(),
        asked: 0,
      })),
    )
    // Each sends one after the other as quickly as it is answered, with two unanswered, until its socket is closed.
    const pump = async (sender: (typeof senders)[number]): Promise<void> => {
      while (!sender.client.isClosed) {
        const n = ++sender.asked
        const answer: Answer | null = await sender.client
          .say({ room, session: sender.session, n, text: `${n}` })
          .catch(() => null)
        if (answer?.type === 'ack') sender.acked.set(n, answer.seq)
      }
    }
    const pumps = senders.flatMap(sender => [pump(sender), pump(sender)])
    await until('everybody has talked', () => senders.every(({ acked }) => acked.size > 20))
    leaving.signal('SIGTERM')
    expect((await leaving.exited).code).toBe(0)
    await Promise.all(pumps)
    for (const { client, session, acked, asked } of senders) {
      expect((await client.closed).code).toBe(CLOSE_CODES.restart.code)
      const again = await TestClient.joined(next, room)
      for (let n = 1; n <= asked; n++) {
        if (acked.has(n)) continue
        const answer = await again.say({ room, session, n, text: `${n}` })
        expect(answer).toMatchObject({ type: 'ack', n })
        acked.set(n, (answer as { seq: number }).seq)
      }
      await again.close()
    }
    const total = senders.reduce((sum, { asked }) => sum + asked, 0)
    const messages = await witness.untilMessages(room, total)
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, index) => index + 1))
    for (const { session, acked } of senders) {
      const own = messages.filter(({ id }) => id.startsWith(`${session}/`))
      expect(own.map(({ id }) => Number(id.split('/')[1]))).toEqual(Array.from(own, (_, index) => index + 1))
      for (const { id, seq } of own) expect([id, acked.get(Number(id.split('/')[1]))]).toEqual([id, seq])
    }
    await witness.close()
  })

  it('a second time cuts what is left at once and exits with 1', async () => {
    const leaving = await TestInstance.start('leaving', redis.url, { DRAIN_SPREAD_MS: '60000', DRAIN_MS_MAX: '60001' })
    const [first, second] = [await TestClient.joined(leaving, 'r'), await TestClient.joined(leaving, 'r')]
    leaving.signal('SIGTERM')
    await second.frame('draining')
    expect((await first.closed).code).toBe(CLOSE_CODES.restart.code)
    const startMs = performance.now()
    leaving.signal('SIGTERM')
    expect((await second.closed).code).toBe(CLOSE_CODES.abnormal.code)
    expect(await leaving.exited).toEqual({ code: 1, signal: null })
    expect(performance.now() - startMs).toBeLessThan(5000)
  })

  it('cuts what is left at the deadline and exits with 1', async () => {
    const leaving = await TestInstance.start('leaving', redis.url, { DRAIN_SPREAD_MS: '0', DRAIN_MS_MAX: '300' })
    const client = await TestClient.joined(leaving, 'stuck')
    await redis.control.call('CLIENT', 'PAUSE', '10000', 'WRITE')
    client.send({ type: 'send', room: 'stuck', session: 'k.1', n: 1, text: 'x' })
    await until('Redis has it', async () => /cmd=evalsha/.test(String(await redis.control.call('CLIENT', 'LIST'))))
    leaving.signal('SIGTERM')
    expect(await leaving.exited).toEqual({ code: 1, signal: null })
    expect((await client.closed).code).toBe(CLOSE_CODES.abnormal.code)
    await redis.control.call('CLIENT', 'UNPAUSE')
  })

  it('is not held up by a client that does not answer the close', async () => {
    const leaving = await TestInstance.start('leaving', redis.url, { DRAIN_SPREAD_MS: '0' })
    const client = await TestClient.joined(leaving, 'r')
    client.socket.pause()
    leaving.signal('SIGTERM')
    expect(await leaving.exited).toEqual({ code: 0, signal: null })
    client.socket.resume()
    await client.closed
  })

  it('says 503 for as long as the balancer needs while it serves still, then refuses with 1012', async () => {
    const leaving = await TestInstance.start('leaving', redis.url, { DRAIN_NOTICE_MS: '1000', DRAIN_SPREAD_MS: '1500' })
    const old = [await TestClient.joined(leaving, 'notice'), await TestClient.joined(leaving, 'notice')]
    leaving.signal('SIGTERM')
    await until('it is not ready', async () => (await leaving.statusOf('/readyz')) === 503)
    expect(await leaving.statusOf('/healthz')).toBe(200)
    const late = await TestClient.joined(leaving, 'notice')
    expect(await late.say({ room: 'notice', session: 'k.1', n: 1, text: 'x' })).toMatchObject({ type: 'ack' })
    expect(late.frames.some(({ type }) => type === 'draining')).toBe(false)
    await late.frame('draining')
    const refused = await TestClient.open(leaving)
    expect((await refused.closed).code).toBe(CLOSE_CODES.restart.code)
    expect(refused.frames).toEqual([])
    for (const client of [...old, late]) expect((await client.closed).code).toBe(CLOSE_CODES.restart.code)
    expect((await leaving.exited).code).toBe(0)
  })

  it('works while Redis does not answer: sends in flight stay open for the next instance', async () => {
    const room = 'paused'
    const leaving = await TestInstance.start('leaving', redis.url, { DRAIN_SPREAD_MS: '0', REDIS_COMMAND_MS: '300' })
    const client = await TestClient.joined(leaving, room)
    await redis.control.call('CLIENT', 'PAUSE', '10000', 'WRITE')
    const answer = client.say({ room, session: 'k.1', n: 1, text: 'x' })
    leaving.signal('SIGTERM')
    expect((await answer).type).toBe('unconfirmed')
    expect((await client.closed).code).toBe(CLOSE_CODES.restart.code)
    expect((await leaving.exited).code).toBe(0)
    await redis.control.call('CLIENT', 'UNPAUSE')
    const again = await TestClient.joined(next, room)
    expect(await again.say({ room, session: 'k.1', n: 1, text: 'x' })).toMatchObject({ type: 'ack', seq: 1 })
    await again.close()
  })
})
