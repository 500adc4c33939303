/** An instance is stopped like a laptop that is closed, and wakes up after its clients have gone on without it. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { placeOf, TestResident } from './test-resident.ts'

const ROOM = 'r'
/** What the contract allows for counting out an instance that says nothing. */
const COUNT_MS_MAX = 10_000

let redis: TestRedis
let paused: TestInstance
let other: TestInstance

beforeEach(async () => {
  redis = await TestRedis.start()
  ;[paused, other] = (await Promise.all(['paused', 'other'].map(name => TestInstance.start(name, redis.url)))) as [
    TestInstance,
    TestInstance,
  ]
})
afterEach(stopEverything)

function untilCounted(client: TestClient, connections: number, participants: number): Promise<void> {
  const last = () => client.frames.findLast(({ type }) => type === 'count')
  return expect
    .poll(last, { timeout: COUNT_MS_MAX, interval: 5 })
    .toEqual({ type: 'count', room: ROOM, connections, participants })
}

const idsOf = (client: TestClient) => client.messages(ROOM).map(({ id }) => id)

describe('an instance that is paused', () => {
  it('wakes up to late copies of what was sent elsewhere: nothing is doubled, reordered or taken from a session given up', async () => {
    const witnesses = await Promise.all([paused, other].map(instance => TestClient.joined(instance, ROOM, 'witness')))
    const ann = await TestResident.enter(paused, 'ann', [ROOM])
    const bob = await TestResident.enter(paused, 'bob', [ROOM])
    const [early, unread] = [ann.socket, bob.socket]
    const acks = await early.sayAll(ROOM, 'a.1', 1, 3)
    await witnesses[1]!.untilMessages(ROOM, 3)

    // Of these Redis runs the first, so that its answer waits for an instance that does not read.
    await redis.control.call('CLIENT', 'PAUSE', '20000', 'WRITE')
    early.send({ type: 'send', room: ROOM, session: 'a.1', n: 4, text: 'a.1/4' })
    await until('Redis has it', async () =>
      / flags=b .* cmd=evalsha /.test(String(await redis.control.call('CLIENT', 'LIST'))),
    )
    paused.signal('SIGSTOP')
    await redis.control.call('CLIENT', 'UNPAUSE')
    await witnesses[1]!.untilMessages(ROOM, 4)
    // And these wait in the sockets of the instance.
    for (let n = 5; n <= 8; n++) early.send({ type: 'send', room: ROOM, session: 'a.1', n, text: `a.1/${n}` })
    for (let n = 1; n <= 2; n++) unread.send({ type: 'send', room: ROOM, session: 'b.1', n, text: `b.1/${n}` })

    const [[resumedAnn], [resumedBob]] = [await ann.moveTo(other), await bob.moveTo(other)]
    expect([resumedAnn!.complete, resumedBob!.complete]).toEqual([true, true])
    acks.push(...(await ann.socket.sayAll(ROOM, 'a.1', 4, 6)))
    expect(acks.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
    // Bob gives up on what he has not heard of, and goes on in the next generation.
    await bob.socket.sayAll(ROOM, 'b.2', 1, 2)
    acks.push(...(await ann.socket.sayAll(ROOM, 'a.1', 7, 10)))
    await bob.socket.sayAll(ROOM, 'b.2', 3, 3)

    paused.signal('SIGCONT')
    const lateOfAnn = await Promise.all(
      [5, 6, 7, 8].map(n => early.frame('ack', frame => frame.session === 'a.1' && frame.n === n)),
    )
    expect(lateOfAnn).toEqual(acks.slice(4, 8))
    for (const n of [1, 2]) {
      const refused = { type: 'reject', room: ROOM, session: 'b.1', n, code: 'stale-session', generation: 2 }
      expect(await unread.frame('reject', frame => frame.n === n)).toEqual(refused)
    }
    await ann.socket.sayAll(ROOM, 'a.1', 11, 11)
    const numbered = (session: string, from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => `${session}/${from + index}`)
    const expected = [...numbered('a.1', 1, 6), ...numbered('b.2', 1, 2), ...numbered('a.1', 7, 10), 'b.2/3', 'a.1/11']
    const log = await redis.logOf(ROOM)
    expect(log.map(({ id }) => id)).toEqual(expected)
    for (const client of [...witnesses, early, unread, ann.socket, bob.socket]) {
      const { position } = await client.frame('joined')
      const owed = log.slice(position.seq).map(placeOf)
      await client.untilMessages(ROOM, owed.length)
      expect(client.messages(ROOM).map(placeOf)).toEqual(owed)
    }
    // The fourth was acknowledged by nobody but the next instance, or by both at the same place.
    for (const frame of early.frames) if (frame.type === 'ack' && frame.n === 4) expect(frame).toEqual(acks[3])
    await expect.poll(() => paused.statusOf('/readyz'), { timeout: COUNT_MS_MAX }).toBe(200)
    expect(idsOf(witnesses[0]!)).toEqual(expected)
  })

  it('is counted out while it sleeps; awake, it tells its clients what they missed and counts them again', async () => {
    const ann = await TestClient.joined(paused, ROOM, 'ann')
    const tab = await TestClient.joined(paused, ROOM, 'bob')
    const stays = await TestClient.joined(other, ROOM, 'bob')
    await untilCounted(stays, 3, 2)
    paused.signal('SIGSTOP')
    await untilCounted(stays, 1, 1)
    // Gone meanwhile, without the instance knowing yet.
    tab.socket.terminate()
    const moved = await TestClient.joined(other, ROOM, 'bob')
    await untilCounted(stays, 2, 1)
    await stays.sayAll(ROOM, 'b.1', 1, 5)
    paused.signal('SIGCONT')
    for (const client of [ann, stays, moved]) await untilCounted(client, 3, 2)
    await stays.sayAll(ROOM, 'b.1', 6, 6)
    for (const client of [ann, stays]) {
      await client.untilMessages(ROOM, 6)
      expect(client.messages(ROOM).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
    }
    const cyd = await TestClient.joined(paused, ROOM, 'cyd')
    for (const client of [ann, stays, moved, cyd]) await untilCounted(client, 4, 3)
    await ann.close()
    for (const client of [stays, moved, cyd]) await untilCounted(client, 3, 2)
    // Its lease is its own again: whoever dies now is counted out by that alone.
    paused.signal('SIGKILL')
    for (const client of [stays, moved]) await untilCounted(client, 2, 1)
  })
})
