/**
 * Which instance each client calls its own. At the start the plan says so; when instances are added or removed, homes are given out anew, as
 * evenly as before. By the seed alone, so that workers who hold different clients agree without a word.
 */

import { createRandom } from '../plan/random.ts'

export interface HomeChange {
  /** Clients whose instance is gone. */
  readonly rehoused: readonly number[]
  /** Clients who move to a new one from an instance that stays, in this order. */
  readonly moving: readonly number[]
}

export class Homes {
  readonly #seed: number
  /** Index: number of the client. */
  readonly #homes: number[]
  #instances: readonly number[]
  #changes = 0

  /** `first`: the clients' instances by the plan; `instances`: those that there are. */
  constructor(seed: number, first: readonly number[], instances: readonly number[]) {
    this.#seed = seed
    this.#homes = [...first]
    this.#instances = instances
  }

  of(client: number): number {
    return this.#homes[client]!
  }

  /** Those whose instance is gone get another one; to each new one as many move as it takes for a fair share, and no more. */
  change(instances: readonly number[]): HomeChange {
    const added = instances.filter(instance => !this.#instances.includes(instance))
    this.#instances = instances
    const inTurn = this.#shuffled()
    return { rehoused: this.#rehouse(inTurn), moving: added.flatMap(instance => this.#fill(instance, inTurn)) }
  }

  /** Each homeless client goes to the instance with the fewest. */
  #rehouse(inTurn: readonly number[]): number[] {
    const homeless = inTurn.filter(client => !this.#instances.includes(this.#homes[client]!))
    if (this.#instances.length === 0) return []
    const sizes = this.#sizes()
    for (const client of homeless) this.#move(client, emptiest(sizes), sizes)
    return homeless
  }

  /** Clients of instances that have more than a fair share move to the new one until it has its own. */
  #fill(instance: number, inTurn: readonly number[]): number[] {
    const sizes = this.#sizes()
    const share = Math.floor(this.#homes.length / this.#instances.length)
    const moved: number[] = []
    for (const client of inTurn) {
      if (sizes.get(instance)! >= share) break
      if (sizes.get(this.#homes[client]!)! <= share) continue
      this.#move(client, instance, sizes)
      moved.push(client)
    }
    return moved
  }

  #move(client: number, instance: number, sizes: Map<number, number>): void {
    const from = this.#homes[client]!
    if (sizes.has(from)) sizes.set(from, sizes.get(from)! - 1)
    sizes.set(instance, sizes.get(instance)! + 1)
    this.#homes[client] = instance
  }

  /** Clients at each instance that there is. */
  #sizes(): Map<number, number> {
    const sizes = new Map(this.#instances.map(instance => [instance, 0]))
    for (const home of this.#homes) if (sizes.has(home)) sizes.set(home, sizes.get(home)! + 1)
    return sizes
  }

  /** Shuffled, since neighbours share their rooms: the movers come from all rooms alike. */
  #shuffled(): number[] {
    const clients = [...this.#homes.keys()]
    createRandom(this.#seed, `homes ${this.#changes++}`).shuffle(clients)
    return clients
  }
}

/** The first of those with the fewest. */
function emptiest(sizes: ReadonlyMap<number, number>): number {
  let least: readonly [number, number] | null = null
  for (const entry of sizes) if (least === null || entry[1] < least[1]) least = entry
  return least![0]
}
