/** Two instances and one Redis: publish, order, retries, lost hints. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import type { AckFrame, MessageFrame } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis } from './test-cluster.ts'

const IN_FLIGHT_MAX = 4
/** Within this a loss in a quiet room has to be found. */
const HEARTBEAT_MS_MAX = 3000
const BUSY_MACHINE_MS = 500
const ENVIRONMENT = { IN_FLIGHT_MAX: String(IN_FLIGHT_MAX), TEXT_BYTES_MAX: '100', ROOMS_MAX: '3' }

let redis: TestRedis
let one: TestInstance
let two: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  ;[one, two] = await Promise.all([
    TestInstance.start('one', redis.url, ENVIRONMENT),
    TestInstance.start('two', redis.url, ENVIRONMENT),
  ])
})
afterAll(stopEverything)

const placeOf = ({ epoch, seq, id }: MessageFrame) => `${epoch} ${seq} ${id}`

describe('two instances', () => {
  it('welcome with who they are, who one is, and the limits', async () => {
    const client = await TestClient.open(two, { user: 'ben@x' })
    expect(await client.frame('welcome')).toEqual({
      ...{ type: 'welcome', instance: 'two', user: 'ben@x' },
      limits: { textBytesMax: 100, frameBytesMax: 65_536, roomsMax: 3, inFlightMax: IN_FLIGHT_MAX },
    })
    expect(client.frames).toHaveLength(1)
    await client.close()
  })

  it('deliver across, whole and unchanged, to the sender too', async () => {
    const room = 'across'
    const [ann, ben] = await Promise.all([TestClient.joined(one, room, 'ann'), TestClient.joined(two, room, 'ben')])
    const text = 'schön "quoted"\n\u0000 \u2028 🙂 \ud800 </script>'
    const before = Date.now()
    const ack = (await ann.say({ room, session: 'k.1', n: 1, text })) as AckFrame
    const [[atAnn], [atBen]] = await Promise.all([ann.untilMessages(room, 1), ben.untilMessages(room, 1)])
    expect(ack).toEqual({ type: 'ack', room, session: 'k.1', n: 1, epoch: atBen!.epoch, seq: 1 })
    expect(atBen).toEqual({
      ...{ type: 'message', room, epoch: ack.epoch, seq: 1, id: 'k.1/1', from: 'ann', text },
      sentAt: expect.any(Number),
    })
    expect(atAnn).toEqual(atBen)
    expect(Math.abs(atBen!.sentAt - before)).toBeLessThan(5000)
    await Promise.all([ann.close(), ben.close()])
  })

  it('give everybody the same order, with each sender in its own', async () => {
    const room = 'order'
    const receivers = await Promise.all([one, two, one, two].map(instance => TestClient.joined(instance, room)))
    const senders = receivers.map((client, index) => client.sayAll(room, `s${index}.1`, 1, 25))
    await Promise.all(senders)
    const all = await Promise.all(receivers.map(client => client.untilMessages(room, 100)))
    expect(all[0]!.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
    for (const messages of all) expect(messages.map(placeOf)).toEqual(all[0]!.map(placeOf))
    for (const session of ['s0.1', 's3.1']) {
      const own = all[1]!.filter(({ id }) => id.startsWith(`${session}/`)).map(({ id }) => Number(id.split('/')[1]))
      expect(own).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
    }
    await Promise.all(receivers.map(client => client.close()))
  })

  it('count in the cross-instance latency only what other instances accepted', async () => {
    const room = 'latency'
    const countOf = (instance: TestInstance) => instance.metric(`${METRIC_NAMES.crossInstanceLatency}_count`)
    const [ann, ben] = await Promise.all([TestClient.joined(one, room), TestClient.joined(two, room)])
    const [beforeOne, beforeTwo] = [await countOf(one), await countOf(two)]
    await ann.sayAll(room, 'k.1', 1, 7)
    await Promise.all([ann.untilMessages(room, 7), ben.untilMessages(room, 7)])
    expect([(await countOf(one)) - beforeOne, (await countOf(two)) - beforeTwo]).toEqual([0, 7])
    await Promise.all([ann.close(), ben.close()])
  })

  it('keep rooms apart, and send nothing to who left', async () => {
    const ann = await TestClient.joined(one, 'apart-a')
    const ben = await TestClient.joined(two, 'apart-b')
    await ben.join({ room: 'apart-a' })
    await ann.sayAll('apart-a', 'k.1', 1, 1)
    await ben.untilMessages('apart-a', 1)
    ben.send({ type: 'leave', room: 'apart-a' })
    expect((await ben.frame('left')).position.seq).toBe(1)
    await ann.sayAll('apart-a', 'k.1', 2, 3)
    await ben.sayAll('apart-b', 'k.1', 1, 1)
    await ben.untilMessages('apart-b', 1)
    expect([ben.texts('apart-a'), ben.texts('apart-b'), ann.texts('apart-b')]).toEqual([['k.1/1'], ['k.1/1'], []])
    await Promise.all([ann.close(), ben.close()])
  })
})

describe('a sender session', () => {
  it('gets the same place for a retry, on any instance, and is delivered once', async () => {
    const room = 'retry'
    const [ann, other] = await Promise.all([TestClient.joined(one, room), TestClient.joined(two, room)])
    const [first] = await ann.sayAll(room, 'k.1', 1, 1)
    expect(await ann.say({ room, session: 'k.1', n: 1, text: 'k.1/1' })).toEqual(first)
    expect(await other.say({ room, session: 'k.1', n: 1, text: 'k.1/1' })).toEqual(first)
    await other.sayAll(room, 'k.1', 2, 2)
    expect((await ann.untilMessages(room, 2)).map(({ id }) => id)).toEqual(['k.1/1', 'k.1/2'])
    expect((await other.untilMessages(room, 2)).map(({ id }) => id)).toEqual(['k.1/1', 'k.1/2'])
    await Promise.all([ann.close(), other.close()])
  })

  it('is refused out of order, with the last number that is known, and takes nothing', async () => {
    const room = 'order-of-sends'
    const ann = await TestClient.joined(one, room)
    const reject = { type: 'reject', room, session: 'k.1', code: 'out-of-order' }
    expect(await ann.say({ room, session: 'k.1', n: 2, text: 'x' })).toEqual({ ...reject, n: 2, last: 0 })
    await ann.sayAll(room, 'k.1', 1, 2)
    expect(await ann.say({ room, session: 'k.1', n: 4, text: 'x' })).toEqual({ ...reject, n: 4, last: 2 })
    const huge = Number.MAX_SAFE_INTEGER
    expect(await ann.say({ room, session: 'k.1', n: huge, text: 'x' })).toEqual({ ...reject, n: huge, last: 2 })
    await ann.sayAll(room, 'k.1', 3, 3)
    expect((await ann.untilMessages(room, 3)).map(({ id }) => id)).toEqual(['k.1/1', 'k.1/2', 'k.1/3'])
    await ann.close()
  })

  it('begins again at 1 with a higher generation, and the old one is refused from then on', async () => {
    const room = 'generations'
    const [ann, other] = await Promise.all([TestClient.joined(one, room), TestClient.joined(two, room)])
    await ann.sayAll(room, 'k.1', 1, 2)
    expect(await other.say({ room, session: 'k.3', n: 2, text: 'x' })).toMatchObject({ code: 'out-of-order', last: 0 })
    await other.sayAll(room, 'k.3', 1, 1)
    for (const [session, n] of [
      ['k.1', 3],
      ['k.1', 1],
      ['k.2', 1],
    ] as const) {
      const stale = { type: 'reject', room, session, n, code: 'stale-session', generation: 3 }
      expect(await ann.say({ room, session, n, text: 'x' })).toEqual(stale)
    }
    await ann.sayAll(room, 'k.3', 2, 2)
    expect((await other.untilMessages(room, 4)).map(({ id }) => id)).toEqual(['k.1/1', 'k.1/2', 'k.3/1', 'k.3/2'])
    await Promise.all([ann.close(), other.close()])
  })

  it('belongs to its user: the same name of another user is another session', async () => {
    const room = 'owners'
    const [ann, eve] = await Promise.all([TestClient.joined(one, room, 'ann'), TestClient.joined(one, room, 'eve')])
    await ann.sayAll(room, 'k.5', 1, 1)
    await eve.sayAll(room, 'k.1', 1, 1)
    expect((await ann.untilMessages(room, 2)).map(({ from }) => from)).toEqual(['ann', 'eve'])
    await Promise.all([ann.close(), eve.close()])
  })

  it('is not answered for what is further back than the memory', async () => {
    const room = 'memory'
    const ann = await TestClient.joined(one, room)
    const acks = await ann.sayAll(room, 'k.1', 1, IN_FLIGHT_MAX + 1)
    expect(await ann.say({ room, session: 'k.1', n: 2, text: 'x' })).toEqual(acks[1])
    const forgotten = { type: 'reject', room, session: 'k.1', n: 1, code: 'out-of-order', last: IN_FLIGHT_MAX + 1 }
    expect(await ann.say({ room, session: 'k.1', n: 1, text: 'x' })).toEqual(forgotten)
    await ann.close()
  })

  it('is refused what the limits do not allow, without a trace in the order', async () => {
    const room = 'limits'
    const ann = await TestClient.joined(one, room)
    const codeOf = async (text: string, inRoom = room) =>
      (await ann.say({ room: inRoom, session: 'k.1', n: 1, text })) as { code?: string }
    expect((await codeOf('')).code).toBe('text-empty')
    expect((await codeOf('ä'.repeat(51))).code).toBe('text-too-long')
    expect((await codeOf('x', 'elsewhere')).code).toBe('not-joined')
    expect(await codeOf('ä'.repeat(50))).toMatchObject({ type: 'ack', seq: 1 })
    await ann.close()
  })

  it('may have as many sends unanswered as the limit says, and keeps their order', async () => {
    const room = 'in-flight'
    const ann = await TestClient.joined(one, room)
    await redis.control.call('CLIENT', 'PAUSE', '10000', 'WRITE')
    const answers = Array.from({ length: IN_FLIGHT_MAX + 1 }, (_, index) =>
      ann.say({ room, session: 'k.1', n: index + 1, text: 'x' }),
    )
    await ann.frame('reject')
    await redis.control.call('CLIENT', 'UNPAUSE')
    const all = await Promise.all(answers)
    expect(all.map(({ type }) => type)).toEqual([...Array(IN_FLIGHT_MAX).fill('ack'), 'reject'])
    expect(all.at(-1)).toMatchObject({ code: 'too-many-in-flight' })
    expect((await ann.untilMessages(room, IN_FLIGHT_MAX)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    await ann.close()
  })
})

describe('a hint that is lost', () => {
  it('in a quiet room is found within 3 s by the heartbeat, on every instance', async () => {
    const room = 'quiet'
    const clients = await Promise.all([TestClient.joined(one, room), TestClient.joined(two, room)])
    const startMs = performance.now()
    await redis.appendWithoutHint(room, 'nobody was told')
    await Promise.all(clients.map(client => client.untilMessages(room, 1)))
    expect(performance.now() - startMs).toBeLessThan(HEARTBEAT_MS_MAX + BUSY_MACHINE_MS)
    expect(clients.map(client => client.texts(room))).toEqual([['nobody was told'], ['nobody was told']])
    await Promise.all(clients.map(client => client.close()))
  })

  it('in a busy room is repaired at once by the next message, in order', async () => {
    const room = 'busy'
    const [ann, ben] = await Promise.all([TestClient.joined(one, room), TestClient.joined(two, room)])
    await ann.sayAll(room, 'k.1', 1, 1)
    await ben.untilMessages(room, 1)
    const before = await two.metric(METRIC_NAMES.gapRepairs, 'cause="hole"')
    await redis.appendWithoutHint(room, 'nobody was told')
    await ann.sayAll(room, 'k.1', 2, 2)
    for (const client of [ann, ben]) {
      await client.untilMessages(room, 3)
      expect(client.texts(room)).toEqual(['k.1/1', 'nobody was told', 'k.1/2'])
    }
    expect(await two.metric(METRIC_NAMES.gapRepairs, 'cause="hole"')).toBe(before + 1)
    await Promise.all([ann.close(), ben.close()])
  })
})
