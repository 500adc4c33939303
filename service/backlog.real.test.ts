/** Coming back to a long backlog, alone, slowly or with many others. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import type { ServiceFrame } from './protocol.ts'
import { fillLog, pagesRead } from './test-backlog.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'

const BACKLOG = 50_000
/** The whole backlog is 100 MB, far more than sockets and pages in memory take. */
const TEXT_LENGTH = 2000
/** What an instance may grow by while it gives that to somebody. */
const GROWTH_BYTES_MAX = 50_000_000
/** Between an instance and a client that does not read, the operating system takes up to so much by itself. */
const SOCKET_BYTES_MAX = 16_000_000
const ENVIRONMENT = {
  // The smallest that is allowed.
  SLOW_READER_BYTES_MAX: '65536',
  LOG_LENGTH_MAX: '1000000',
  // So that garbage is not mistaken for what is kept.
  NODE_OPTIONS: '--max-old-space-size=96 --max-semi-space-size=2',
}
const AWAIT_MS_MAX = 45_000
const MEMORY_POLL_MS = 100
const ROOM = 'long'

let redis: TestRedis
let instance: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  await redis.control.config('SET', 'appendonly', 'no')
  await fillLog(redis, ROOM, BACKLOG, TEXT_LENGTH)
  instance = await TestInstance.start('one', redis.url, ENVIRONMENT)
})
afterAll(stopEverything)

/** Keeps the frames of a client in short as they come, so that a backlog does not fill the memory of the test. */
function follow(client: TestClient, room = ROOM) {
  const seen = { first: 0, last: 0, count: 0, holes: 0, others: [] as ServiceFrame[] }
  client.socket.on('message', () => {
    for (const frame of client.frames.splice(0)) {
      if (frame.type === 'count') continue
      if (frame.type !== 'message' || frame.room !== room) {
        seen.others.push(frame)
        continue
      }
      if (seen.count > 0 && frame.seq !== seen.last + 1) seen.holes++
      if (seen.count === 0) seen.first = frame.seq
      seen.last = frame.seq
      seen.count++
    }
  })
  return seen
}

/** Talks until told to stop, and tells how many messages that were. */
function talk(client: TestClient, session: string): () => Promise<number> {
  let isOver = false
  const talked = (async () => {
    let n = 0
    while (!isOver) await client.sayAll(ROOM, session, ++n, n)
    return n
  })()
  return () => {
    isOver = true
    return talked
  }
}

/** Watches the memory of the instance until told to stop, and tells the highest that it was. */
async function watchMemory(): Promise<{ startBytes: number; stop(): Promise<number> }> {
  const read = () => instance.metric('process_resident_memory_bytes')
  const startBytes = await read()
  let [isOver, most] = [false, 0]
  const watched = (async () => {
    while (!isOver) {
      most = Math.max(most, await read())
      await new Promise(resolve => setTimeout(resolve, MEMORY_POLL_MS))
    }
    return most
  })()
  return {
    startBytes,
    stop: () => {
      isOver = true
      return watched
    },
  }
}

const closedAsSlow = () => instance.metric(METRIC_NAMES.closes, 'code="4409"')

describe('a backlog of 50,000 messages', () => {
  it.each([
    ['resumed', 'ann.1', { position: { epoch: 'filled', seq: 0 } }],
    ['as history of a room that is served already', 'ann.2', { history: Number.MAX_SAFE_INTEGER }],
  ])('%s comes whole and in order, and then the live stream, while others talk', async (_what, session, fields) => {
    const ann = await TestClient.joined(instance, ROOM)
    const stopTalking = talk(ann, session)
    const memory = await watchMemory()
    const ben = await TestClient.open(instance, { user: 'ben' })
    const seen = follow(ben)
    ben.send({ type: 'join', room: ROOM, ...fields })
    await until('the backlog is there', () => seen.count >= BACKLOG || ben.isClosed, AWAIT_MS_MAX)
    const said = await stopTalking()
    const last = (await ann.sayAll(ROOM, session, said + 1, said + 1))[0]!
    await until('the live stream is there', () => seen.last >= last.seq || ben.isClosed, AWAIT_MS_MAX)
    expect(seen).toMatchObject({ first: 1, last: last.seq, count: last.seq, holes: 0 })
    expect(seen.others.map(({ type }) => type)).toEqual(['welcome', 'joined'])
    expect(seen.others[1]).toMatchObject({ position: { seq: 0 }, complete: true })
    expect([ann.isClosed, ben.isClosed, await closedAsSlow()]).toEqual([false, false, 0])
    expect((await memory.stop()) - memory.startBytes).toBeLessThan(GROWTH_BYTES_MAX)
    await Promise.all([ann.close(), ben.close()])
  })

  it('waits for a client that stops reading in the middle: not closed, not read into memory, nothing lost', async () => {
    const ann = await TestClient.joined(instance, ROOM)
    await ann.join({ room: 'aside' })
    const ben = await TestClient.joined(instance, 'aside', 'ben')
    const seen = follow(ben)
    ben.send({ type: 'join', room: ROOM, position: { epoch: 'filled', seq: 0 } })
    await until('some of the backlog is there', () => seen.count >= 2000, AWAIT_MS_MAX)
    ben.socket.pause()
    const stopTalking = talk(ann, 'ann.3')
    const memory = await watchMemory()
    let [pages, sameMs, atMs] = [0, 0, performance.now()]
    await until(
      'nothing more is read for it for a second',
      async () => {
        const now = await pagesRead(redis)
        sameMs = now === pages ? sameMs + performance.now() - atMs : 0
        pages = now
        atMs = performance.now()
        return sameMs > 1000
      },
      AWAIT_MS_MAX,
    )
    // What is still to come is more than it would be allowed to keep.
    expect((BACKLOG - seen.count) * TEXT_LENGTH).toBeGreaterThan(GROWTH_BYTES_MAX + SOCKET_BYTES_MAX)
    expect((await memory.stop()) - memory.startBytes).toBeLessThan(GROWTH_BYTES_MAX)
    // It waits behind more history than a slow reader may leave unread, and does not make it one.
    const aside = await ann.sayAll('aside', 'ann.1', 1, 1)
    await ann.untilMessages('aside', 1)
    ben.socket.resume()
    const said = await stopTalking()
    const last = (await ann.sayAll(ROOM, 'ann.3', said + 1, said + 1))[0]!
    await until('everything is there', () => seen.last >= last.seq || ben.isClosed, AWAIT_MS_MAX)
    expect(seen).toMatchObject({ first: 1, last: last.seq, count: last.seq, holes: 0 })
    expect([ben.isClosed, await closedAsSlow()]).toEqual([false, 0])
    expect(seen.others.at(-1)).toMatchObject({ type: 'message', room: 'aside', seq: aside[0]!.seq })
    await Promise.all([ann.close(), ben.close()])
  })
})

describe('many that come back at once', () => {
  const [MEMBERS, MISSED] = [60, 3000]

  it.each([
    ['from one position', () => 1000],
    ['from different positions', (member: number) => 1000 + ((member * 37) % MEMBERS)],
  ])('%s share the reads', async (_what, startOf) => {
    const room = `many-${startOf(1)}`
    const { seq: top } = await fillLog(redis, room, 1000 + MISSED, 10)
    const clients = await Promise.all(Array.from({ length: MEMBERS }, () => TestClient.open(instance)))
    const all = clients.map(client => follow(client, room))
    const before = await pagesRead(redis)
    for (const [member, client] of clients.entries()) {
      client.send({ type: 'join', room, position: { epoch: 'filled', seq: startOf(member) } })
    }
    const isThere = () => all.every(({ last }) => last === top) || clients.some(({ isClosed }) => isClosed)
    await until('everything is there', isThere, AWAIT_MS_MAX)
    for (const [member, seen] of all.entries()) {
      expect(seen).toMatchObject({ first: startOf(member) + 1, last: top, count: top - startOf(member), holes: 0 })
    }
    // Without sharing each of them reads 15 pages.
    expect((await pagesRead(redis)) - before).toBeLessThan(MEMBERS)
    await Promise.all(clients.map(client => client.close()))
  })
})
