/** Test support: chances of one seed. Streams are apart, so that one more message does not change what the clients do. */

import { createRandom, type Random } from '../plan/random.ts'

export class Dice {
  readonly #random: Random

  constructor(seed: number, stream: string) {
    this.#random = createRandom(seed, stream)
  }

  /** `share` from 0 to 1. */
  chance(share: number): boolean {
    return this.#random.uniform() < share
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.#random.int(most - least + 1)
  }

  /** Throws where there is nothing to choose from. */
  pick<Element>(elements: readonly Element[]): Element {
    if (elements.length === 0) throw new Error('nothing to choose from')
    return elements[this.#random.int(elements.length)]!
  }

  shuffled<Element>(elements: readonly Element[]): Element[] {
    const copy = [...elements]
    this.#random.shuffle(copy)
    return copy
  }
}
