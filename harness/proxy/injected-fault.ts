/** A fault that is on a proxy: what it has done so far, and its undo. */

import {
  type DirectionFault,
  delaysBytes,
  drawShare,
  type LaneFault,
  type LinkFault,
  type Passage,
  type Random,
} from './link-fault.ts'
import type { ConnectionFault, ProxiedConnection } from './proxied-connection.ts'

export class InjectedFault {
  readonly fault: LinkFault
  readonly #random: Random
  readonly #onConnections: ConnectionFault
  readonly #connections = new Set<ProxiedConnection>()
  readonly #onHealed: (fault: InjectedFault) => void
  #isHealed = false
  #connectionsAffected = 0
  #bytesHeldBack = 0
  #endsHeldBack = 0

  constructor(fault: LinkFault, random: Random, onHealed: (fault: InjectedFault) => void) {
    this.fault = fault
    this.#random = random
    this.#onHealed = onHealed
    const lane = (direction: DirectionFault = {}): LaneFault => {
      return { direction, random, onHeld: passage => this.#count(direction, passage) }
    }
    this.#onConnections = { toTarget: lane(fault.toTarget), fromTarget: lane(fault.fromTarget) }
  }

  /** Connections that it has been on, those that have closed since too. */
  get connectionsAffected(): number {
    return this.#connectionsAffected
  }

  /**
   * Bytes that had to wait since, in the directions of the fault. A black hole takes in a little of what is sent and leaves the rest in the
   * sender's buffers, so there it is a part.
   */
  get bytesHeldBack(): number {
    return this.#bytesHeldBack
  }

  /** Ends of streams (FIN) that had to wait since, in the directions of the fault. */
  get endsHeldBack(): number {
    return this.#endsHeldBack
  }

  get isHealed(): boolean {
    return this.#isHealed
  }

  /** Takes this fault back, and no other; what only it held back flows on. May be called again. */
  heal(): void {
    if (this.#isHealed) return
    this.#isHealed = true
    for (const connection of this.#connections) connection.remove(this.#onConnections)
    this.#connections.clear()
    this.#onHealed(this)
  }

  /** For the proxy: those that are open when it is injected. */
  drawOpen(connections: Iterable<ProxiedConnection>): void {
    for (const connection of drawShare(connections, this.fault.share ?? 1, this.#random)) this.#affect(connection)
  }

  /** For the proxy: one that has come since. */
  drawNew(connection: ProxiedConnection): void {
    const { share = 1, isForOpenOnly = false } = this.fault
    if (!isForOpenOnly && (share === 1 || this.#random() < share)) this.#affect(connection)
  }

  /** For the proxy: one that is over. */
  forget(connection: ProxiedConnection): void {
    this.#connections.delete(connection)
  }

  #count(direction: DirectionFault, passage: Passage): void {
    const delays = delaysBytes(direction)
    if (delays && typeof passage !== 'string') this.#bytesHeldBack += passage.length
    if (passage === 'end' && (delays || direction.closeDelayMs)) this.#endsHeldBack++
  }

  #affect(connection: ProxiedConnection): void {
    this.#connections.add(connection)
    this.#connectionsAffected++
    connection.add(this.#onConnections)
  }
}
