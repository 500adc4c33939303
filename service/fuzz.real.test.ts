/**
 * Whatever comes from outside gets the answer that docs/protocol.md defines, and harms nobody else.
 *
 * FUZZ_INPUTS inputs (8000 unless told otherwise; 50,000 and more for a thorough run) are made of FUZZ_SEED, a new one each time, which
 * stands in the test's name. It repeats what each attacker sends, and not how they interleave. Inputs that come too fast, too slowly or not
 * to an end are in `fuzz-limits.real.test.ts`.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRIC_NAMES } from './metric-names.ts'
import { CLOSE_CODES, ERROR_CODES, type Limits, ROOM_PATTERN } from './protocol.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { Counts } from './test-fuzz/attack.ts'
import { Attacker } from './test-fuzz/attacker.ts'
import { Conversation } from './test-fuzz/conversation.ts'
import { TestHeap } from './test-fuzz/heap.ts'
import { MUTANT_ROOM } from './test-fuzz/hostile-bytes.ts'
import { TEST_SECRET } from './test-token.ts'

const INPUTS = Number(process.env.FUZZ_INPUTS ?? 8000)
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const ATTACKERS = 6
const CALM = 4
const ROOM = 'calm'
/** What may be in use beyond what was after a third of the inputs: code that was compiled since, and tables that grow once. */
const GROWTH_BYTES_MAX = 2 * 2 ** 20
/** Small where that makes a limit be met often. */
const LIMITS: Limits = { textBytesMax: 8192, frameBytesMax: 65_536, roomsMax: 4, inFlightMax: 8 }
/** For a machine that is busy with other things as well; alone it takes a tenth. */
const MS_PER_INPUT_MAX = 20
const HEALTH_PAUSE_MS = 50

/** What has to be among the answers to so many inputs, or they were too tame. The others need Redis to be away, or small limits. */
const INPUTS_MANY = 8000
const ANSWERS_SOUGHT = [
  ...['welcome', 'joined', 'left', 'message', 'ack', 'gap', 'pong'],
  ...['not-json', 'not-a-frame', 'binary-frame', 'unknown-type', 'bad-field', 'forbidden', 'too-many-rooms'].map(
    code => `error ${code}`,
  ),
  ...['already-joined', 'not-joined'].map(code => `error ${code}`),
  ...['out-of-order', 'stale-session', 'not-joined', 'text-empty', 'text-too-long'].map(code => `reject ${code}`),
  ...['200 ', '201 ', '400 bad-request', '400 bad-name', '401 bad-token', '403 forbidden', '404 not-found'],
  ...['415 bad-media-type', '422 key-reused', '422 text-empty', '422 text-too-long'],
]
const CLOSES_SOUGHT = [1002, 1003, 1007, 1009, 4400, 4401, 4403, 4404, 4406]

let redis: TestRedis
let heap: TestHeap
let instance: TestInstance

beforeAll(async () => {
  redis = await TestRedis.start()
  heap = await TestHeap.prepare()
  instance = await TestInstance.start('attacked', redis.url, {
    ...{ FRAMES_PER_SECOND: '1000000', FRAMES_BURST: '1000000', JWT_SECRET: TEST_SECRET },
    ...{ ROOMS_MAX: String(LIMITS.roomsMax), IN_FLIGHT_MAX: String(LIMITS.inFlightMax) },
    ...heap.environment,
  })
})
afterAll(stopEverything)

/** Asks the whole time, until told to end. Then resolves with every answer that was not 200. */
function watchHealth(): () => Promise<number[]> {
  let isOver = false
  const watch = async () => {
    const wrong: number[] = []
    while (!isOver) {
      const status = await instance.statusOf('/healthz')
      if (status !== 200) wrong.push(status)
      await new Promise(resolve => setTimeout(resolve, HEALTH_PAUSE_MS))
    }
    return wrong
  }
  const watching = watch()
  return () => {
    isOver = true
    return watching
  }
}

async function untilOnlyTheCalmAreLeft(): Promise<void> {
  await until('only the well-behaved are left on the instance', async () => {
    const names = [METRIC_NAMES.connections, METRIC_NAMES.rooms]
    const [connections, rooms] = await Promise.all(names.map(name => instance.metric(name)))
    return connections === CALM && rooms === 1
  })
}

/** Who is in which room, as Redis has it: connections by holder, without the numbers that were told last. */
async function untilRedisKnowsNobodyElse(): Promise<void> {
  await until('Redis knows of nobody else in any room', async () => {
    const keys = await redis.control.keys('tuesday:{*}:holders')
    const rooms = await Promise.all(
      keys.map(async key => {
        const { '#told': told, ...holders } = await redis.control.hgetall(key)
        const isRight = key === `tuesday:{${ROOM}}:holders` ? told === `${CALM} ${CALM}` : told === '0 0'
        return (
          isRight &&
          Object.values(holders).reduce((sum, count) => sum + Number(count), 0) === Number(told!.split(' ')[0])
        )
      }),
    )
    return rooms.every(isRight => isRight)
  })
}

/** Lines that a service in good health does not write. Those without JSON come from the inspector. */
function wrongLines(output: string): string[] {
  return output.split('\n').filter(line => {
    if (!line.startsWith('{')) return !/^(|Debugger .*|For help, see: .*)$/.test(line)
    return (JSON.parse(line) as { level: number }).level > 30
  })
}

function sumOf(all: readonly Counts[]): Counts {
  const sum = new Counts()
  for (const counts of all) sum.addAll(counts)
  return sum
}

describe(`an instance under ${INPUTS} hostile inputs (FUZZ_SEED=${SEED})`, () => {
  it(
    'answers each as defined, keeps nothing of it, and serves the well-behaved',
    async () => {
      const startedAt = await instance.metric('process_start_time_seconds')
      const conversation = await Conversation.begin(instance, ROOM, CALM)
      const endOfWatch = watchHealth()
      const attackers = Array.from(
        { length: ATTACKERS },
        (_, lane) => new Attacker({ instance, redis: redis.control, seed: SEED, lane, limits: LIMITS, foreign: ROOM }),
      )
      const attack = async (inputs: number) => {
        await Promise.all(attackers.map(attacker => attacker.run(inputs / ATTACKERS)))
        await untilOnlyTheCalmAreLeft()
        return heap.usedBytes(instance)
      }
      try {
        const usedAtFirst = await attack(INPUTS / 3)
        const usedInTheEnd = await attack((INPUTS * 2) / 3)
        await untilRedisKnowsNobodyElse()
        const { messages } = await conversation.end()

        const [inputs, answers, closes] = (['inputs', 'answers', 'closes'] as const).map(name =>
          sumOf(attackers.map(attacker => attacker.attack[name])),
        ) as [Counts, Counts, Counts]
        expect(inputs.sum).toBeGreaterThanOrEqual(INPUTS)
        if (INPUTS >= INPUTS_MANY) {
          expect(ANSWERS_SOUGHT.filter(answer => answers.of(answer) === 0)).toEqual([])
          expect(CLOSES_SOUGHT.filter(code => closes.of(code) === 0)).toEqual([])
        }

        expect(await endOfWatch()).toEqual([])
        expect(wrongLines(instance.output)).toEqual([])
        expect(await instance.metric('process_start_time_seconds')).toBe(startedAt)
        expect(usedInTheEnd - usedAtFirst).toBeLessThan(GROWTH_BYTES_MAX)
        await checkMetrics(answers, closes)

        let accepted = messages + (await redis.control.xlen(`tuesday:{${MUTANT_ROOM}}:log`))
        for (const attacker of attackers) accepted += await attacker.checkLogs()
        expect(await instance.metric(METRIC_NAMES.accepted)).toBe(accepted)
        await checkKeys()
      } finally {
        for (const attacker of attackers) attacker[Symbol.dispose]()
        await endOfWatch()
        await Promise.all(conversation.clients.map(client => client.close()))
      }
    },
    60_000 + INPUTS * MS_PER_INPUT_MAX,
  )
})

/** The instance has counted what it did. */
async function checkMetrics(answers: Counts, closes: Counts): Promise<void> {
  const counted = async (name: string, code: string | number) => [code, await instance.metric(name, `code="${code}"`)]
  for (const code of Object.keys(ERROR_CODES))
    expect(await counted(METRIC_NAMES.errors, code)).toEqual([code, answers.of(`error ${code}`)])
  for (const { code } of Object.values(CLOSE_CODES))
    expect(await counted(METRIC_NAMES.closes, code)).toEqual([code, closes.of(code)])
  expect(await instance.metric(METRIC_NAMES.unconfirmed)).toBe(0)
}

/** Nothing that came from outside has become a key of another form. */
async function checkKeys(): Promise<void> {
  const room = ROOM_PATTERN.source.slice(1, -1)
  const form = new RegExp(`^tuesday:(leases|{${room}}:(head|log|users|holders|sender:[\\w.~@-]+/[\\w-]{1,32}))$`)
  const keys = await redis.control.keys('*')
  expect(keys.filter(key => !form.test(key))).toEqual([])
}
