/** Coming back to a room on any instance. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import type { MessageFrame } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

let redis: TestRedis
let one: TestInstance
let two: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  ;[one, two] = await Promise.all([TestInstance.start('one', redis.url), TestInstance.start('two', redis.url)])
})
afterAll(stopEverything)

const placeOf = ({ epoch, seq, id }: MessageFrame) => `${epoch} ${seq} ${id}`

describe('coming back', () => {
  it('with history gives the last messages and then the live ones', async () => {
    const room = 'history'
    const ann = await TestClient.joined(one, room)
    await ann.sayAll(room, 'k.1', 1, 5)
    const ben = await TestClient.open(two)
    const joined = await ben.join({ room, history: 2 })
    expect(joined).toMatchObject({ position: { seq: 3 }, complete: true, top: 5 })
    await ann.sayAll(room, 'k.1', 6, 6)
    expect((await ben.untilMessages(room, 3)).map(({ seq }) => seq)).toEqual([4, 5, 6])
    await Promise.all([ann.close(), ben.close()])
  })

  it('over several pages while others talk has no hole and nothing twice', async () => {
    const room = 'pages'
    for (let count = 0; count < 500; count++) await redis.appendWithoutHint(room, `old ${count}`)
    const ann = await TestClient.joined(one, room)
    const { position } = ann.frames.find(frame => frame.type === 'joined')!
    const ben = await TestClient.open(two)
    const joined = ben.join({ room, position: { epoch: position.epoch, seq: 10 } })
    await Promise.all([joined, ann.sayAll(room, 'k.1', 1, 40)])
    const messages = await ben.untilMessages(room, 530)
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 530 }, (_, index) => index + 11))
    expect(ben.frames.some(({ type }) => type === 'gap')).toBe(false)
    await Promise.all([ann.close(), ben.close()])
  })

  it('on another instance after SIGKILL gives what was said meanwhile', async () => {
    const room = 'killed'
    const doomed = await TestInstance.start('doomed', redis.url)
    const [ann, ben] = await Promise.all([TestClient.joined(doomed, room, 'ann'), TestClient.joined(two, room, 'ben')])
    await ann.sayAll(room, 'k.1', 1, 2)
    const last = (await ann.untilMessages(room, 2)).at(-1)!
    ann.send({ type: 'send', room, session: 'k.1', n: 3, text: 'k.1/3' })
    doomed.signal('SIGKILL')
    expect((await ann.closed).code).toBe(1006)
    await ben.sayAll(room, 'b.1', 1, 3)
    const again = await TestClient.open(one, { user: 'ann' })
    const joined = await again.join({ room, position: { epoch: last.epoch, seq: last.seq } })
    expect(joined).toMatchObject({ complete: true, position: { seq: 2 } })
    await again.sayAll(room, 'k.1', 3, 3)
    const messages = await again.untilMessages(room, 4)
    expect(messages.map(({ id }) => id).sort()).toEqual(['b.1/1', 'b.1/2', 'b.1/3', 'k.1/3'])
    expect((await ben.untilMessages(room, 6)).slice(2).map(placeOf)).toEqual(messages.map(placeOf))
    await Promise.all([again.close(), ben.close(), doomed.stop()])
  })

  it('declares a gap for exactly what a trimmed log has lost, and says so in the metrics', async () => {
    const room = 'trimmed'
    const ann = await TestClient.joined(one, room)
    for (let count = 0; count < 10; count++) await redis.appendWithoutHint(room, `old ${count}`)
    await redis.control.xtrim(`tuesday:{${room}}:log`, 'MINID', '7-0')
    const { epoch } = (await ann.frame('joined')).position
    const ben = await TestClient.open(two)
    const before = await two.metric(METRIC_NAMES.resumes, 'outcome="gap"')
    const joined = await ben.join({ room, position: { epoch, seq: 3 } })
    expect(joined).toMatchObject({ complete: false, position: { epoch, seq: 6 }, top: 10 })
    expect(await ben.frame('gap')).toEqual({
      ...{ type: 'gap', room, reason: 'trimmed' },
      ...{ after: { epoch, seq: 3 }, next: { epoch, seq: 7 } },
    })
    expect((await ben.untilMessages(room, 4)).map(({ seq }) => seq)).toEqual([7, 8, 9, 10])
    await until(
      'the resume is counted',
      async () => (await two.metric(METRIC_NAMES.resumes, 'outcome="gap"')) === before + 1,
    )
    await Promise.all([ann.close(), ben.close()])
  })
})
