/** Visitors in their own process, at a real instance. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { METRIC_NAMES } from '../../service/metric-names.ts'
import { CLOSE_CODES } from '../../service/protocol.ts'
import { TestClient } from '../../service/test-client.ts'
import { freePort, stopEverything, TestInstance, TestRedis, until } from '../../service/test-cluster.ts'
import { VisitorProcess } from './visitor-process.ts'
import type { VisitedRoom } from './visitors.ts'

const HOST = '127.0.0.1'
const MS_MAX = 20_000
const CONNECTIONS_MAX = 60
const ROOMS: readonly VisitedRoom[] = [
  { room: 0, name: 'run.room-1', members: 1 },
  { room: 3, name: 'run.room-4', members: 0 },
]

const folder = mkdtempSync(join(tmpdir(), 'tuesday-visitors-'))
let redis: TestRedis
let instance: TestInstance
let visitors: VisitorProcess

beforeAll(async () => {
  redis = await TestRedis.start()
  instance = await TestInstance.start('one', redis.url, { CONNECTIONS_MAX: String(CONNECTIONS_MAX) })
  visitors = new VisitorProcess({ rooms: ROOMS, logPath: join(folder, 'visitors.log') })
})

afterEach(() => until('nobody is left', async () => (await connections()) === 0))

afterAll(async () => {
  try {
    await visitors?.[Symbol.asyncDispose]()
  } finally {
    await stopEverything()
  }
  rmSync(folder, { recursive: true, force: true })
})

function connections(): Promise<number> {
  return instance.metric(METRIC_NAMES.connections)
}

it('a flood is held until it is ended', async () => {
  const party = visitors.begin('flood', { host: HOST, port: instance.port, connections: 50, msMax: MS_MAX })
  expect(await party.begun).toEqual({ isIn: 50, refused: {}, failed: 0, firstFailure: null })
  expect(await connections()).toBe(50)
  expect(await party.end()).toEqual({ lost: 0 })
  expect(visitors.visits()).toEqual([])
})

it('a flood tells who was refused, and with which code', async () => {
  const party = visitors.begin('flood', { host: HOST, port: instance.port, connections: 100, msMax: MS_MAX })
  const refused = { [CLOSE_CODES.tooMany.code]: 100 - CONNECTIONS_MAX }
  expect(await party.begun).toEqual({ isIn: CONNECTIONS_MAX, refused, failed: 0, firstFailure: null })
  await party.end()
})

it('a flood tells how many the service has thrown out since', async () => {
  const party = visitors.begin('flood', { host: HOST, port: instance.port, connections: 2, msMax: MS_MAX })
  await party.begun
  const other = await TestInstance.start('two', redis.url)
  const gone = visitors.begin('flood', { host: HOST, port: other.port, connections: 3, msMax: MS_MAX })
  await gone.begun
  await other.stop()
  expect([await gone.end(), await party.end()]).toEqual([{ lost: 3 }, { lost: 0 }])
})

it('where nobody listens, a flood says why', async () => {
  const port = await freePort()
  const party = visitors.begin('flood', { host: HOST, port, connections: 3, msMax: MS_MAX })
  expect(await party.begun).toEqual({
    isIn: 0,
    refused: {},
    failed: 3,
    firstFailure: `connect ECONNREFUSED 127.0.0.1:${port}`,
  })
  await party.end()
})

it('tabs come and go in every way, and the counters forget them', async () => {
  const member = await TestClient.joined(instance, 'run.room-1', 'member')
  const order = {
    host: HOST,
    port: instance.port,
    opensPerSecond: 20,
    rooms: ROOMS,
    counters: [{ host: HOST, port: instance.port }],
    seed: 7,
  }
  const party = visitors.begin('churn', { ...order, msMax: MS_MAX })
  const { joinsAnswered, firstFailure } = await party.begun
  expect([joinsAnswered > 0, firstFailure]).toEqual([true, null])
  await member.frame('count', ({ participants }) => participants > 2)
  await until(
    'there were many',
    async () => (await instance.metric('tuesday_closes_total')) > -1 && (await connections()) > 10,
  )
  const ended = await party.end()
  expect(ended).toMatchObject({ failed: 0, ghosts: [] })
  const { opened, left, reset, closed } = ended
  expect(left + reset + closed).toBe(opened)
  for (const way of [left, reset, closed]) expect(way).toBeGreaterThan(0)
  await until('only the member is left', async () => (await connections()) === 1)
  const [visit, ...others] = visitors.visits()
  expect(others).toEqual([])
  expect(visit!.rooms).toEqual([0, 3])
  expect(visit!.untilMs).toBeGreaterThan(visit!.fromMs)
  await member.close()
})

it('tells of a ghost in a counter', async () => {
  const ghost = await TestClient.joined(instance, 'run.room-4', 'somebody-who-is-not-in-the-plan')
  const order = {
    host: HOST,
    port: instance.port,
    opensPerSecond: 20,
    rooms: ROOMS,
    counters: [{ host: HOST, port: instance.port }],
    seed: 7,
  }
  const party = visitors.begin('churn', { ...order, msMax: MS_MAX })
  await party.begun
  const { ghosts } = await party.end()
  expect(ghosts).toEqual(['run.room-4 tells of 2 participants after 10 s, while at most 1 can be there'])
  await ghost.close()
})

it('every malformed input is answered as documented, and the instance lives on', async () => {
  const order = { host: HOST, port: instance.port, inputsPerSecond: 100, seed: 7, msMax: MS_MAX }
  const party = visitors.begin('malformed', order)
  const begun = await party.begun
  expect(begun).toEqual({ kinds: begun.kinds, kindsAnswered: begun.kinds, wrong: [], firstFailure: null })
  expect(begun.kinds).toBeGreaterThan(30)
  const { inputs, answered, failed, wrong } = await party.end()
  expect([answered, failed, wrong]).toEqual([inputs, 0, []])
  expect(await instance.statusOf('/readyz')).toBe(200)
})

it('a party whose process is gone is told of', async () => {
  await using lonely = new VisitorProcess({ rooms: ROOMS, logPath: join(folder, 'lonely.log') })
  const party = lonely.begin('flood', { host: HOST, port: instance.port, connections: 5, msMax: MS_MAX })
  await party.begun
  await lonely[Symbol.asyncDispose]()
  await expect(party.end()).rejects.toThrow("the visitors' process ended with SIGKILL")
})

it('the process ends by itself when nobody is there to tell it what to do', async () => {
  const worker = fork(join(import.meta.dirname, 'worker.ts'), { detached: true, stdio: 'ignore' })
  try {
    const order = { host: HOST, port: instance.port, connections: 5, msMax: MS_MAX }
    worker.send({ is: 'begin', party: 0, kind: 'flood', order })
    await until('five are there', async () => (await connections()) === 5)
    const exit = once(worker, 'exit')
    worker.disconnect()
    expect(await exit).toEqual([0, null])
  } finally {
    worker.kill('SIGKILL')
  }
})
