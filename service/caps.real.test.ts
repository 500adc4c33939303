/** Limits at the door: origins, numbers of connections, rates, silence and slowness. */

import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { CLOSE_CODES } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await TestRedis.start()
})
afterAll(stopEverything)

describe('the origin', () => {
  const closeOf = async (instance: TestInstance, headers: Record<string, string>) => {
    const client = await TestClient.open(instance, { headers })
    const outcome = await Promise.race([client.closed, client.frame('welcome').catch(() => null)])
    await client.close()
    return outcome !== null && 'code' in outcome ? outcome.code : 'welcome'
  }

  it('is one of the list, that of the instance itself, or none', async () => {
    const instance = await TestInstance.start('listed', redis.url, { ORIGINS: 'https://chat.example' })
    const own = instance.url
    for (const origin of ['https://chat.example', own]) expect(await closeOf(instance, { origin })).toBe('welcome')
    expect(await closeOf(instance, {})).toBe('welcome')
    for (const origin of [
      ...[
        'https://evil.example',
        'http://chat.example',
        'https://chat.example.evil.example',
        'https://chat.example:444',
      ],
      ...['null', 'nonsense', `${own}0`],
    ]) {
      expect([origin, await closeOf(instance, { origin })]).toEqual([origin, CLOSE_CODES.forbidden.code])
    }
    // Nobody is trusted to speak for another host.
    const forwarded = { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }
    expect(await closeOf(instance, forwarded)).toBe(CLOSE_CODES.forbidden.code)
    await instance.stop()
  })

  it('is that of the host that a trusted proxy names', async () => {
    const instance = await TestInstance.start('behind', redis.url, { TRUSTED_PROXIES: 'loopback' })
    const forwarded = { origin: 'https://chat.example', 'x-forwarded-host': 'chat.example' }
    expect(await closeOf(instance, forwarded)).toBe('welcome')
    expect(await closeOf(instance, { origin: 'https://chat.example' })).toBe(CLOSE_CODES.forbidden.code)
    await instance.stop()
  })
})

describe('the number of connections', () => {
  it('is limited for each user and for the instance, and a place that is left is free again', async () => {
    const limits = { CONNECTIONS_MAX: '3', CONNECTIONS_PER_USER_MAX: '2' }
    const instance = await TestInstance.start('capped', redis.url, limits)
    const welcome = async (user: string) => {
      const client = await TestClient.open(instance, { user })
      await client.frame('welcome')
      return client
    }
    const refused = async (user: string) => {
      const client = await TestClient.open(instance, { user })
      expect((await client.closed).code).toBe(CLOSE_CODES.tooMany.code)
      expect(client.frames).toEqual([])
    }
    const [first, second] = [await welcome('ann'), await welcome('ann')]
    await refused('ann')
    const ben = await welcome('ben')
    await refused('cyd')
    await first.close()
    await until('the place is free', async () => (await instance.metric(METRIC_NAMES.connections)) === 2)
    const cyd = await welcome('cyd')
    await refused('ann')
    await Promise.all([second, ben, cyd].map(client => client.close()))
    await instance.stop()
  })
})

describe('the rate', () => {
  const RATE = { FRAMES_PER_SECOND: '5', FRAMES_BURST: '10', ROOMS_MAX: '4', IN_FLIGHT_MAX: '6' }

  it('beyond it sends are rejected and may be sent again; others are not disturbed', async () => {
    const instance = await TestInstance.start('rate', redis.url, RATE)
    const [fast, calm] = [await TestClient.joined(instance, 'r'), await TestClient.joined(instance, 'r', 'ben')]
    for (let n = 1; n <= 9; n++) expect((await fast.say({ room: 'r', session: 'k.1', n, text: 'x' })).type).toBe('ack')
    const refused = await fast.say({ room: 'r', session: 'k.1', n: 10, text: 'x' })
    expect(refused).toMatchObject({ type: 'reject', code: 'too-fast', n: 10 })
    expect((await calm.say({ room: 'r', session: 'b.1', n: 1, text: 'calm' })).type).toBe('ack')
    await until('it is admitted again', async () => {
      await new Promise(resolve => setTimeout(resolve, 500))
      return (await fast.say({ room: 'r', session: 'k.1', n: 10, text: 'x' })).type === 'ack'
    })
    expect((await calm.untilMessages('r', 11)).filter(({ id }) => id === 'k.1/10')).toHaveLength(1)
    await Promise.all([fast.close(), calm.close()])
    await instance.stop()
  })

  it('who floods is closed, with sends and with anything else', async () => {
    const instance = await TestInstance.start('flood', redis.url, RATE)
    const flooder = await TestClient.joined(instance, 'r')
    for (let n = 1; n <= 40; n++) flooder.send({ type: 'send', room: 'r', session: 'k.1', n: 1, text: 'x' })
    expect((await flooder.closed).code).toBe(CLOSE_CODES.tooMany.code)
    const pinger = await TestClient.open(instance)
    for (let nonce = 0; nonce < 40; nonce++) pinger.send({ type: 'ping', nonce })
    expect((await pinger.closed).code).toBe(CLOSE_CODES.tooMany.code)
    expect(pinger.frames.filter(({ type }) => type === 'pong')).toHaveLength(10)
    expect(await pinger.frame('error')).toMatchObject({ code: 'too-fast' })
    await instance.stop()
  })
})

describe('silence', () => {
  const IDLE = { IDLE_PING_MS: '500', IDLE_MS_MAX: '2000' }

  it('is ended with 4408 where not even a pong comes, and is no matter where pongs do', async () => {
    const instance = await TestInstance.start('idle', redis.url, IDLE)
    const [alive, dead] = [await TestClient.joined(instance, 'r'), await TestClient.open(instance, { autoPong: false })]
    expect((await dead.closed).code).toBe(CLOSE_CODES.timedOut.code)
    await new Promise(resolve => setTimeout(resolve, 2500))
    expect(alive.isClosed).toBe(false)
    await alive.close()
    await instance.stop()
  })
})

describe('a handshake', () => {
  const untilClosed = (port: number, text: string) => {
    const startMs = performance.now()
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk
    })
    socket.write(text)
    return new Promise<{ answer: string; afterMs: number }>(resolve =>
      socket.once('close', () => resolve({ answer, afterMs: performance.now() - startMs })),
    )
  }

  it.each([
    ['headers that never end', 'GET /ws HTTP/1.1\r\nHost: x\r\n'],
    [
      'a body that never comes',
      'POST /rooms/r/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
  ])('with %s is given up', async (_what, text) => {
    const instance = await TestInstance.start('slow', redis.url, { HANDSHAKE_MS: '300' })
    const { answer, afterMs } = await untilClosed(instance.port, text)
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(afterMs).toBeLessThan(5000)
    await instance.stop()
  })
})

describe('who asks and does not read the answers', () => {
  it('is closed as a slow reader', async () => {
    const instance = await TestInstance.start('asks', redis.url, {
      ...{ SLOW_READER_BYTES_MAX: '65536', FRAMES_PER_SECOND: '1000000', FRAMES_BURST: '1000000' },
    })
    const client = await TestClient.open(instance)
    client.socket.pause()
    const label = `code="${CLOSE_CODES.slowReader.code}"`
    await until('it is closed', async () => {
      for (let nonce = 0; nonce < 20_000; nonce++) client.send({ type: 'ping', nonce })
      return (await instance.metric(METRIC_NAMES.closes, label)) === 1
    })
    client.socket.resume()
    expect((await client.closed).code).toBe(CLOSE_CODES.slowReader.code)
    await instance.stop()
  })
})
