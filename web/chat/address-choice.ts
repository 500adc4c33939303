/** Which instance is tried next. */

export class AddressChoice {
  readonly #addresses: readonly string[]
  #next: number

  /** The first one is any of them, so that people spread over the instances. */
  constructor(addresses: readonly string[], random: () => number) {
    if (addresses.length === 0) throw new Error('expected at least one address, found none')
    this.#addresses = addresses
    this.#next = Math.floor(random() * addresses.length)
  }

  /** Another one each time, where there is another: who asks again has lost the one before, or never reached it. */
  next(): string {
    const address = this.#addresses[this.#next % this.#addresses.length]!
    this.#next += 1
    return address
  }
}
