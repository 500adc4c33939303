/** What a room remembers of earlier epochs, and one room that is broken among others. Losses are played by changing the keys. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENDED_EPOCHS_MAX } from './log-scripts.ts'
import type { Position } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

let redis: TestRedis
let instance: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  instance = await TestInstance.start('one', redis.url, { HEARTBEAT_MS: '300' })
})
afterAll(stopEverything)

const headOf = (room: string) => `tuesday:{${room}}:head`
const logOf = (room: string) => `tuesday:{${room}}:log`

/** The room's position in the epoch that begins because the server seems to have been restarted. */
async function beginEpoch(room: string): Promise<Position> {
  const head = (await redis.control.get(headOf(room)))!
  await redis.control.set(headOf(room), head.replace(/^(\S+ \S+) \S*/, '$1 another-server'))
  const response = await fetch(`${instance.url}/rooms/${room}/messages?guest=ann&limit=1`)
  const { top } = (await response.json()) as { top: Position }
  return top
}

/** Comes back with a position; the answer in short. */
async function resume(room: string, position: Position): Promise<string[]> {
  const client = await TestClient.open(instance)
  const { complete, position: at, top } = await client.join({ room, position })
  await client.untilMessages(room, top - at.seq)
  const told = client.frames.flatMap(frame => {
    if (frame.type === 'gap') return [`gap ${frame.after.seq} to ${frame.next.seq}: ${frame.reason}`]
    return frame.type === 'message' ? [frame.text] : []
  })
  await client.close()
  return [complete ? 'complete' : 'incomplete', ...told]
}

describe('the epochs of a room', () => {
  it('are remembered up to a number; from one that is forgotten there is a gap, never nothing', async () => {
    const room = 'epochs'
    const positions = [await redis.appendWithoutHint(room, 'one')]
    for (let count = 0; count < ENDED_EPOCHS_MAX + 5; count++) positions.push(await beginEpoch(room))
    expect(new Set(positions.map(({ epoch }) => epoch)).size).toBe(ENDED_EPOCHS_MAX + 6)
    const words = (await redis.control.get(headOf(room)))!.split(' ')
    expect(words).toHaveLength(3 + 2 * ENDED_EPOCHS_MAX)
    await redis.appendWithoutHint(room, 'two')
    const oldestKept = positions.at(-1 - ENDED_EPOCHS_MAX)!
    const newestForgotten = positions.at(-2 - ENDED_EPOCHS_MAX)!
    expect(await resume(room, oldestKept)).toEqual(['complete', 'two'])
    expect(await resume(room, newestForgotten)).toEqual(['incomplete', 'gap 1 to 1: epoch-lost', 'one', 'two'])
    expect(await resume(room, positions[0]!)).toEqual(['incomplete', 'gap 1 to 1: epoch-lost', 'one', 'two'])
  })

  it('that have ended lose what a later loss takes: a position in it is a gap', async () => {
    const room = 'twice'
    const first: Position[] = []
    for (const text of ['one', 'two']) first.push(await redis.appendWithoutHint(room, text))
    const kept = await redis.control.dumpBuffer(logOf(room))
    first.push(await redis.appendWithoutHint(room, 'three'))
    await beginEpoch(room)
    // The server loses the last message, which was said in the epoch before.
    await redis.control.restore(logOf(room), 0, kept!, 'REPLACE')
    const head = (await redis.control.get(headOf(room)))!
    await redis.control.set(headOf(room), head.replace(/^(\S+) \S+/, '$1 2'))
    await beginEpoch(room)
    await redis.appendWithoutHint(room, 'another three')
    expect(await resume(room, first[2]!)).toEqual(['incomplete', 'gap 3 to 3: epoch-lost', 'another three'])
    expect(await resume(room, first[1]!)).toEqual(['complete', 'another three'])
  })
})

describe('a room whose keys are of the wrong type', () => {
  it('is logged, and its neighbours on the instance are repaired as ever', async () => {
    const ann = await TestClient.open(instance)
    for (const room of ['before', 'broken', 'behind']) await ann.join({ room })
    await redis.control.del(headOf('broken'))
    await redis.control.set(logOf('broken'), 'x')
    for (const room of ['before', 'behind']) await redis.appendWithoutHint(room, 'nobody was told')
    for (const room of ['before', 'behind']) await ann.untilMessages(room, 1)
    await until('it is logged', () => /"room":"broken","reason":"[^"]*WRONGTYPE/.test(instance.output))
    expect(await instance.statusOf('/readyz')).toBe(200)
    await ann.close()
  })
})
