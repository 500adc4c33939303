/**
 * The log in memory that the contract tests build on does what the real scripts do on a real Redis: the same operations are told to
 * both, and every answer, every hint and in the end the whole log are compared.
 *
 * Redis is not restarted: a lost write is one that a dump of the keys takes back, and a restart is another run id. That it is so with a
 * restart too is shown in `redis-away.real.test.ts`.
 */

import fc from 'fast-check'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadScripts } from './loaded-script.ts'
import type { Position } from './protocol.ts'
import { FailureLog } from './redis-failure.ts'
import { RedisLink } from './redis-link.ts'
import { channelOf, LOG_SCRIPTS, type LogPage, type ReadStart, RoomLog } from './room-log.ts'
import { stopEverything, TestRedis, until } from './test-cluster.ts'
import { CONTRACT_CASES } from './test-contract/cases.ts'
import { demandSendersInOrder } from './test-contract/client.ts'
import { LogServer } from './test-contract/log-server.ts'
import { createTestMetrics } from './test-metrics.ts'

/** A story on a real Redis takes some ten times as long as one in memory. */
const CASES = Math.ceil(CONTRACT_CASES / 5)
const MS_MAX = 30_000 + 500 * CASES
const ROOMS = ['r', 's']
const MEMORY = 4
const METRICS = createTestMetrics()
const EXPIRY_MS = 3_600_000
const ALL = 1000

type Saying = 'next' | 'again' | 'ahead' | 'new generation' | 'old generation'
/**
 * Counted from the newest position that was answered; `above` is added to its seq, or the seq is that of the last message that has been
 * trimmed. Null for none.
 */
type Known = { readonly back: number; readonly above: number | 'trimmed' } | null

type Operation =
  | { do: 'publish'; room: number; sender: number; saying: Saying; back: number; known: Known }
  | { do: 'read'; room: number; after: Known; last: number; limit: number; known: Known }
  | { do: 'tops'; known: Known }
  | { do: 'trim'; room: number; count: number }
  | { do: 'restart'; lostOperations: number }

// Mostly one room and one sender, so that their sessions get long.
const room = fc.constantFrom(0, 0, 0, 1)
const sender = fc.constantFrom(0, 0, 0, 1)
const saying: fc.Arbitrary<Saying> = fc.oneof(
  { weight: 9, arbitrary: fc.constant('next' as const) },
  { weight: 4, arbitrary: fc.constant('again' as const) },
  { weight: 2, arbitrary: fc.constantFrom('ahead' as const, 'new generation' as const, 'old generation' as const) },
)
const known: fc.Arbitrary<Known> = fc.option(
  fc.record({ back: fc.nat(12), above: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 'trimmed' as const) }),
  { freq: 3 },
)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      room,
      sender,
      saying,
      back: fc.nat(MEMORY + 1),
      known,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      room,
      after: known,
      last: fc.nat(5),
      limit: fc.constantFrom(0, 1, 3, ALL, ALL, ALL),
      known,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tops' as const), known }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('trim' as const), room, count: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('restart' as const), lostOperations: fc.constantFrom(0, 1, 2, 3, 5, ALL) }),
  },
)

/** An answer without what may differ: the time, and the names of epochs, which are told as in memory. */
interface Told {
  readonly real: unknown
  readonly memory: unknown
}

class Comparison {
  readonly #redis: TestRedis
  readonly #link: RedisLink
  readonly #memory: LogServer
  readonly #tellsRun: boolean
  readonly #lengthMax: number
  readonly #epochs = new Map<string, string>([['nowhere', 'nowhere']])
  /** Positions that both have told, the newest last. */
  readonly #positions: { readonly real: Position; readonly memory: Position }[] = [
    { real: { epoch: 'nowhere', seq: 1 }, memory: { epoch: 'nowhere', seq: 1 } },
  ]
  /** Everything before each operation. */
  readonly #before: { readonly keys: readonly string[]; readonly dumps: readonly Buffer[]; readonly writes: number }[] =
    []
  readonly #sessions = new Map<string, { generation: number; n: number }>()
  /** In the order of the appends. */
  readonly hints: string[] = []

  constructor(redis: TestRedis, link: RedisLink, { lengthMax, tellsRun }: { lengthMax: number; tellsRun: boolean }) {
    this.#redis = redis
    this.#link = link
    this.#tellsRun = tellsRun
    this.#lengthMax = lengthMax
    this.#memory = new LogServer({ lengthMax, memory: MEMORY, pageEntriesMax: ALL })
    this.#setRun()
  }

  async do(operation: Operation): Promise<Told> {
    const { control } = this.#redis
    const keys = await control.keys('*')
    const dumps = (await Promise.all(keys.map(key => control.dumpBuffer(key)))) as Buffer[]
    this.#before.push({ keys, dumps, writes: this.#memory.writeCount })
    switch (operation.do) {
      case 'publish':
        return this.#publish(operation)
      case 'read': {
        const after = this.#known(operation.after)
        const start = (which: 'real' | 'memory'): ReadStart =>
          after === null ? { last: operation.last } : { after: after[which] }
        const asked = this.#known(operation.known)
        const name = ROOMS[operation.room]!
        // A room that nobody has used is opened first, as an instance does.
        const limit = this.#memory.room(name).epoch === '' ? 0 : operation.limit
        return this.#read(name, start, limit, asked)
      }
      case 'tops': {
        const asked = this.#known(operation.known)
        const rooms = (position: Position | null) => ROOMS.map(name => ({ name, position }))
        const real = (await this.#real.tops(rooms(asked?.real ?? null))) as Position[]
        const memory = this.#memory.tops(this.#run, rooms(asked?.memory ?? null), this.#memory.candidate())
        for (const [index, position] of real.entries()) this.#note(position, memory[index]!)
        return { real: real.map(position => this.#named(position)), memory }
      }
      case 'trim': {
        const name = ROOMS[operation.room]!
        this.#memory.trim(name, operation.count)
        await control.xtrim(`tuesday:{${name}}:log`, 'MINID', '=', `${this.#memory.room(name).firstSeq}-0`)
        return { real: null, memory: null }
      }
      case 'restart': {
        const index = Math.max(0, this.#before.length - 1 - operation.lostOperations)
        const back = this.#before[index]!
        this.#before.length = index
        this.#memory.restart(this.#memory.writeCount - back.writes)
        const restored = control.multi().flushall()
        for (const [at, key] of back.keys.entries()) restored.restore(key, 0, back.dumps[at]!)
        await restored.exec()
        this.#setRun()
        return { real: null, memory: null }
      }
    }
  }

  /** The whole log of each room, which no reader is told at once. */
  async rest(): Promise<Told[]> {
    for (const name of ROOMS) demandSendersInOrder(this.#memory.room(name).records)
    if (this.#tellsRun) expect(this.#memory.doubled).toEqual([])
    const used = ROOMS.filter(name => this.#memory.room(name).epoch !== '')
    const start = () => ({ after: { epoch: 'nowhere', seq: 0 } })
    return Promise.all(used.map(name => this.#read(name, start, ALL, null)))
  }

  async #publish({ room, sender: index, saying, back, known }: Operation & { do: 'publish' }): Promise<Told> {
    const [name, sender] = [ROOMS[room]!, `sender${index}`]
    const session = this.#sessions.get(`${name} ${sender}`) ?? { generation: 1, n: 0 }
    this.#sessions.set(`${name} ${sender}`, session)
    if (saying === 'new generation') Object.assign(session, { generation: session.generation + 1, n: 0 })
    if (saying === 'next' || saying === 'new generation') session.n++
    const n = saying === 'ahead' ? session.n + 2 : saying === 'again' ? Math.max(1, session.n - back) : session.n
    const generation = saying === 'old generation' ? Math.max(1, session.generation - 1) : session.generation
    const asked = this.#known(known)
    const said = { room: name, user: 'ann', sender, generation, n: Math.max(1, n), text: `${saying} "${back}" ü\n` }
    const real = await this.#real.publish({ ...said, known: asked?.real ?? null })
    const { appended, ...memory } = this.#memory.publish(
      this.#run,
      { ...said, known: asked?.memory ?? null },
      this.#memory.candidate(),
    )
    if (real.is === 'accepted' && memory.is === 'accepted') this.#note(real.position, memory.position)
    if (appended !== null) this.hints.push(appended.frame)
    return { real: real.is === 'accepted' ? { ...real, position: this.#named(real.position) } : real, memory }
  }

  async #read(
    name: string,
    start: (which: 'real' | 'memory') => ReadStart,
    limit: number,
    asked: { readonly real: Position; readonly memory: Position } | null,
  ): Promise<Told> {
    const real = await this.#real.read(name, start('real'), limit, asked?.real ?? null)
    const candidate = this.#memory.candidate()
    const memory = this.#memory.read(this.#run, name, start('memory'), limit, asked?.memory ?? null, candidate)
    this.#note(real.top, memory.top)
    this.#note(real.from, memory.from)
    const entries = real.entries.map(({ frame, ...position }) => ({
      ...this.#named(position),
      frame: this.frame(frame),
    }))
    const told = { ...real, top: this.#named(real.top), from: this.#named(real.from), entries }
    // With limit 0 the top alone is asked for.
    if (limit === 0) return { real: told.top, memory: memory.top }
    return { real: withoutReason(told), memory: withoutReason(memory) }
  }

  /** A frame as it is in memory. */
  frame(text: string): string {
    const frame = JSON.parse(text) as Position & { sentAt: number }
    expect(Math.abs(Date.now() - frame.sentAt)).toBeLessThan(EXPIRY_MS)
    return JSON.stringify({ ...frame, ...this.#named(frame), sentAt: 0 })
  }

  /** A new one for each call, so that it remembers nothing of those before. */
  get #real(): RoomLog {
    const limits = { logExpiryMs: EXPIRY_MS, sessionExpiryMs: EXPIRY_MS, memory: MEMORY }
    const surroundings = { link: this.#link, instance: 'test', metrics: METRICS }
    return new RoomLog({ ...surroundings, logLengthMax: this.#lengthMax, ...limits })
  }

  get #run(): string {
    return this.#link.runId
  }

  #setRun(): void {
    // What a log does where none is told is in `redis-without-info.real.test.ts`; here it is one that never changes.
    this.#link.runId = this.#tellsRun ? this.#memory.run : 'same'
  }

  #known(known: Known): { readonly real: Position; readonly memory: Position } | null {
    if (known === null) return null
    const { real, memory } = this.#positions.at(-1 - known.back) ?? this.#positions[0]!
    const trimmed = this.#memory.room(ROOMS[0]!).firstSeq - 1
    const raised = ({ epoch, seq }: Position) => ({
      epoch,
      seq: known.above === 'trimmed' ? trimmed : seq + known.above,
    })
    return { real: raised(real), memory: raised(memory) }
  }

  #note(real: Position, memory: Position): void {
    if (!this.#epochs.has(real.epoch) && ![...this.#epochs.values()].includes(memory.epoch)) {
      this.#epochs.set(real.epoch, memory.epoch)
    }
    this.#positions.push({ real, memory })
  }

  #named({ epoch, seq }: Position): Position {
    return { epoch: this.#epochs.get(epoch) ?? `${epoch}, unknown in memory`, seq }
  }
}

/** Of a complete page it means nothing. */
function withoutReason(page: LogPage): Omit<LogPage, 'reason'> & { reason: string | null } {
  return { ...page, reason: page.isComplete ? null : page.reason }
}

const say: Operation = { do: 'publish', room: 0, sender: 0, saying: 'next', back: 0, known: null }
const restart: Operation = { do: 'restart', lostOperations: 0 }
/** A position above the end of its epoch, and a log that has been trimmed to just its seq: rare, so it is asked each time. */
const trimmedToLost: Operation[] = [
  ...[say, restart, say, say, say, say, say],
  { do: 'read', room: 0, after: { back: 5, above: 'trimmed' }, last: 0, limit: ALL, known: null },
]

let redis: TestRedis
let link: RedisLink
let subscriber: Redis
const heard: string[] = []

beforeAll(async () => {
  redis = await TestRedis.start()
  // Trimming is exact where a node of the stream has one entry.
  await redis.control.config('SET', 'stream-node-max-entries', '1')
  // Nothing here is ever killed.
  await redis.control.config('SET', 'appendonly', 'no')
  link = new RedisLink({
    ...{ url: redis.url, role: 'commands', commandMsMax: 10_000, pingMs: 60_000 },
    log: pino({ level: 'silent' }),
    failureLog: new FailureLog(pino({ level: 'silent' })),
    onConnected: ({ redis: connection }) => loadScripts(connection, LOG_SCRIPTS),
  })
  subscriber = new Redis(redis.url)
  subscriber.on('message', (_channel, payload) => heard.push(payload))
  await subscriber.subscribe(...ROOMS.map(channelOf))
  expect(await link.waitUntilUsable(10_000)).toBe(true)
})

afterAll(async () => {
  link?.close()
  subscriber?.disconnect()
  await stopEverything()
})

describe('the log in memory and the log in Redis', () => {
  it(
    'answer and publish the same, whatever is asked and whatever Redis forgets',
    async () => {
      const settings = fc.record({ lengthMax: fc.constantFrom(100, 3), tellsRun: fc.constantFrom(true, true, false) })
      const operations = fc.array(operation, { minLength: 1, maxLength: 60, size: 'max' })
      const isSame = fc.asyncProperty(settings, operations, async (chosen, story) => {
        await redis.control.flushall()
        heard.length = 0
        const comparison = new Comparison(redis, link, chosen)
        for (const told of story) {
          const { real, memory } = await comparison.do(told)
          expect(real, JSON.stringify(told)).toEqual(memory)
        }
        for (const { real, memory } of await comparison.rest()) expect(real).toEqual(memory)
        await redis.control.publish(channelOf(ROOMS[0]!), 'end')
        await until('all hints have come', () => heard.at(-1) === 'end')
        expect(heard.slice(0, -1).map(hint => comparison.frame(hint.slice(hint.indexOf('\n'))))).toEqual(
          comparison.hints,
        )
      })
      await fc.assert(isSame, { numRuns: CASES, examples: [[{ lengthMax: 3, tellsRun: true }, trimmedToLost]] })
    },
    MS_MAX,
  )
})
