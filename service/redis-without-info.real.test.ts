/** Hosted servers that do not tell their incarnation: by refusing INFO, or by not knowing it. */

import { afterEach, describe, expect, it } from 'vitest'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { placesOfTwo, TestResident } from './test-resident.ts'

const ROOM = 'r'
const READY_MS_MAX = 5000
const REFUSES = ['--user', 'limited', 'on', '>secret', '~*', '&*', '+@all', '-info']
const KNOWS_NOT = ['--rename-command', 'INFO', '']

afterEach(stopEverything)

const withLogin = (redis: TestRedis) => redis.url.replace('//', '//limited:secret@')

describe('a Redis without INFO', () => {
  it.each([
    { how: 'refuses', settings: REFUSES, urlOf: withLogin },
    { how: 'does not know', settings: KNOWS_NOT, urlOf: (redis: TestRedis) => redis.url },
  ])('that $how it is used like any other', async ({ settings, urlOf }) => {
    const redis = await TestRedis.start(settings)
    const instance = await TestInstance.spawn('one', urlOf(redis))
    await until('it is alive', async () => (await instance.statusOf('/healthz')) === 200)
    await until('it is ready', async () => (await instance.statusOf('/readyz')) === 200, READY_MS_MAX)
    const ann = await TestResident.enter(instance, 'ann', [ROOM])
    await ann.socket.sayAll(ROOM, 'a.1', 1, 2)
    expect((await ann.socket.untilMessages(ROOM, 2)).map(({ seq }) => seq)).toEqual([1, 2])
  })

  it('that lost writes is found out also where an instance comes first that had nobody in the room', async () => {
    const redis = await TestRedis.start(REFUSES)
    const [late, first] = await Promise.all(
      ['late', 'first'].map(name => TestInstance.start(name, withLogin(redis), { HEARTBEAT_MS: '500' })),
    )
    const ann = await TestResident.enter(late!, 'ann', [ROOM])
    await ann.socket.sayAll(ROOM, 'a.1', 1, 5)
    redis.keepData()
    await ann.socket.sayAll(ROOM, 'a.1', 6, 8)
    await ann.socket.untilMessages(ROOM, 8)
    await redis.kill()
    await until('it has noticed', async () => (await first!.statusOf('/readyz')) === 503)
    late!.signal('SIGSTOP')
    redis.restoreData()
    await redis.start()
    await first!.untilReady()
    const bob = await TestResident.enter(first!, 'bob', [ROOM])
    await bob.socket.sayAll(ROOM, 'b.1', 1, 2)
    late!.signal('SIGCONT')
    await ann.socket.frame('gap')
    await bob.socket.sayAll(ROOM, 'b.1', 3, 3)
    const log = await redis.logOf(ROOM)
    for (const resident of [ann, bob]) await resident.untilHeard(ROOM, log.at(-1)!)
    expect(placesOfTwo([...ann.messages(ROOM), ...bob.messages(ROOM), ...log])).toEqual([])
    expect(ann.messages(ROOM).map(({ id }) => id)).toEqual([
      ...Array.from({ length: 8 }, (_, index) => `a.1/${index + 1}`),
      ...['b.1/1', 'b.1/2', 'b.1/3'],
    ])
  })
})
