/** Which address a client tries next, by itself alone: it knows the list, and where it is at home. */

import type { TargetAddress } from './target.ts'

/** A restarted instance may refuse somebody now and then; one that always does is not home. */
const HOME_TRIES_MAX = 3

export class AddressChoice<Address extends Pick<TargetAddress, 'instance'> = TargetAddress> {
  readonly #listed: () => readonly Address[]
  readonly #random: () => number
  /** Index of an instance. */
  #home: number
  /** Attempts left to reach home; after them any other will do. */
  #homeTries = 0
  /** Instances tried since one was of use, in this order. */
  #tried: number[] = []
  #current: Address
  #isFirst = true

  /** `listed`: the addresses that may be used, whenever it is asked; at least one at the start. */
  constructor(listed: () => readonly Address[], home: number, random: () => number) {
    this.#listed = listed
    this.#random = random
    this.#home = home
    this.#current = this.#homeAddress() ?? listed()[0]!
  }

  /** The address in use, or that was tried last. */
  get current(): Address {
    return this.#current
  }

  /** For {@link headHome}; it does not move by that. */
  setHome(instance: number): void {
    this.#home = instance
  }

  /** The next attempts go home. False where it is there, or home is not on the list. */
  headHome(): boolean {
    if (this.#current.instance === this.#home || this.#homeAddress() === undefined) return false
    this.#homeTries = HOME_TRIES_MAX
    return true
  }

  /** A balancer has chosen another instance than the one that was picked; where it came first is home. */
  landed(instance: number): void {
    if (this.#isFirst) this.#home = instance
    this.#isFirst = false
    this.#current = { ...this.#current, instance }
  }

  /** The address in use does its work: what was tried in vain before it says nothing any more. */
  proven(): void {
    this.#tried = [this.#current.instance]
  }

  /**
   * The address of the next attempt: home at first and while it heads there, else any that has not been tried in vain, else the one that was tried
   * longest ago. Where two of three instances go, chance alone would send some clients to those two again and again.
   */
  next(): Address {
    const home = this.#homeTries > 0 || this.#tried.length === 0 ? this.#homeAddress() : undefined
    this.#current = home ?? this.#another()
    this.#homeTries = Math.max(0, this.#homeTries - 1)
    const { instance } = this.#current
    this.#tried = [...this.#tried.filter(other => other !== instance), instance]
    return this.#current
  }

  #homeAddress(): Address | undefined {
    return this.#listed().find(({ instance }) => instance === this.#home)
  }

  /** Where there is no other, the same again; where there is none at all, too. */
  #another(): Address {
    const listed = this.#listed()
    const untried = listed.filter(({ instance }) => !this.#tried.includes(instance))
    if (untried.length > 0) return untried[Math.floor(this.#random() * untried.length)]!
    const longestAgo = this.#tried.find(tried => listed.some(({ instance }) => instance === tried))
    return listed.find(({ instance }) => instance === longestAgo) ?? this.#current
  }
}
