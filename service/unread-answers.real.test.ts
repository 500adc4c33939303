/** A client that asks without end and reads no answer: what piles up for it is bounded, whatever kind of frame it is. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { CLOSE_CODES } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

/** Several times what a socket and its cap hold, and far below what would be unhealthy. */
const ASKED_MAX = 1_000_000
const ASKED_AT_ONCE = 2000

let redis: TestRedis
let instance: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  instance = await TestInstance.start('one', redis.url)
})
afterAll(stopEverything)

const QUESTIONS = [
  { what: 'pings', frame: { type: 'ping', nonce: 1 } },
  { what: 'sends that are rejected', frame: { type: 'send', room: 'elsewhere', session: 'a.1', n: 1, text: 'x' } },
]

describe('a client that reads no answers', () => {
  it.each(QUESTIONS)('to its $what is closed as a slow reader', async ({ frame }) => {
    const closes = () => instance.metric(METRIC_NAMES.closes, `code="${CLOSE_CODES.slowReader.code}"`)
    const before = await closes()
    const client = await TestClient.open(instance)
    await client.frame('welcome')
    client.socket.pause()
    const question = JSON.stringify(frame)
    let asked = 0
    while (asked < ASKED_MAX && (await closes()) === before) {
      for (let count = 0; count < ASKED_AT_ONCE; count++) client.send(question)
      asked += ASKED_AT_ONCE
      await until('the questions are on their way', () => client.socket.bufferedAmount === 0)
    }
    expect(await closes()).toBe(before + 1)
    await client.close()
  })
})
