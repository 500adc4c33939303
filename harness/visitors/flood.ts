/** Many sockets at once that join nothing, and are held. */

import { CLOSE_CODES } from '../../service/protocol.ts'
import type { RunningParty } from './visitor-messages.ts'
import { handshakeOf, VisitorSocket } from './visitor-socket.ts'
import type { FloodBegun, FloodEnded, FloodOrder } from './visitors.ts'

/** At once on the way: more would only wait in the instance's backlog, which the kernel caps at some hundreds. */
const OPENING_MAX = 100

export class Flood implements RunningParty<'flood'> {
  readonly #party: number
  readonly #order: FloodOrder
  readonly #sockets: VisitorSocket[] = []
  readonly #refused: Record<string, number> = {}
  #failed = 0
  #firstFailure: string | null = null
  #isEnding = false
  #opening: Promise<void> = Promise.resolve()

  constructor(party: number, order: FloodOrder) {
    this.#party = party
    this.#order = order
  }

  async begin(): Promise<FloodBegun> {
    this.#opening = this.#openAll()
    await this.#opening
    const isIn = this.#sockets.length
    return { isIn, refused: this.#refused, failed: this.#failed, firstFailure: this.#firstFailure }
  }

  async end(): Promise<FloodEnded> {
    this.#isEnding = true
    await this.#opening
    const codes = await Promise.all(this.#sockets.map(socket => socket.close()))
    return { lost: codes.filter(code => code !== CLOSE_CODES.normal.code).length }
  }

  /** Each of the openers takes the next number that nobody has. */
  async #openAll(): Promise<void> {
    const deadlineMs = performance.now() + this.#order.msMax
    let next = 0
    const openOne = async (): Promise<void> => {
      const msLeft = deadlineMs - performance.now()
      if (this.#isEnding || msLeft <= 0) return this.#fail(`not tried within ${this.#order.msMax} ms`)
      const name = `visitor-${this.#party}-${next}`
      const arrival = await VisitorSocket.open(handshakeOf(this.#order, name), msLeft)
      if (arrival.is === 'in') this.#sockets.push(arrival.socket)
      else if (arrival.is === 'failed') this.#fail(arrival.why)
      else this.#refused[arrival.code] = (this.#refused[arrival.code] ?? 0) + 1
    }
    const openers = Array.from({ length: Math.min(OPENING_MAX, this.#order.connections) }, async () => {
      while (next++ < this.#order.connections) await openOne()
    })
    await Promise.all(openers)
  }

  #fail(why: string): void {
    this.#failed++
    this.#firstFailure ??= why
  }
}
