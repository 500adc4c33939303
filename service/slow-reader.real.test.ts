/** Readers that stop reading, beside others that do not. */

import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { CLOSE_CODES } from './protocol.ts'
import { PAGE_ENTRIES } from './room.ts'
import { TestClient } from './test-client.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { placeOf, TestResident } from './test-resident.ts'
import { finishTalking, TestTalker } from './test-talker.ts'

const [BUSY, QUIET] = ['busy', 'quiet']
const BIG_TEXT = 'x'.repeat(24_000)
const BASELINE_MS = 5000
/** Half a minute in the full test. Here too what the readers miss is more than what sockets and kernels hold for them. */
const ASLEEP_SECONDS = Number(process.env.SLOW_READER_SECONDS || 12)
const SLOW_READERS = 5
/** What the readers miss in that time is at least twice this. */
const GROWTH_BYTES_MAX = 64 * 1024 * 1024
const ENVIRONMENT = {
  TEXT_BYTES_MAX: '30000',
  FRAME_BYTES_MAX: '200000',
  // Or V8 lets its young generation grow by a hundred megabytes, which has nothing to do with readers.
  NODE_OPTIONS: '--max-semi-space-size=2',
}

afterAll(stopEverything)

interface Observed {
  readonly latenciesMs: number[]
  readonly memoryBytesMax: number
}

/** Says something small every now and then, and notes when it is heard, and how large the instance is. */
async function observe(
  instance: TestInstance,
  speaker: TestClient,
  listener: TestClient,
  ms: number,
): Promise<Observed> {
  const [latenciesMs, startMs] = [[] as number[], performance.now()]
  let memoryBytesMax = 0
  const before = listener.messages(QUIET).length
  while (performance.now() < startMs + ms) {
    const n = before + latenciesMs.length + 1
    const saidAtMs = performance.now()
    speaker.send({ type: 'send', room: QUIET, session: 'quiet.1', n, text: 'x' })
    await listener.untilMessages(QUIET, n)
    latenciesMs.push(performance.now() - saidAtMs)
    if (n % 20 === 0) memoryBytesMax = Math.max(memoryBytesMax, await instance.metric('process_resident_memory_bytes'))
    await pause(20)
  }
  return { latenciesMs: latenciesMs.toSorted((a, b) => a - b), memoryBytesMax }
}

const quantile = ({ latenciesMs }: Observed, q: number) => latenciesMs[Math.floor(q * (latenciesMs.length - 1))]!

it(`readers that stop for ${ASLEEP_SECONDS} s are closed with 4409, cost the others and the instance next to nothing, and resume by pages`, async () => {
  const redis = await TestRedis.start(['--appendonly', 'no'])
  const [one, two] = await Promise.all(['one', 'two'].map(name => TestInstance.start(name, redis.url, ENVIRONMENT)))
  const [speaker, listener] = await Promise.all(
    ['speaker', 'listener'].map(user => TestClient.joined(one!, QUIET, user)),
  )
  const enter = (name: string) => (_: unknown, index: number) => TestResident.enter(one!, `${name}-${index}`, [BUSY])
  const slow = await Promise.all(Array.from({ length: SLOW_READERS }, enter('slow')))
  const quick = await Promise.all(Array.from({ length: 2 }, enter('quick')))
  const talkers = quick.map(
    ({ user, socket }) =>
      new TestTalker({ socket: () => socket, room: BUSY, sender: user, inFlight: 2, paceMs: 20, text: BIG_TEXT }),
  )
  const slowCloses = () => one!.metric(METRIC_NAMES.closes, `code="${CLOSE_CODES.slowReader.code}"`)

  const awake = await observe(one!, speaker!, listener!, BASELINE_MS)
  expect(await slowCloses()).toBe(0)
  for (const { socket } of slow) socket.socket.pause()
  const asleep = await observe(one!, speaker!, listener!, ASLEEP_SECONDS * 1000)
  expect(await slowCloses()).toBe(SLOW_READERS)
  expect(await one!.metric(METRIC_NAMES.closes)).toBe(SLOW_READERS)

  expect(quantile(asleep, 0.5)).toBeLessThan(3 * quantile(awake, 0.5) + 20)
  expect(quantile(asleep, 0.99)).toBeLessThan(5 * quantile(awake, 0.99) + 100)
  expect(asleep.memoryBytesMax - awake.memoryBytesMax).toBeLessThan(GROWTH_BYTES_MAX)

  for (const { socket } of slow) socket.socket.resume()
  const closes = await Promise.all(slow.map(({ socket }) => socket.closed))
  // The close frame stands behind what is unread; who reads it too late is cut before.
  for (const { code } of closes) expect([CLOSE_CODES.slowReader.code, CLOSE_CODES.abnormal.code]).toContain(code)
  const back = slow.slice(0, 2)
  const resumes = await Promise.all([back[0]!.moveTo(one!), back[1]!.moveTo(two!)])
  for (const { complete, position, top } of resumes.flat()) {
    expect([complete, top - position.seq > 2 * PAGE_ENTRIES]).toEqual([true, true])
  }
  // Until they have gone from the pages over to what is said now.
  await until('both hear what is said now', () => {
    return back.every((resident, index) => resident.position(BUSY)!.seq > resumes[index]![0]!.top + 20)
  })
  await finishTalking(talkers)
  const log = await redis.logOf(BUSY)
  for (const resident of [...back, ...quick]) {
    await resident.untilHeard(BUSY, log.at(-1)!)
    expect([resident.complaints(BUSY), resident.gaps, resident.socket.isClosed]).toEqual([[], [], false])
    const first = log.findIndex(({ seq }) => seq === resident.messages(BUSY)[0]!.seq)
    expect(resident.messages(BUSY).map(placeOf)).toEqual(log.slice(first).map(placeOf))
  }
}, 120_000)

it('a reader that wakes up before the socket is cut sees 4409 and why, and has missed nothing when it is back', async () => {
  const redis = await TestRedis.start(['--appendonly', 'no'])
  const instance = await TestInstance.start('one', redis.url, ENVIRONMENT)
  const [talker, sleeper] = [
    await TestClient.joined(instance, BUSY, 'talker'),
    await TestResident.enter(instance, 'sleeper', [BUSY]),
  ]
  sleeper.socket.socket.pause()
  let n = 0
  const say = () => talker.say({ room: BUSY, session: 'talker.1', n: ++n, text: BIG_TEXT })
  await until('the sleeper is closed', async () => {
    await Promise.all(Array.from({ length: 16 }, say))
    return (await instance.metric(METRIC_NAMES.closes)) === 1
  })
  sleeper.socket.socket.resume()
  const { code, why: reason } = CLOSE_CODES.slowReader
  expect(await sleeper.socket.closed).toMatchObject({ code, reason })
  const [resumed] = await sleeper.moveTo(instance)
  expect(resumed!.complete).toBe(true)
  await sleeper.untilHeard(BUSY, (await redis.logOf(BUSY)).at(-1)!)
  expect(sleeper.messages(BUSY).map(({ seq }) => seq)).toEqual(Array.from({ length: n }, (_, index) => index + 1))
})
