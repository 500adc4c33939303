/** Whatever the network and the service do, as long as they recover: nothing is lost, doubled, turned round or misreported. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seeded } from './literal.ts'
import { SimulatedHost, type Stay } from './simulated-host.ts'
import { NO_FAULTS, type SimulatedFaults, SimulatedService } from './simulated-service.ts'

type Step =
  | { readonly kind: 'send' | 'leave' | 'drop'; readonly client: number; readonly room: number }
  | { readonly kind: 'move'; readonly client: number; readonly toService: number; readonly toClient: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'wakeLate' }
  | { readonly kind: 'loseTail' | 'trim'; readonly room: number; readonly count: number }

interface Story {
  readonly seed: number
  readonly faults: SimulatedFaults
  readonly steps: readonly Step[]
}

const ROOMS = ['lobby', 'kitchen']
const DROP_CODES = [1006, 1012, 1013]
const SETTINGS = { sendDeadlineMs: 2_000, backoffCapMs: 300, answerLimitMs: 1_500, provenAfterMs: 200 }

const client = fc.nat(1)
const room = fc.nat(ROOMS.length - 1)
const chance = fc.constantFrom(0, 0.1, 0.3)
const gentleSteps = [
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), client, room }) },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('move' as const), client, toService: fc.nat(4), toClient: fc.nat(6) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), client, room }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), client, room }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wakeLate' as const) }) },
]
const lossySteps = [
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('loseTail' as const), room, count: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), room, count: fc.nat(3) }) },
]
const faults = fc.record({
  refuseSend: chance,
  loseAnswer: chance,
  loseLive: fc.constantFrom(0, 0.1),
  repeatOnResume: chance,
  skipOnResume: fc.constantFrom(0, 0.2),
})

function stories(steps: typeof gentleSteps | (typeof gentleSteps | typeof lossySteps)[number][]): fc.Arbitrary<Story> {
  return fc.record({
    seed: fc.nat(),
    faults,
    steps: fc.array(fc.oneof(...(steps as typeof gentleSteps)) as fc.Arbitrary<Step>, {
      minLength: 20,
      maxLength: 120,
      size: 'max',
    }),
  })
}

class Play {
  readonly service: SimulatedService
  readonly hosts: readonly SimulatedHost[]
  #nowMs = 0
  #sentCount = 0

  constructor(seed: number) {
    const random = seeded(seed)
    this.service = new SimulatedService(random)
    this.hosts = [0, 1].map(i => new SimulatedHost(this.service, { sender: `sender-${i}`, random, ...SETTINGS }))
    for (const host of this.hosts) {
      host.perform(host.client.start(this.#nowMs), this.#nowMs)
      for (const name of ROOMS) host.perform(host.client.join(name, {}, this.#nowMs), this.#nowMs)
    }
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'send':
        return this.#send(this.hosts[step.client]!, ROOMS[step.room]!)
      case 'move':
        return this.hosts[step.client]!.move(step.toService, step.toClient, this.#nowMs)
      case 'wait':
        return this.#wait(step.ms)
      case 'drop':
        return this.hosts[step.client]!.drop(DROP_CODES[this.#sentCount % DROP_CODES.length]!, this.#nowMs)
      case 'leave': {
        const { client: chat } = this.hosts[step.client]!
        this.hosts[step.client]!.perform(chat.leave(ROOMS[step.room]!, this.#nowMs), this.#nowMs)
        return this.hosts[step.client]!.perform(chat.join(ROOMS[step.room]!, {}, this.#nowMs), this.#nowMs)
      }
      case 'wakeLate':
        this.service.wakeLate()
        return
      case 'loseTail':
        return this.service.loseTail(ROOMS[step.room]!, step.count)
      case 'trim':
        return this.service.trim(ROOMS[step.room]!, step.count)
    }
  }

  /** All is well again: everything is answered, a last message shows every client the newest place, and late copies turn up. */
  settle(): void {
    this.service.faults = NO_FAULTS
    this.#run()
    for (const host of this.hosts) for (const name of ROOMS) this.#send(host, name)
    this.#run()
    while (this.service.wakeLate());
    this.#run()
  }

  #run(): void {
    const ROUNDS_MAX = 200
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      this.#wait(50)
      for (const host of this.hosts) host.move(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, this.#nowMs)
      if (
        this.hosts.every(
          host => host.isIdle && host.client.openSendCount === 0 && ROOMS.every(name => host.client.isJoined(name)),
        )
      )
        return
    }
    throw new Error('did not come to rest')
  }

  #send(host: SimulatedHost, name: string): void {
    this.#sentCount += 1
    // Now and then a text that only the service refuses, so that the numbering has to close up.
    const text = this.#sentCount % 17 === 0 ? 'refused text' : `text ${this.#sentCount}`
    if (text === 'refused text')
      host.perform(host.client.send(name, text, `refused ${this.#sentCount}`, this.#nowMs), this.#nowMs)
    else host.send(name, text, this.#nowMs)
  }

  #wait(ms: number): void {
    this.#nowMs += ms
    for (const host of this.hosts) host.tick(this.#nowMs)
  }
}

function play(story: Story): Play {
  const game = new Play(story.seed)
  game.service.faults = story.faults
  for (const step of story.steps) game.take(step)
  game.settle()
  return game
}

function checkReports(game: Play, mayLoseTail: boolean): void {
  for (const host of game.hosts) {
    for (const { room: name, handle } of host.handles) {
      const reports = host.reports.get(handle) ?? []
      expect(reports, `reports of ${handle}`).toHaveLength(1)
      const copies = game.service.log(name).filter(message => message.text === handle)
      const { outcome, position } = reports[0]!
      if (outcome === 'rejected') expect(game.service.everLogged.has(handle), `${handle} was rejected`).toBe(false)
      if (mayLoseTail) continue
      expect(copies.length, `copies of ${handle}, ${outcome}`).toBeLessThanOrEqual(1)
      if (outcome === 'acked') expect(copies).toMatchObject([position!])
    }
  }
}

function checkSenderOrder(game: Play): void {
  for (const name of ROOMS) {
    const texts = game.service.log(name).map(message => message.text)
    for (const host of game.hosts) {
      const sent = host.handles.filter(entry => entry.room === name).map(entry => entry.handle)
      const logged = texts.filter(text => sent.includes(text))
      expect(logged).toEqual(sent.filter(text => logged.includes(text)))
    }
  }
}

function checkStay(game: Play, stay: Stay): void {
  if (stay.hasHole && stay.to !== null) return
  const log = game.service.log(stay.room)
  const owed = log.slice(stay.from.seq, stay.to?.seq ?? log.length)
  expect(stay.delivered.map(message => message.text)).toEqual(owed.map(message => message.text))
}

/** With lost epochs and trimmed logs: what survives was delivered once and in order, except for what was declared gone. */
function checkLossyStay(game: Play, stay: Stay): void {
  const keys = stay.delivered.map(message => `${message.epoch}/${message.seq}`)
  expect(new Set(keys).size, 'delivered twice').toBe(keys.length)
  const log = game.service.log(stay.room)
  const survivors = new Set(log.map(message => `${message.epoch}/${message.seq}`))
  const isDeclared = (seq: number) => stay.gaps.some(({ after, next }) => seq > after.seq && seq < next.seq)
  const delivered = keys.filter(key => survivors.has(key))
  const from = stay.from.seq
  if (stay.to !== null) return // The leave's place may have been lost since; the stays that last to the end are exact.
  const owed = log.filter(message => !keys.includes(`${message.epoch}/${message.seq}`) && message.seq > from)
  expect(owed.filter(message => !isDeclared(message.seq)).map(message => message.seq)).toEqual([])
  const seqs = delivered.map(key => Number(key.split('/')[1]))
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
}

test('each accepted message is delivered once and in order, and each send has one true outcome', () => {
  const seen = { acked: 0, rejected: 0, unconfirmed: 0, holes: 0, delivered: 0 }
  fc.assert(
    fc.property(stories(gentleSteps), story => {
      const game = play(story)
      checkReports(game, false)
      checkSenderOrder(game)
      for (const host of game.hosts) {
        for (const stay of host.stays) checkStay(game, stay)
        for (const [report] of host.reports.values()) seen[report!.outcome] += 1
        seen.holes += host.holes
        seen.delivered += host.stays.reduce((sum, stay) => sum + stay.delivered.length, 0)
      }
    }),
    { numRuns: 2_000 },
  )
  // The stories are worth nothing if they never get into trouble.
  expect(Object.entries(seen).filter(([, count]) => count < 1_000)).toEqual([])
}, 60_000)

test('where Redis loses writes or trims, the rest still comes once and in order', () => {
  fc.assert(
    fc.property(stories([...gentleSteps, ...lossySteps]), story => {
      const game = play(story)
      checkReports(game, true)
      for (const host of game.hosts) for (const stay of host.stays) checkLossyStay(game, stay)
    }),
    { numRuns: 1_000 },
  )
}, 60_000)
