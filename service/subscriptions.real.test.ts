/** What an instance is subscribed to at Redis. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

/** Some SUBSCRIBE commands' worth. */
const ROOMS = 3000
/** Of the rooms that are left, so many are left at a time, from before the subscriber is back until after it. */
const LEFT_AT_ONCE = 10

let redis: TestRedis
let instance: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  instance = await TestInstance.start('one', redis.url, { ROOMS_MAX: '10000' })
})
afterAll(stopEverything)

async function channelCount(): Promise<number> {
  return ((await redis.control.pubsub('CHANNELS', 'tuesday:*')) as string[]).length
}

describe('the subscriptions of an instance', () => {
  it('are those of its rooms, also where many are left while it subscribes to all of them again', async () => {
    const ann = await TestClient.open(instance)
    let joined = 0
    ann.socket.on('message', () => {
      for (const frame of ann.frames.splice(0)) if (frame.type === 'joined') joined++
    })
    for (let room = 0; room < ROOMS; room++) ann.send({ type: 'join', room: `r${room}` })
    await until('all are joined', () => joined === ROOMS)
    expect(await channelCount()).toBe(ROOMS)
    await redis.control.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    let left = 0
    const leave = () => {
      for (let count = 0; count < LEFT_AT_ONCE && left < ROOMS / 2; count++) {
        ann.send({ type: 'leave', room: `r${left++ * 2}` })
      }
      return left === ROOMS / 2
    }
    await until('half of the rooms are left', leave)
    await until('the instance is ready', async () => (await instance.statusOf('/readyz')) === 200)
    await until('only the other half is subscribed', async () => (await channelCount()) === ROOMS / 2)
    await ann.close()
    await until('nothing is subscribed', async () => (await channelCount()) === 0)
  })
})
