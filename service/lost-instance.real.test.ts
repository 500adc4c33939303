/** An instance with many clients goes away, with and without a warning, while everybody talks: nobody misses or repeats anything. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { type AckFrame, CLOSE_CODES, type MessageFrame } from './protocol.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { placeOf, TestResident } from './test-resident.ts'
import { finishTalking, TestTalker } from './test-talker.ts'

/** A thousand joins at once take their time on a busy machine; that is not what is tested. */
const PATIENT = { REDIS_COMMAND_MS: '10000', REDIS_WAIT_MS: '10000' }
const BUSY_MACHINE_MS = 2000
const ROOMS = ['r0', 'r1', 'r2', 'r3', 'r4']

let redis: TestRedis
let talkers: TestTalker[]
/** Of what was sent besides. */
let otherAcks: AckFrame[]

beforeEach(async () => {
  redis = await TestRedis.start()
  talkers = []
  otherAcks = []
})
afterEach(stopEverything)

/** Each in two of the rooms. */
function enterMany(instance: TestInstance, count: number): Promise<TestResident[]> {
  const roomsOf = (index: number) => [ROOMS[index % 5]!, ROOMS[(index + 1 + (index % 3)) % 5]!]
  return Promise.all(
    Array.from({ length: count }, (_, index) => TestResident.enter(instance, `guest-${index}`, roomsOf(index))),
  )
}

function talk(resident: TestResident, room: string, sender: string, paceMs: number): void {
  talkers.push(new TestTalker({ socket: () => resident.socket, room, sender, inFlight: 2, paceMs }))
}

const isParting = ({ id }: MessageFrame) => id.startsWith('last-')

/** Until each of the talkers has been acknowledged so often again. */
async function untilAllTalk(times: number): Promise<void> {
  const before = talkers.map(({ acks }) => acks.size)
  await until('all have talked', () => talkers.every(({ acks }, index) => acks.size >= before[index]! + times))
}

/** Compares what everybody heard with the logs, from each one's first join to the end, and the logs with the acks. */
async function expectAllHeardAll(residents: readonly TestResident[]): Promise<void> {
  const logs = new Map(await Promise.all(ROOMS.map(async room => [room, await redis.logOf(room)] as const)))
  const wrong: string[] = []
  for (const resident of residents) {
    for (const room of resident.rooms) {
      const log = logs.get(room)!
      await resident.untilHeard(room, log.at(-1)!)
      const joined = resident.sockets[0]!.frames.find(frame => frame.type === 'joined' && frame.room === room)
      const from = (joined as { position: { seq: number } }).position.seq
      const owed = log.filter(({ seq }) => seq > from).map(placeOf)
      const heard = resident.messages(room).map(placeOf)
      if (heard.join() !== owed.join()) wrong.push(`${resident.user} in ${room}: ${heard.length} of ${owed.length}`)
    }
    if (resident.gaps.length > 0) wrong.push(`${resident.user} was told of a gap`)
  }
  expect(wrong).toEqual([])
  const acked = [...otherAcks, ...talkers.flatMap(({ acks }) => [...acks.values()])]
  const ackedPlaces = acked.map(({ epoch, seq, session, n }) => `${epoch} ${seq} ${session}/${n}`)
  const logged = [...logs.values()].flat()
  expect(logged.map(placeOf).toSorted()).toEqual(ackedPlaces.toSorted())
}

describe('an instance with many clients', () => {
  it('killed with 500 in five rooms: all come back elsewhere, complete, and everybody has the same', async () => {
    const [doomed, two, three] = await Promise.all(
      ['doomed', 'two', 'three'].map(name => TestInstance.start(name, redis.url, PATIENT)),
    )
    const residents = await enterMany(doomed!, 500)
    const others = await Promise.all(
      ROOMS.map((room, index) => TestResident.enter(index % 2 ? two! : three!, `other-${index}`, [room])),
    )
    for (const [index, room] of ROOMS.entries()) {
      talk(others[index]!, room, `stays${index}`, 200)
      // These have sends in flight when they lose their socket, and send them again through the next one.
      for (const resident of residents.filter(({ rooms }) => rooms[0] === room).slice(0, 2)) {
        talk(resident, room, resident.user, 400)
      }
    }
    await untilAllTalk(4)
    // Of these some will have run without an answer, and some not.
    const parting = residents.slice(0, 200).map(resident => ({ resident, session: `last-${resident.user}.1` }))
    for (const { resident, session } of parting) {
      resident.socket.send({ type: 'send', room: resident.rooms[0], session, n: 1, text: `${session}/1` })
    }
    await until('one of them has run', () => others.some(other => other.messages(other.rooms[0]!).some(isParting)))
    doomed!.signal('SIGKILL')
    const closes = await Promise.all(residents.map(({ socket }) => socket.closed))
    expect(new Set(closes.map(({ code }) => code))).toEqual(new Set([CLOSE_CODES.abnormal.code]))
    const before = others.map(other => other.messages(other.rooms[0]!).length)
    await until('the others have gone on', () =>
      others.every((other, index) => other.messages(other.rooms[0]!).length > before[index]! + 3),
    )
    const resumes = await Promise.all(residents.map((resident, index) => resident.moveTo(index % 2 ? two! : three!)))
    expect(resumes.flat().filter(({ complete }) => !complete)).toEqual([])
    const again = parting.map(({ resident, session }) => resident.socket.sayAll(resident.rooms[0]!, session, 1, 1))
    otherAcks = (await Promise.all(again)).flat()
    await untilAllTalk(4)
    await finishTalking(talkers)
    await expectAllHeardAll([...residents, ...others])
    const resumed = [two!, three!].map(instance => instance.metric(METRIC_NAMES.resumes, 'outcome="complete"'))
    expect((await Promise.all(resumed)).reduce((sum, count) => sum + count)).toBe(1000)
  })

  it('drained with 200: closed with 1012 spread over the time, exit 0, and all resume complete elsewhere', async () => {
    const [spreadMs, deadlineMs, windowMs] = [5000, 20_000, 500]
    const [leaving, next] = await Promise.all([
      TestInstance.start('leaving', redis.url, { ...PATIENT, DRAIN_SPREAD_MS: String(spreadMs) }),
      TestInstance.start('next', redis.url, PATIENT),
    ])
    const residents = await enterMany(leaving, 200)
    for (const resident of residents.slice(0, 10)) talk(resident, resident.rooms[0]!, resident.user, 400)
    await untilAllTalk(2)
    const signalledAtMs = performance.now()
    const moves = residents.map(async resident => {
      const close = await resident.socket.closed
      return { close, resumes: await resident.moveTo(next) }
    })
    leaving.signal('SIGTERM')
    expect(await leaving.exited).toEqual({ code: 0, signal: null })
    expect(performance.now() - signalledAtMs).toBeLessThan(deadlineMs)
    const moved = await Promise.all(moves)
    expect(new Set(moved.map(({ close }) => close.code))).toEqual(new Set([CLOSE_CODES.restart.code]))
    // The crowds are judged by what each was told, since a busy machine makes closes come late together; and each close by that.
    const told = await Promise.all(residents.map(({ sockets: [first] }) => first!.frame('draining')))
    const times = told.map(({ closesInMs }) => closesInMs)
    const crowds = times.map(startMs => times.filter(ms => ms >= startMs && ms < startMs + windowMs).length)
    expect(Math.max(...crowds)).toBeLessThanOrEqual(2 * ((residents.length * windowMs) / spreadMs))
    const lateMs = moved.map(({ close }, index) => close.atMs - signalledAtMs - times[index]!)
    // A timer of Node may fire up to a millisecond early.
    expect(Math.min(...lateMs)).toBeGreaterThan(-2)
    expect(Math.max(...lateMs)).toBeLessThan(BUSY_MACHINE_MS)
    expect(moved.flatMap(({ resumes }) => resumes).filter(({ complete }) => !complete)).toEqual([])
    await untilAllTalk(2)
    await finishTalking(talkers)
    await expectAllHeardAll(residents)
  })
})
