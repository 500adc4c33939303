/** Test support: what can happen in a `World`, as commands from which fast-check makes stories. */

import fc from 'fast-check'
import { vi } from 'vitest'
import { type Beginning, ROOM, type Saying } from './client.ts'
import { HEARTBEAT_MS } from './cluster.ts'
import { BEHIND_MS, CLIENTS, INSTANCES, type World } from './world.ts'

export type Step = fc.AsyncCommand<World, World>

class NamedStep implements Step {
  readonly #name: string
  readonly #step: (world: World) => unknown
  readonly #mayRun: (world: World) => boolean

  constructor(name: string, step: (world: World) => unknown, mayRun: (world: World) => boolean = () => true) {
    this.#name = name
    this.#step = step
    this.#mayRun = mayRun
  }

  check(world: World): boolean {
    return this.#mayRun(world)
  }

  run(_model: World, world: World): Promise<void> {
    return world.run(() => this.#step(world))
  }

  toString(): string {
    return this.#name
  }
}

/** Runs as often as there is something to let happen, so that a short story gets far. */
class Arrival implements Step {
  check({ cluster }: World): boolean {
    return cluster.pending.length > 0
  }

  run(_model: World, world: World): Promise<void> {
    return world.arrive()
  }

  toString(): string {
    return 'all arrives'
  }
}

const client = fc.nat(CLIENTS - 1)
const instance = fc.nat(INSTANCES - 1)
const pick = fc.nat(9)

const beginning: fc.Arbitrary<Beginning> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ at: fc.constant('position' as const), back: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ at: fc.constantFrom('now' as const, 'beginning' as const) }) },
  { weight: 1, arbitrary: fc.record({ at: fc.constant('history' as const), count: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ at: fc.constantFrom('above' as const, 'elsewhere' as const) }) },
)

function beginningInShort(beginning: Beginning): string {
  if (beginning.at === 'position') return `from ${beginning.back} back`
  return beginning.at === 'history' ? `with the last ${beginning.count}` : `from ${beginning.at}`
}

const joins = fc.tuple(client, instance, beginning).map(
  ([who, where, from]) =>
    new NamedStep(
      `c${who} joins at i${where} ${beginningInShort(from)}`,
      world => world.clients[who]!.join(where, from),
      world => world.clients[who]!.mayJoin,
    ),
)

const says = fc
  .tuple(
    client,
    fc.oneof(
      { weight: 5, arbitrary: fc.constant<Saying>('next') },
      {
        weight: 4,
        arbitrary: fc.constantFrom<Saying>('again', 'again', 'ahead', 'new generation', 'old generation'),
      },
    ),
  )
  .map(
    ([who, saying]) =>
      new NamedStep(
        `c${who} says ${saying}`,
        world => world.clients[who]!.say(saying),
        world => world.clients[who]!.stream?.isJoined === true && world.clients[who]!.socket !== null,
      ),
  )

const isIn = (who: number) => (world: World) => world.clients[who]!.socket !== null && !world.clients[who]!.mayJoin

/** Everyday life, without any fault. */
export const EVERYDAY: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 10, arbitrary: joins },
  { weight: 6, arbitrary: says },
  {
    weight: 12,
    arbitrary: fc.integer({ min: 1, max: 4 }).map(
      count =>
        new NamedStep(`${count} foreigners speak`, world => {
          world.sayFromElsewhere(count)
        }),
    ),
  },
  {
    weight: 30,
    arbitrary: pick.map(
      index =>
        new NamedStep(
          `event ${index} happens`,
          ({ cluster }) => cluster.pick(index),
          ({ cluster }) => cluster.pending.length > 0,
        ),
    ),
  },
  { weight: 8, arbitrary: fc.constant(new Arrival()) },
  {
    weight: 2,
    arbitrary: client.map(who => new NamedStep(`c${who} leaves`, world => world.clients[who]!.leave(), isIn(who))),
  },
  {
    weight: 2,
    arbitrary: client.map(who => new NamedStep(`c${who} hangs up`, world => world.clients[who]!.hangUp(), isIn(who))),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(client, fc.boolean()).map(
      ([who, isSlow]) =>
        new NamedStep(
          `c${who} reads ${isSlow ? 'slowly' : 'fast'}`,
          world => {
            world.clients[who]!.socket!.isSlow = isSlow
          },
          isIn(who),
        ),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(BEHIND_MS, HEARTBEAT_MS)
      .map(ms => new NamedStep(`${ms} ms pass`, () => vi.advanceTimersByTime(ms))),
  },
]

/** Hints, links, scripts and instances fail; Redis keeps what it has. */
export const FAULTS: readonly fc.WeightedArbitrary<Step>[] = [
  {
    // Single steps seldom come together so that a member is ahead of its room.
    weight: 2,
    arbitrary: fc.tuple(client, instance, beginning, fc.integer({ min: 1, max: 4 })).map(
      ([who, where, from, count]) =>
        new NamedStep(
          `${count} foreigners speak unheard by i${where}, and c${who} joins at i${where} ${beginningInShort(from)}`,
          world => {
            world.sayFromElsewhere(count)
            world.cluster.loseHints(where)
            world.clients[who]!.join(where, from)
          },
          world => world.clients[who]!.mayJoin,
        ),
    ),
  },
  {
    weight: 2,
    arbitrary: instance.map(
      where =>
        new NamedStep(
          `all hints to i${where} are lost`,
          ({ cluster }) => cluster.loseHints(where),
          ({ cluster }) => cluster.indexes('hint').length > 0,
        ),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(pick, fc.boolean()).map(
      ([index, isLost]) =>
        new NamedStep(
          `hint ${index} ${isLost ? 'is lost' : 'comes early'}`,
          ({ cluster }) => {
            const hints = cluster.indexes('hint')
            const chosen = hints[index % hints.length]!
            if (!isLost) cluster.pending[chosen]!.happen()
            else cluster.loseHint(chosen)
          },
          ({ cluster }) => cluster.indexes('hint').length > 0,
        ),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(instance, fc.constantFrom('commands' as const, 'subscriber' as const), fc.boolean()).map(
      ([where, which, isRun]) =>
        new NamedStep(
          `i${where} loses its ${which}, and what was on its way ${isRun ? 'runs' : 'is gone'}`,
          ({ cluster }) => {
            const link = cluster.instances[where]!.links[which]
            if (!isRun) link.connection!.isDead = true
            link.lose()
          },
          ({ cluster }) => cluster.instances[where]!.links[which].connection !== null,
        ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(instance, fc.constantFrom('commands' as const, 'subscriber' as const))
      .map(
        ([where, which]) =>
          new NamedStep(`the oldest of i${where}'s ${which} times out`, ({ cluster }) =>
            cluster.instances[where]!.links[which].timeOut(),
          ),
      ),
  },
  {
    weight: 2,
    arbitrary: pick.map(
      index =>
        new NamedStep(
          `script ${index} runs twice`,
          ({ cluster }) => {
            const scripts = cluster.indexes('command')
            cluster.runTwice(scripts[index % scripts.length]!)
          },
          ({ cluster }) => cluster.indexes('command').length > 0,
        ),
    ),
  },
  {
    weight: 1,
    arbitrary: instance.map(where => new NamedStep(`i${where} is killed`, ({ cluster }) => cluster.replace(where))),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      new NamedStep('Redis starts again with everything', ({ cluster }) => cluster.restartRedis(0)),
    ),
  },
]

/** Redis forgets. */
export const LOSSES: readonly fc.WeightedArbitrary<Step>[] = [
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 1, max: 4 })
      .map(
        count =>
          new NamedStep(`Redis starts again without the last ${count} writes`, ({ cluster }) =>
            cluster.restartRedis(count),
          ),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      new NamedStep('Redis starts again empty', ({ cluster }) => cluster.restartRedis(Number.POSITIVE_INFINITY)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 1, max: 3 })
      .map(count => new NamedStep(`the oldest ${count} are trimmed`, ({ server }) => server.trim(ROOM, count))),
  },
]
