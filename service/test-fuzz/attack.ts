/** Test support: what the parts of one attacker share. */

import type { Limits } from '../protocol.ts'
import type { TestInstance } from '../test-cluster.ts'
import type { AttackedRooms } from './attacked-rooms.ts'
import type { Visitor } from './connection-oracle.ts'
import type { Random } from './random.ts'

/** Counts by name. */
export class Counts {
  readonly #counts = new Map<string, number>()

  add(name: string | number, count = 1): void {
    this.#counts.set(String(name), this.of(name) + count)
  }

  of(name: string | number): number {
    return this.#counts.get(String(name)) ?? 0
  }

  get sum(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  addAll(other: Counts): void {
    for (const [name, count] of other.#counts) this.add(name, count)
  }

  toObject(): Record<string, number> {
    return Object.fromEntries([...this.#counts].toSorted())
  }
}

export interface Attack {
  readonly instance: TestInstance
  readonly limits: Limits
  readonly random: Random
  /** One of several at a time. */
  readonly lane: number
  readonly rooms: AttackedRooms
  readonly guests: readonly string[]
  /** Whom each good token speaks for. */
  readonly visitors: Map<string, Visitor>
  /** What was sent, by kind. */
  readonly inputs: Counts
  /** What was answered: "error bad-field", "415 bad-media-type". */
  readonly answers: Counts
  /** Closes by the service, by code. */
  readonly closes: Counts
  /** What is being done, for whoever has to find out why it failed. */
  doing: string[]
}

/** Some good ones, or all the bad ones. */
export function tokensFor({ random, visitors }: Attack, bad: readonly string[]): readonly string[] {
  return random.chance(0.4) ? [...visitors.keys()].slice(-4) : bad
}
