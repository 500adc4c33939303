/**
 * The delivery contract over real processes: two instances, each with a proxy of its own before one Redis that loses nothing, and the
 * client that ships. Connections to Redis are reset, frozen and turned into black holes, instances are killed, clients go to and fro. In the
 * end everything that was said is in the log once and in its sender's order, and everybody has had everything once.
 *
 * The story is random and printed where it fails. Its seed brings back the story, not what happened first.
 */

import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ChatClient, type Output } from '../client/client.ts'
import type { InjectedFault } from '../harness/proxy/injected-fault.ts'
import { type LinkFault, TcpProxy } from '../harness/proxy/tcp-proxy.ts'
import { type MessageFrame, type Position, SUBPROTOCOL } from './protocol.ts'
import { stopEverything, TestInstance, TestRedis, until } from './test-cluster.ts'
import { CONTRACT_REAL_CASES } from './test-contract/cases.ts'

const HOLE = { isBlackHole: true }
/** A quiet machine takes some 3 s for a story. */
const STORY_MS_MAX = 60_000
/** Everything is found out soon, so that a short story has room for it. */
const ENVIRONMENT = {
  REDIS_COMMAND_MS: '300',
  REDIS_PING_MS: '200',
  REDIS_WAIT_MS: '500',
  HEARTBEAT_MS: '300',
  LOG_LEVEL: 'silent',
}
const CLIENT = {
  backoffCapMs: 300,
  welcomeLimitMs: 2_000,
  idlePingMs: 1_000,
  pongLimitMs: 2_000,
  answerLimitMs: 3_000,
  // Nothing is to be given up.
  sendDeadlineMs: 2 * STORY_MS_MAX,
}
const TICK_MS = 20
const PLACES = 2
const PEOPLE = 4
const PAGE_MAX = 1000

/** Where an instance is: the next one at the same place has the same proxy, and another port. */
class Place {
  readonly proxy: TcpProxy
  instance: TestInstance
  readonly #name: string
  readonly #faults = new Map<string, InjectedFault>()
  #generation = 0
  #restarting: Promise<void> | null = null

  private constructor(name: string, proxy: TcpProxy, instance: TestInstance) {
    this.#name = name
    this.proxy = proxy
    this.instance = instance
  }

  static async open(name: string, redis: TestRedis): Promise<Place> {
    const proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: redis.port })
    const url = `redis://127.0.0.1:${proxy.port}`
    return new Place(name, proxy, await TestInstance.start(`${name}-0`, url, ENVIRONMENT))
  }

  /** A fault takes the place of an earlier one of its kind. */
  break(kind: string, fault: LinkFault): void {
    this.#faults.get(kind)?.heal()
    this.#faults.set(kind, this.proxy.inject(fault))
  }

  /** With SIGKILL. The next instance starts at once, and may find Redis away. */
  kill(): void {
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = null
    })
  }

  async whole(): Promise<void> {
    this.proxy.heal()
    await this.#restarting
    await this.instance.untilReady()
  }

  async #restart(): Promise<void> {
    this.#generation++
    await this.instance.stop()
    const url = `redis://127.0.0.1:${this.proxy.port}`
    this.instance = await TestInstance.spawn(`${this.#name}-${this.#generation}`, url, ENVIRONMENT)
  }
}

/** From an answered join to the leave: owed is everything behind `from`, up to `to`, or to the top. */
interface Stay {
  readonly from: Position
  to: Position | null
  readonly had: MessageFrame[]
}

/** Hosts one client, as the comment on `ChatClient` tells. */
class Person {
  readonly name: string
  readonly said: string[] = []
  readonly outcomes = new Map<string, Output[]>()
  readonly stays: Stay[] = []
  /** What no client of a service that keeps the contract is told here. */
  readonly wrong: Output[] = []
  isIn = true
  readonly #room: string
  readonly #places: readonly Place[]
  readonly #chat: ChatClient
  readonly #ticking: NodeJS.Timeout
  #connecting: NodeJS.Timeout | undefined
  #socket: WebSocket | null = null
  #at: number

  constructor(name: string, room: string, places: readonly Place[], at: number) {
    this.name = name
    this.#room = room
    this.#places = places
    this.#at = at
    this.#chat = new ChatClient({ sender: name, random: Math.random, ...CLIENT })
    this.#ticking = setInterval(() => this.#perform(this.#chat.tick(performance.now())), TICK_MS)
    this.#perform([...this.#chat.start(performance.now()), ...this.#chat.join(room, {}, performance.now())])
  }

  get isSettled(): boolean {
    return this.#chat.openSendCount === 0 && this.#chat.isJoined(this.#room)
  }

  get position(): Position | null {
    return this.#chat.position(this.#room)
  }

  say(count: number): void {
    for (let index = 0; index < count; index++) {
      const text = `${this.name} ${this.said.length + 1}`
      this.said.push(text)
      this.#perform(this.#chat.send(this.#room, text, text, performance.now()))
    }
  }

  leaveOrJoin(): void {
    const nowMs = performance.now()
    this.isIn = !this.isIn
    this.#perform(this.isIn ? this.#chat.join(this.#room, {}, nowMs) : this.#chat.leave(this.#room, nowMs))
  }

  /** To the other instance, without a word. */
  move(): void {
    this.#at = (this.#at + 1) % this.#places.length
    this.#socket?.terminate()
  }

  end(): void {
    clearInterval(this.#ticking)
    this.#perform(this.#chat.end(performance.now()))
    clearTimeout(this.#connecting)
    this.#socket?.terminate()
  }

  #open(): void {
    const url = `${this.#places[this.#at]!.instance.webSocketUrl}?guest=${this.name}`
    const socket = new WebSocket(url, SUBPROTOCOL, { handshakeTimeout: CLIENT.welcomeLimitMs })
    const ifMine = (feed: () => readonly Output[]) => socket === this.#socket && this.#perform(feed())
    this.#socket = socket
    socket.on('open', () => ifMine(() => this.#chat.opened(performance.now())))
    socket.on('message', data => ifMine(() => this.#chat.frame(String(data), performance.now())))
    socket.on('close', code => {
      if (socket !== this.#socket) return
      this.#socket = null
      // The instance may be gone.
      this.#at = (this.#at + 1) % this.#places.length
      this.#perform(this.#chat.closed(code, performance.now()))
    })
    socket.on('error', () => {})
  }

  #perform(outputs: readonly Output[]): void {
    for (const output of outputs) this.#performOne(output)
  }

  #performOne(output: Output): void {
    const stay = this.stays.at(-1)
    switch (output.type) {
      case 'connect':
        clearTimeout(this.#connecting)
        this.#connecting = setTimeout(() => this.#open(), output.afterMs)
        return
      case 'write':
        this.#socket!.send(output.text)
        return
      case 'close': {
        clearTimeout(this.#connecting)
        const socket = this.#socket
        this.#socket = null
        socket?.terminate()
        return
      }
      case 'joined':
        if (stay?.to === null) seen.resumes++
        else this.stays.push({ from: output.position, to: null, had: [] })
        return
      case 'message':
        stay!.had.push(output.message)
        return
      case 'left':
        if (stay?.to === null) stay.to = output.position
        return
      case 'acked':
      case 'rejected':
      case 'unconfirmed':
        this.outcomes.set(String(output.handle), [...(this.outcomes.get(String(output.handle)) ?? []), output])
        return
      case 'gap':
      case 'hole':
      case 'duplicate':
      case 'refused':
      case 'ended':
        this.wrong.push(output)
    }
  }
}

type Step =
  | { readonly do: 'say'; readonly who: number; readonly count: number }
  | { readonly do: 'move' | 'leaveOrJoin'; readonly who: number }
  | { readonly do: 'reset' | 'freeze' | 'kill' | 'heal'; readonly where: number }
  | { readonly do: 'hole'; readonly where: number; readonly direction: 'toTarget' | 'fromTarget' | 'both' }
  | { readonly do: 'slow'; readonly where: number; readonly latencyMs: number }

const who = fc.nat(PEOPLE - 1)
const where = fc.nat(PLACES - 1)
const waitMs = fc.nat(80)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ do: fc.constant('say' as const), who, count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('move' as const, 'leaveOrJoin' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('reset' as const, 'freeze' as const), where }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heal' as const), where }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('hole' as const),
      where,
      direction: fc.constantFrom('toTarget' as const, 'fromTarget' as const, 'both' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('slow' as const), where, latencyMs: fc.integer({ min: 1, max: 100 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), where }) },
)
const story = fc.array(fc.tuple(step, waitMs), { minLength: 30, maxLength: 60, size: 'max' })

let redis: TestRedis
let places: Place[]
let stories = 0
/** What the stories have to bring about, or they show nothing. */
const seen = { messages: 0, resumes: 0, kills: 0, leaves: 0 }

beforeAll(async () => {
  redis = await TestRedis.start()
  places = await Promise.all(Array.from({ length: PLACES }, (_, index) => Place.open(`place-${index}`, redis)))
})

afterAll(async () => {
  await stopEverything()
  for (const { proxy } of places ?? []) await proxy[Symbol.asyncDispose]()
})

function take(told: Step, people: readonly Person[]): void {
  if ('who' in told) {
    const person = people[told.who]!
    if (told.do === 'say') return person.say(told.count)
    return person[told.do]()
  }
  const place = places[told.where]!
  switch (told.do) {
    case 'reset':
      place.proxy.reset()
      return
    case 'freeze':
      // Until it is healed, when what was held back comes late.
      return place.break('freeze', { toTarget: HOLE, fromTarget: HOLE, isForOpenOnly: true })
    case 'heal':
      return place.proxy.heal()
    case 'kill':
      seen.kills++
      return place.kill()
    case 'slow':
      return place.break('slow', { toTarget: { latencyMs: told.latencyMs }, fromTarget: { latencyMs: told.latencyMs } })
    case 'hole': {
      const isIn = (direction: string) => told.direction === direction || told.direction === 'both'
      return place.break('hole', {
        toTarget: isIn('toTarget') ? HOLE : {},
        fromTarget: isIn('fromTarget') ? HOLE : {},
      })
    }
  }
}

/** The whole log of a room, as Redis has it. */
async function readLog(room: string): Promise<MessageFrame[]> {
  const entries = await redis.control.xrange(`tuesday:{${room}}:log`, '-', '+', 'COUNT', PAGE_MAX)
  return entries.map(([, fields]) => JSON.parse(fields[fields.indexOf('f') + 1]!))
}

function judge(person: Person, log: readonly MessageFrame[]): void {
  expect(person.wrong, person.name).toEqual([])
  expect(log.filter(({ from }) => from === person.name).map(({ text }) => text)).toEqual(person.said)
  for (const text of person.said) {
    const { epoch, seq } = log.find(message => message.text === text)!
    expect(person.outcomes.get(text)).toMatchObject([{ type: 'acked', position: { epoch, seq } }])
  }
  for (const { from, to, had } of person.stays) {
    expect(had, `${person.name} from ${from.seq} to ${to?.seq}`).toEqual(log.slice(from.seq, to?.seq))
  }
}

it(
  'is kept while connections and instances are lost: everything in the log once, and had by everybody once',
  async () => {
    const isKept = fc.asyncProperty(story, async steps => {
      stories++
      const room = `story-${stories}`
      const people = Array.from({ length: PEOPLE }, (_, index) => {
        return new Person(`p${index}`, room, places, index % PLACES)
      })
      try {
        await until('all are in', () => people.every(({ isSettled }) => isSettled), STORY_MS_MAX)
        for (const [told, ms] of steps) {
          take(told, people)
          await new Promise(resolve => setTimeout(resolve, ms))
        }
        await Promise.all(places.map(place => place.whole()))
        // Sends that were open when somebody left go on once they are back.
        for (const person of people) if (!person.isIn) person.leaveOrJoin()
        await until('all is answered', () => people.every(({ isSettled }) => isSettled), STORY_MS_MAX)
        // The last word is said while all connections break. Nothing that comes after it shows that it was missed.
        people[stories % PEOPLE]!.say(1)
        for (const { proxy } of places) proxy.reset()
        await until('the last word is answered', () => people.every(({ isSettled }) => isSettled), STORY_MS_MAX)
        const log = await readLog(room)
        const hasAll = ({ position }: Person) => position?.seq === log.length
        await until('all have everything', () => people.every(hasAll), STORY_MS_MAX)
        expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
        expect(new Set(log.map(({ epoch }) => epoch)).size).toBeLessThanOrEqual(1)
        for (const person of people) judge(person, log)
        seen.messages += log.length
        for (const { stays } of people) seen.leaves += stays.length - 1
      } finally {
        for (const person of people) person.end()
      }
    })
    // A story that is told again goes otherwise, so shorter ones are not looked for.
    await fc.assert(isKept, { numRuns: CONTRACT_REAL_CASES, endOnFailure: true })
    expect(Object.entries(seen).filter(([, count]) => count < CONTRACT_REAL_CASES)).toEqual([])
  },
  CONTRACT_REAL_CASES * 2 * STORY_MS_MAX,
)
