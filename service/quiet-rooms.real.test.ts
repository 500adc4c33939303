/** What an instance with many rooms costs in which nobody says anything. `QUIET_ROOMS` says how many; the contract speaks of 10,000. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { TOPS_BATCH } from './room-log.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

const ROOMS = Number(process.env.QUIET_ROOMS ?? 1000)
const ROOMS_OF_CONNECTION = 100
const MEASURED_MS = 12_000
/** Of a core. */
const SHARE_MAX = 0.05
const HEARTBEAT_MS = 2500

let redis: TestRedis
let instance: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  instance = await TestInstance.start('quiet', redis.url, { HEARTBEAT_MS: String(HEARTBEAT_MS) })
}, 60_000)
afterAll(stopEverything)

async function enterRooms(): Promise<void> {
  for (let first = 0; first < ROOMS; first += ROOMS_OF_CONNECTION) {
    const client = await TestClient.open(instance, { user: `user-${first}` })
    const rooms = Array.from(
      { length: Math.min(ROOMS_OF_CONNECTION, ROOMS - first) },
      (_, index) => `r${first + index}`,
    )
    await Promise.all(rooms.map(room => client.join({ room })))
  }
}

const callsOf = async () =>
  Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.control.info('commandstats'))?.[1] ?? '0')

it(`${ROOMS} quiet rooms cost less than ${SHARE_MAX * 100} % of a core, and one pipelined batch a heartbeat`, async () => {
  await enterRooms()
  expect(await instance.metric(METRIC_NAMES.rooms)).toBe(ROOMS)
  await until('everybody is counted', async () => {
    const before = await callsOf()
    await new Promise(resolve => setTimeout(resolve, 1000))
    return (await callsOf()) - before <= 2 * Math.ceil(ROOMS / TOPS_BATCH) + 2
  })
  const [cpuBefore, callsBefore, startMs] = [
    await instance.metric('process_cpu_seconds_total'),
    await callsOf(),
    performance.now(),
  ]
  await new Promise(resolve => setTimeout(resolve, MEASURED_MS))
  const cpuSeconds = (await instance.metric('process_cpu_seconds_total')) - cpuBefore
  const [seconds, calls] = [(performance.now() - startMs) / 1000, (await callsOf()) - callsBefore]
  const heartbeats = Math.ceil((seconds * 1000) / HEARTBEAT_MS) + 1
  console.log(
    `${ROOMS} quiet rooms: ${((100 * cpuSeconds) / seconds).toFixed(2)} % of a core, ${calls} calls in ${seconds.toFixed(1)} s`,
  )
  expect(cpuSeconds / seconds).toBeLessThan(SHARE_MAX)
  // The tops in batches, and the lease.
  expect(calls).toBeLessThanOrEqual(heartbeats * (Math.ceil(ROOMS / TOPS_BATCH) + 1))
}, 300_000)
