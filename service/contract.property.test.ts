/**
 * Whatever happens, each member's stream, each answer to a send and the log keep the delivery contract, as `test-contract-model.ts` reads
 * it. CONTRACT_CASES says how many stories are told of each kind; 10,000 take about half a minute.
 *
 * A failure prints its seed, path and replayPath; `fc.assert(…, { seed, path })` and `fc.commands(…, { replayPath })` tell that story again.
 *
 * Not handled: servers that do not tell their run and lose writes, the expiry of rooms and sessions, and Redis' own eviction.
 */

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CONTRACT_CASES } from './test-contract/cases.ts'
import type { ContractClient } from './test-contract/client.ts'
import { EVERYDAY, FAULTS, LOSSES, type Step } from './test-contract/steps.ts'
import { World, type WorldOptions } from './test-contract/world.ts'

const STEPS_MAX = 100
/** Some ten times what a quiet machine takes. */
const MS_MAX = 10_000 + 15 * CONTRACT_CASES
/** What happens less often than once in so many stories shows nothing. */
const SEEN_ONCE_IN = 500

const mostly = (is: boolean) => fc.constantFrom(is, is, is, !is)
const options: fc.Arbitrary<WorldOptions> = fc.record({
  lengthMax: fc.constantFrom(100, 100, 6, 3),
  pageEntriesMax: fc.constantFrom(100, 2),
  areHintsBare: mostly(false),
  tellsRun: mostly(true),
})
/** Without the run, a loss is found only by who knows of what was lost, and a place may be given twice. */
const tellingOptions = options.map(chosen => ({ ...chosen, tellsRun: true }))

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] })
})
afterAll(() => void vi.useRealTimers())

/** Tells stories of these steps. Answers how often what happened. */
async function tell(
  steps: readonly fc.WeightedArbitrary<Step>[],
  worlds: fc.Arbitrary<WorldOptions> = options,
): Promise<Record<string, number>> {
  const seen: Record<string, number> = {}
  const count = (counts: Readonly<Record<string, number>>) => {
    for (const [what, times] of Object.entries(counts)) seen[what] = (seen[what] ?? 0) + times
  }
  const stories = fc.commands([fc.oneof(...steps)], { maxCommands: STEPS_MAX, size: 'max' })
  const isKept = fc.asyncProperty(worlds, stories, async (chosen, story) => {
    const world = new World(chosen)
    try {
      await world.arrive()
      await fc.asyncModelRun(() => ({ model: world, real: world }), story)
      await world.rest()
    } finally {
      world.close()
    }
    for (const client of world.clients) {
      count(client.answers)
      for (const stream of client.streams) count(stream.seen)
    }
  })
  await fc.assert(isKept, { numRuns: CONTRACT_CASES })
  return seen
}

function rare(seen: Record<string, number>): string[] {
  return Object.keys(seen).filter(what => seen[what]! < Math.floor(CONTRACT_CASES / SEEN_ONCE_IN))
}

describe('the delivery contract', () => {
  it(
    'is kept in everyday life, whatever happens first',
    async () => {
      const { unconfirmed, ...seen } = await tell(EVERYDAY)
      expect([unconfirmed, rare(seen)]).toEqual([0, []])
    },
    MS_MAX,
  )

  it(
    'is kept while hints, scripts, links and instances are lost',
    async () => {
      const seen = await tell([...EVERYDAY, ...FAULTS])
      expect(rare(seen)).toEqual([])
    },
    MS_MAX,
  )

  it(
    'is kept while Redis forgets',
    async () => {
      const seen = await tell([...EVERYDAY, ...FAULTS, ...LOSSES], tellingOptions)
      expect(rare(seen)).toEqual([])
    },
    MS_MAX,
  )
})

/** Rare in random stories, so they are told one by one. */
describe('stories that broke the contract', () => {
  const ordinary = { lengthMax: 100, pageEntriesMax: 100, areHintsBare: false, tellsRun: true }

  async function inWorld(chosen: WorldOptions, story: (world: World) => Promise<void>): Promise<void> {
    const world = new World(chosen)
    try {
      await world.arrive()
      await story(world)
      await world.rest()
    } finally {
      world.close()
    }
  }

  it('leave while the join is being read, and the read fails: nothing more is said, and the socket stays', async () => {
    await inWorld(ordinary, async world => {
      const [first, second] = world.clients as [ContractClient, ContractClient]
      first.join(0, { at: 'now' })
      await world.arrive()
      await world.run(() => second.join(0, { at: 'beginning' }))
      await world.run(() => second.leave())
      await world.run(() => world.cluster.instances[0]!.links.commands.lose())
      expect(second.socket).not.toBeNull()
    })
  })

  it('a member has read to just where the log is trimmed, and what it read last is lost: a gap', async () => {
    await inWorld({ ...ordinary, lengthMax: 3 }, async world => {
      const [first, second] = world.clients as [ContractClient, ContractClient]
      first.join(0, { at: 'now' })
      await world.arrive()
      world.sayFromElsewhere(2)
      world.cluster.loseHints(0)
      // Its room has heard of neither message.
      second.join(0, { at: 'beginning' })
      await world.arrive()
      expect(second.stream!.position!.seq).toBe(2)
      world.cluster.restartRedis(1)
      world.sayFromElsewhere(4)
      await world.arrive()
      expect(second.stream!.seen).toMatchObject({ gaps: 1, messages: 5 })
    })
  })

  it('what a member has read ahead is lost, and the log is trimmed up to just there only later: a gap', async () => {
    await inWorld({ ...ordinary, lengthMax: 6 }, async world => {
      const [first, second] = world.clients as [ContractClient, ContractClient]
      first.join(0, { at: 'now' })
      await world.arrive()
      world.sayFromElsewhere(3)
      world.cluster.loseHints(0)
      second.join(0, { at: 'beginning' })
      await world.arrive()
      world.cluster.restartRedis(3)
      // The room goes on in a new epoch, in which nothing has been said.
      await world.arrive()
      world.sayFromElsewhere(9)
      world.cluster.loseHints(0)
      await world.rest()
      expect(second.stream!.seen).toMatchObject({ messages: 3 + 6 })
    })
  })

  it('a room is being opened while its channel is lost and subscribed again: it is looked at before the instance is ready', async () => {
    await inWorld(ordinary, async world => {
      const { cluster } = world
      const [client] = world.clients as [ContractClient]
      await world.run(() => client.join(0, { at: 'now' }))
      // The subscription and its answer, then the script that tells the top.
      for (let picks = 0; picks < 3; picks++) await world.run(() => cluster.pick(0))
      const [answer] = cluster.pending.splice(cluster.indexes('answer')[0]!, 1)
      cluster.instances[0]!.links.subscriber.lose()
      world.sayFromElsewhere(1)
      await world.arrive()
      cluster.wait(answer!)
      await world.rest()
      expect(client.stream!.position!.seq).toBe(1)
    })
  })

  it('what is lost lies beyond the next page of the room, and two epochs follow: the gap ends in the first of them', async () => {
    await inWorld({ ...ordinary, pageEntriesMax: 2 }, async world => {
      const [first, second] = world.clients as [ContractClient, ContractClient]
      first.join(0, { at: 'now' })
      second.join(1, { at: 'now' })
      await world.arrive()
      world.sayFromElsewhere(5)
      world.cluster.loseHints(0)
      await world.arrive()
      second.hangUp()
      second.join(0, { at: 'position', back: 1 })
      await world.arrive()
      expect([first.stream!.position!.seq, second.stream!.position!.seq]).toEqual([0, 5])
      world.cluster.restartRedis(1)
      world.sayFromElsewhere(1)
      world.cluster.restartRedis(0)
      world.sayFromElsewhere(1)
      await world.rest()
      expect([first.stream!.seen.gaps, second.stream!.seen.gaps]).toEqual([0, 1])
    })
  })
})
