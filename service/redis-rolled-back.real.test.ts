/** Redis comes back with a part of its data: what it has forgotten is a declared gap, and its places are never used again. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AckFrame, MessageFrame } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { startAgainWithWhatWasKept, stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { placeOf, placesOfTwo, TestResident } from './test-resident.ts'
import { finishTalking, TestTalker } from './test-talker.ts'

const ROOM = 'r'

const SERVERS = [
  { that: 'tells its incarnation', settings: [], login: '' },
  {
    that: 'does not allow INFO',
    settings: ['--user', 'limited', 'on', '>secret', '~*', '&*', '+@all', '-info'],
    login: 'limited:secret@',
  },
]

describe.each(SERVERS)('a Redis that $that, started again without its last three messages', ({ settings, login }) => {
  let redis: TestRedis
  let instances: TestInstance[]
  let ann: TestResident
  let ben: TestResident

  beforeEach(async () => {
    redis = await TestRedis.start(settings)
    const url = redis.url.replace('//', `//${login}`)
    instances = await Promise.all(['one', 'two'].map(name => TestInstance.start(name, url, { HEARTBEAT_MS: '500' })))
    ;[ann, ben] = await Promise.all([
      TestResident.enter(instances[0]!, 'ann', [ROOM]),
      TestResident.enter(instances[1]!, 'ben', [ROOM]),
    ])
  })
  afterEach(stopEverything)

  async function startAgain(): Promise<void> {
    await startAgainWithWhatWasKept(redis, instances)
    // What it tells, or does not, is the point.
    for (const { output } of instances) expect(output.includes('"run":""')).toBe(login !== '')
  }

  const heard = (resident: TestResident) => resident.messages(ROOM).map(({ id, seq }) => `${seq} ${id}`)

  it('declares the gap to everybody who was there and to who comes back, goes on in a new epoch, and reuses no place', async () => {
    const before = await ann.socket.sayAll(ROOM, 'a.1', 1, 5)
    redis.keepData()
    await ann.socket.sayAll(ROOM, 'a.1', 6, 8)
    await Promise.all([ann, ben].map(resident => resident.socket.untilMessages(ROOM, 8)))
    await startAgain()
    const { epoch } = before[0]!
    for (const { socket } of [ann, ben]) {
      const gap = await socket.frame('gap')
      expect(gap).toMatchObject({ room: ROOM, after: { epoch, seq: 8 }, next: { seq: 6 }, reason: 'epoch-lost' })
      expect(gap.next.epoch).not.toBe(epoch)
    }

    const forgotten = await ann.socket.say({ room: ROOM, session: 'a.1', n: 9, text: 'x' })
    expect(forgotten).toMatchObject({ type: 'reject', code: 'out-of-order', last: 5 })
    const [next] = await ben.socket.sayAll(ROOM, 'b.1', 1, 1)
    await ann.socket.sayAll(ROOM, 'a.2', 1, 1)
    expect(next!.epoch).not.toBe(epoch)
    const survived = ['1 a.1/1', '2 a.1/2', '3 a.1/3', '4 a.1/4', '5 a.1/5']
    const [lost, later] = [
      ['6 a.1/6', '7 a.1/7', '8 a.1/8'],
      ['6 b.1/1', '7 a.2/1'],
    ]
    for (const resident of [ann, ben]) {
      await resident.socket.untilMessages(ROOM, 10)
      expect(heard(resident)).toEqual([...survived, ...lost, ...later])
      expect([resident.gaps.length, resident.socket.isClosed]).toEqual([1, false])
    }

    const all: MessageFrame[] = [...ann.messages(ROOM), ...ben.messages(ROOM)]
    for (const [index, seq] of [0, 3, 5, 6, 7, 8].entries()) {
      const back = await TestClient.open(instances[index % 2]!)
      const joined = await back.join({ room: ROOM, position: { epoch, seq } })
      expect(joined).toMatchObject({ complete: seq <= 5, position: { seq: Math.min(seq, 5) }, top: 7 })
      const expected = [...survived.slice(seq), ...later]
      const messages = await back.untilMessages(ROOM, expected.length)
      expect(messages.map(message => `${message.seq} ${message.id}`)).toEqual(expected)
      const gaps = back.frames.filter(({ type }) => type === 'gap')
      const gap = { type: 'gap', room: ROOM, after: { epoch, seq }, next: { epoch: next!.epoch, seq: 6 } }
      expect(gaps).toEqual(seq <= 5 ? [] : [{ ...gap, reason: 'epoch-lost' }])
      all.push(...messages)
      await back.close()
    }
    expect(placesOfTwo(all)).toEqual([])
  })

  it('while everybody talks: one history for all, no place used twice, and nothing acknowledged later is lost', async () => {
    const talkers = [ann, ben].flatMap(resident =>
      ['a', 'b'].map(
        name =>
          new TestTalker({
            socket: () => resident.socket,
            room: ROOM,
            sender: `${resident.user}-${name}`,
            inFlight: 3,
          }),
      ),
    )
    const total = () => talkers.reduce((sum, { acks }) => sum + acks.size, 0)
    await until('they talk', () => total() > 40)
    redis.keepData()
    await until('they have talked on', () => total() > 80)
    await startAgain()
    const [restartedAt, ids] = [total(), new Set(talkers.flatMap(({ acks }) => [...acks.keys()]))]
    await until('they talk again', () => total() > restartedAt + 40)
    await finishTalking(talkers)

    const log = await redis.logOf(ROOM)
    for (const resident of [ann, ben]) {
      await resident.untilHeard(ROOM, log.at(-1)!)
      expect(resident.complaints(ROOM)).toEqual([])
      expect([resident.gaps.length, resident.socket.isClosed]).toEqual([1, false])
      const inOrder = resident.messages(ROOM).map(placeOf)
      const kept = new Set(log.map(placeOf))
      expect(inOrder.filter(place => kept.has(place))).toEqual(log.map(placeOf))
    }
    expect(placesOfTwo([...log, ...ann.messages(ROOM), ...ben.messages(ROOM)])).toEqual([])
    const newAcks = talkers.flatMap(({ acks }) => [...acks.values()]).filter(ack => !ids.has(idOf(ack)))
    const logged = new Set(log.map(placeOf))
    expect(newAcks.map(ack => placeOf({ ...ack, id: idOf(ack) } as never)).filter(place => !logged.has(place))).toEqual(
      [],
    )
  })
})

function idOf({ session, n }: AckFrame): string {
  return `${session}/${n}`
}
