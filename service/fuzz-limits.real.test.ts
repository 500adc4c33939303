/**
 * Hostile inputs that do their harm by coming too fast, too slowly, or not to an end; and the single ones that `fuzz.real.test.ts` has found,
 * each as small as it gets. FUZZ_SEED as there.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { CLOSE_CODES, HTTP_ERROR_CODES, type HttpErrorCode } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { decodeAnswer, encodeRequest, type HttpAnswer } from './test-fuzz/http-wire.ts'
import { Random } from './test-fuzz/random.ts'
import { RawSocket } from './test-fuzz/raw-socket.ts'
import { closePayload, decodeServiceFrame, encodeFrame, handshake, OPCODES } from './test-fuzz/websocket-wire.ts'
import { shakeHands } from './test-fuzz/wire-client.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const GUEST = { query: '?guest=ann', subprotocols: 'tuesday.v1' }

let redis: TestRedis
let instance: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  instance = await TestInstance.start('edge', redis.url, {
    ...{ FRAMES_PER_SECOND: '1000000', FRAMES_BURST: '1000000', REDIS_COMMAND_MS: '30000' },
  })
})
afterAll(stopEverything)

/** A connection that is let in and whose welcome has been read. */
async function opened(on: TestInstance, options: { allowHalfOpen?: boolean } = {}): Promise<RawSocket> {
  const socket = await RawSocket.connect(on.port, options)
  expect(await shakeHands(socket, GUEST)).toBe(101)
  return socket
}

const textFrame = (text: string) => encodeFrame({ opcode: OPCODES.text, payload: Buffer.from(text) })

/** Of the service's close frame; null where the connection ends without. Whatever comes before is left out and not answered. */
function closeCodeOf(socket: RawSocket): Promise<number | null> {
  return socket.find('a close frame', () => {
    for (let frame = decodeServiceFrame(socket.received); frame !== null; frame = decodeServiceFrame(socket.received)) {
      socket.take(frame.size)
      if (frame.opcode === OPCODES.close) return frame.payload.readUInt16BE()
    }
    return null
  })
}

/** What is answered until the connection ends. The client does not end it. */
async function answerTo(bytes: Buffer | string): Promise<HttpAnswer | null> {
  using socket = await RawSocket.connect(instance.port, { allowHalfOpen: true })
  socket.write(bytes)
  await socket.untilEnded()
  return decodeAnswer(socket.received, 'GET')?.answer ?? null
}

describe(`too fast (FUZZ_SEED=${SEED})`, () => {
  const BURST = 10
  let strict: TestInstance
  beforeAll(async () => {
    const small = { FRAMES_PER_SECOND: '1', FRAMES_BURST: String(BURST), ROOMS_MAX: '4', IN_FLIGHT_MAX: '6' }
    strict = await TestInstance.start('strict', redis.url, small)
  })

  const FRAMES = {
    send: { type: 'send', room: 'r', session: 'k.1', n: 1, text: 'x' },
    ping: { type: 'ping', nonce: 7 },
    broken: { type: 'leave', room: '-' },
  } as const
  type Kind = keyof typeof FRAMES
  const ADMITTED = { send: 'reject not-joined', ping: 'pong', broken: 'error bad-field' }
  /** A frame that is broken is told so, or that it is too fast. */
  const REFUSED = { send: ['reject too-fast'], ping: ['error too-fast'], broken: ['error bad-field', 'error too-fast'] }

  it('a frame is admitted, refused or the last one, by how many came before it', async () => {
    const random = new Random(SEED)
    for (let round = 0; round < 100; round++) {
      const kinds: readonly (readonly [number, Kind])[] = [
        [random.pick([1, 10]), 'send'],
        [0.2, 'ping'],
        [0.5, 'broken'],
      ]
      const sent = Array.from({ length: random.between(1, 40) }, () => random.weighted(kinds))
      const startMs = performance.now()
      const client = await TestClient.open(strict, { user: `u${round}` })
      for (const kind of sent) client.send(FRAMES[kind])
      const answers = () => client.frames.slice(1)
      await until('all is answered, or the end is there', () => client.isClosed || answers().length === sent.length)
      // A second that goes by admits one more.
      const more = Math.ceil((performance.now() - startMs) / 1000)
      const told = answers().map(frame => ('code' in frame ? `${frame.type} ${frame.code}` : frame.type))
      const may = sent.map((kind, index) => [
        ...(index < BURST + more ? [ADMITTED[kind]] : []),
        ...(index >= BURST && index < 2 * BURST + more ? REFUSED[kind] : []),
      ])
      for (const [index, answer] of told.entries())
        expect([round, index, may[index]]).toEqual([round, index, expect.arrayContaining([answer])])
      if (!client.isClosed) expect(told).toHaveLength(sent.length)
      else {
        expect((await client.closed).code).toBe(CLOSE_CODES.tooMany.code)
        if (told.at(-1) !== 'error too-fast') expect(told.length).toBeGreaterThanOrEqual(2 * BURST)
      }
      expect(told.slice(0, -1)).not.toContain('error too-fast')
      expect(told.length).toBeLessThanOrEqual(2 * BURST + more)
      await client.close()
    }
    await until('nobody is left', async () => (await strict.metric(METRIC_NAMES.connections)) === 0)
  })

  it('a request is refused with 429 and the time to wait', async () => {
    const startMs = performance.now()
    const answers = []
    for (let count = 0; count < 2 * BURST; count++) {
      const response = await fetch(`${strict.url}/rooms/r/messages?guest=ann`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `k${count}` },
        body: '{"text":"x"}',
      })
      answers.push({ status: response.status, wait: response.headers.get('retry-after'), body: await response.json() })
    }
    const more = Math.ceil((performance.now() - startMs) / 1000)
    const admitted = answers.filter(({ status }) => status === 201).length
    expect(admitted).toBeGreaterThanOrEqual(BURST)
    expect(admitted).toBeLessThanOrEqual(BURST + more)
    for (const { wait, body } of answers.filter(({ status }) => status !== 201)) {
      expect(body).toMatchObject({ error: 'too-fast' })
      expect(Number(wait)).toBeGreaterThanOrEqual(1)
    }
    expect(await redis.control.xlen('tuesday:{r}:log')).toBe(admitted)
  })
})

describe('as fast as one can, where that is allowed', () => {
  it('every ping has its pong', async () => {
    const count = 20_000
    const client = await TestClient.open(instance)
    for (let nonce = 0; nonce < count; nonce++) client.send({ type: 'ping', nonce })
    await until('as many frames have come', () => client.frames.length > count || client.isClosed)
    expect(client.frames.slice(1)).toEqual(Array.from({ length: count }, (_, nonce) => ({ type: 'pong', nonce })))
    await client.close()
  })

  it('pings of the WebSocket layer have theirs, or end the connection', async () => {
    using socket = await opened(instance)
    const ping = encodeFrame({ opcode: OPCODES.ping, payload: Buffer.from('x') })
    socket.write(Buffer.concat(Array.from({ length: 20_000 }, () => ping)))
    socket.end()
    await socket.untilEnded()
    await until('it is forgotten', async () => (await instance.metric(METRIC_NAMES.connections)) === 0)
  })

  it('every send has one answer, and those beyond inFlightMax are refused', async () => {
    const random = new Random(SEED)
    for (let round = 0; round < 10; round++) {
      const [room, count] = [`burst-${round}`, random.between(1, 90)]
      const client = await TestClient.joined(instance, room)
      const { inFlightMax } = (await client.frame('welcome')).limits
      const numbers = Array.from({ length: count }, (_, index) => index + 1)
      const answers = () => client.frames.filter(frame => frame.type === 'ack' || frame.type === 'reject')
      // Nothing is answered meanwhile but what needs no log.
      await redis.control.call('CLIENT', 'PAUSE', '10000', 'WRITE')
      for (const n of numbers) client.send({ type: 'send', room, session: 'k.1', n, text: String(n) })
      client.send({ type: 'ping', nonce: 1 })
      await client.frame('pong')
      const refused = numbers.slice(inFlightMax)
      expect(answers().map(({ n }) => n)).toEqual(refused)
      await redis.control.call('CLIENT', 'UNPAUSE')
      await until('all are answered', () => answers().length >= count)
      const due = [...refused.map(n => [n, 'too-many-in-flight']), ...numbers.slice(0, inFlightMax).map(n => [n, n])]
      expect(answers().map(frame => [frame.n, frame.type === 'ack' ? frame.seq : frame.code])).toEqual(due)
      await client.sayAll(room, 'k.1', Math.min(count, inFlightMax) + 1, count)
      expect((await client.untilMessages(room, count)).map(({ id }) => id)).toEqual(numbers.map(n => `k.1/${n}`))
      await client.close()
    }
  })
})

describe(`half a thing and then silence (FUZZ_SEED=${SEED})`, () => {
  let impatient: TestInstance
  beforeAll(async () => {
    const short = { HANDSHAKE_MS: '500', IDLE_PING_MS: '500', IDLE_MS_MAX: '1500' }
    impatient = await TestInstance.start('impatient', redis.url, short)
  })
  const DRIP_MS = 50

  /** The rest comes byte by byte, and never the last one. */
  function drip(socket: RawSocket, bytes: Buffer): () => void {
    let at = 0
    const timer = setInterval(() => at < bytes.length - 1 && socket.write(bytes.subarray(at, ++at)), DRIP_MS)
    return () => clearInterval(timer)
  }

  it('half a frame is closed with 4408, also where it comes byte by byte, and nobody else is', async () => {
    const random = new Random(SEED)
    const calm = await TestClient.joined(impatient, 'calm')
    const half = async (index: number) => {
      using socket = await opened(impatient)
      const isFragment = random.chance(0.3)
      const payload = Buffer.from(`{"type":"ping","nonce":1,"pad":"${'x'.repeat(random.pick([0, 200, 60_000]))}"}`)
      const whole = encodeFrame({ opcode: isFragment ? OPCODES.continuation : OPCODES.text, payload })
      if (random.chance(0.3)) socket.write(textFrame('{"type":"ping","nonce":0}'))
      if (isFragment) socket.write(encodeFrame({ opcode: OPCODES.text, payload: Buffer.from(' '), isFinal: false }))
      if (index % 4 > 0) socket.write(whole.subarray(0, random.between(0, Math.min(whole.length - 1, 40_000))))
      const stop = index % 4 > 0 ? () => {} : drip(socket, whole)
      try {
        return await closeCodeOf(socket)
      } finally {
        stop()
      }
    }
    const codes = await Promise.all(Array.from({ length: 60 }, (_, index) => half(index)))
    expect(codes).toEqual(codes.map(() => CLOSE_CODES.timedOut.code))
    expect(calm.isClosed).toBe(false)
    await until('only the calm one is left', async () => (await impatient.metric(METRIC_NAMES.connections)) === 1)
    await calm.close()
  })

  it('half a request or handshake gets 408, also where it comes byte by byte', async () => {
    const random = new Random(SEED)
    const request = encodeRequest({
      ...{ method: 'POST', target: '/rooms/r/messages?guest=ann', body: Buffer.from('{"text":"x"}') },
      headers: [
        ['Content-Type', 'application/json'],
        ['Idempotency-Key', 'half'],
      ],
    })
    const half = async (index: number) => {
      const whole = random.chance(0.5) ? request : Buffer.from(handshake(GUEST))
      using socket = await RawSocket.connect(impatient.port)
      if (index % 4 > 0) socket.write(whole.subarray(0, random.between(0, whole.length - 1)))
      const stop = index % 4 > 0 ? () => {} : drip(socket, whole)
      try {
        await socket.untilEnded()
        return decodeAnswer(socket.received, 'GET')?.answer.status
      } finally {
        stop()
      }
    }
    const statuses = await Promise.all(Array.from({ length: 60 }, (_, index) => half(index)))
    expect(statuses).toEqual(statuses.map(() => 408))
  })
})

describe('who does not end the connection after a goodbye', () => {
  it.each<[string, Buffer, number]>([
    ['the service said because of a frame', textFrame('nonsense'), CLOSE_CODES.malformedFrame.code],
    ['the service said because of bytes', Buffer.from([0xff, 0xff]), CLOSE_CODES.protocolError.code],
    ['it said itself', encodeFrame({ opcode: OPCODES.close, payload: closePayload(1000) }), CLOSE_CODES.normal.code],
  ])('that %s is out of its rooms and cut off soon', async (_what, bytes, code) => {
    const observer = await TestClient.joined(instance, 'goodbye', 'ben')
    using socket = await opened(instance, { allowHalfOpen: true })
    try {
      socket.write(textFrame('{"type":"join","room":"goodbye"}'))
      await observer.frame('count', ({ connections }) => connections === 2)
      socket.write(bytes)
      expect(await closeCodeOf(socket)).toBe(code)
      await until('it is gone', async () => (await instance.metric(METRIC_NAMES.connections)) === 1)
      await until('the room is told', () => {
        const last = observer.frames.findLast(frame => frame.type === 'count')
        return last?.connections === 1
      })
    } finally {
      await observer.close()
    }
  })
})

describe('at the edge of what there is', () => {
  const publish = (target: string, type = 'application/json') =>
    encodeRequest({
      ...{ method: 'POST', target, body: Buffer.from('{"text":"x"}') },
      headers: [
        ['Content-Type', type],
        ['Idempotency-Key', 'edge'],
        ['Connection', 'close'],
      ],
    })
  const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  const upgrade = (path: string) => handshake(GUEST).replace('/ws', path)

  it.each<[string, Buffer | string, HttpErrorCode]>([
    ['a body of plain text', publish('/rooms/r/messages?guest=ann', 'text/plain'), 'bad-media-type'],
    ['a path that cannot be decoded', get('/%'), 'bad-request'],
    ['a room that cannot be decoded', publish('/rooms/%/messages?guest=ann'), 'bad-request'],
    ['a room with a name of 101 characters', publish(`/rooms/${'r'.repeat(101)}/messages?guest=ann`), 'bad-request'],
    ['a request for the endpoint that is no handshake', get('/ws?guest=ann'), 'not-found'],
    ['a handshake for /healthz', upgrade('/healthz'), 'not-found'],
    ['a handshake for a history', upgrade('/rooms/r/messages'), 'not-found'],
    ['a handshake for a path that cannot be decoded', upgrade('/%'), 'bad-request'],
    [
      'a handshake for a room with a name of 101 characters',
      upgrade(`/rooms/${'r'.repeat(101)}/messages`),
      'bad-request',
    ],
  ])('%s is refused, and the connection ends', async (_what, bytes, code) => {
    const answer = await answerTo(bytes)
    expect(answer?.status).toBe(HTTP_ERROR_CODES[code].status)
    expect(JSON.parse(answer!.body)).toEqual({ error: code, message: expect.stringMatching(/\S/) })
  })

  const pieces = (count: number) => {
    const piece = encodeFrame({ opcode: OPCODES.continuation, payload: Buffer.from(' '), isFinal: false })
    return Buffer.concat([
      encodeFrame({ opcode: OPCODES.text, isFinal: false }),
      ...Array.from({ length: count }, () => piece),
    ])
  }
  const header = (declaredLength: bigint) => encodeFrame({ opcode: OPCODES.text, declaredLength, lengthBytes: 8 })

  it.each<[string, Buffer, number]>([
    ['a frame in more pieces than ws takes', pieces(16_384), 1008],
    ['a frame that is said to be too long', header(65_537n), CLOSE_CODES.frameTooLong.code],
    ['a frame that is said to be longer than numbers go', header(2n ** 63n), CLOSE_CODES.frameTooLong.code],
    [
      'nonsense, and then bytes that are no frame',
      Buffer.concat([textFrame('nonsense'), Buffer.from([0xff, 0xff])]),
      4400,
    ],
  ])('%s has a code that is in the table, and is counted once', async (_what, bytes, code) => {
    const counts = async () => {
      const codes = [...new Set(Object.values(CLOSE_CODES).map(entry => entry.code))]
      return Promise.all(codes.map(async each => [each, await instance.metric(METRIC_NAMES.closes, `code="${each}"`)]))
    }
    const before = await counts()
    const connections = await instance.metric(METRIC_NAMES.connections)
    using socket = await opened(instance)
    socket.write(bytes)
    expect(await closeCodeOf(socket)).toBe(code)
    expect(Object.values(CLOSE_CODES).map(entry => entry.code)).toContain(code)
    socket.end()
    await until('it is gone', async () => (await instance.metric(METRIC_NAMES.connections)) <= connections)
    expect(await counts()).toEqual(before.map(([each, count]) => [each, count! + (each === code ? 1 : 0)]))
  })
})
