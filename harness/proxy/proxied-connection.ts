/** A client's connection and the one to the target that continues it, with what is wrong with them. */

import type { Socket } from 'node:net'
import { Lane, resetSocket } from './lane.ts'
import type { LaneFault } from './link-fault.ts'

/** One fault in both directions. */
export interface ConnectionFault {
  readonly toTarget: LaneFault
  readonly fromTarget: LaneFault
}

const HOLE: LaneFault = { direction: { isBlackHole: true }, random: () => 0, onHeld: () => {} }
const FREEZE: ConnectionFault = { toTarget: HOLE, fromTarget: HOLE }

export class ProxiedConnection {
  readonly #client: Socket
  readonly #target: Socket
  readonly #toTarget: Lane
  readonly #fromTarget: Lane
  readonly #faults = new Set<ConnectionFault>()
  readonly #givenUpBy = new Set<Socket>()
  /** Where the client's side comes from. */
  readonly clientPort: number

  /** `onClosed` is called once, when both sides have closed. */
  constructor(client: Socket, target: Socket, onClosed: () => void) {
    this.#client = client
    this.#target = target
    this.clientPort = client.remotePort ?? 0
    this.#toTarget = new Lane(client, target)
    this.#fromTarget = new Lane(target, client)
    let open = 2
    for (const socket of [client, target]) {
      for (const event of ['end', 'error']) socket.once(event, () => this.#giveUp(socket))
      socket.once('close', () => {
        open--
        if (open === 0) onClosed()
      })
    }
  }

  get isFrozen(): boolean {
    return this.#faults.has(FREEZE)
  }

  add(fault: ConnectionFault): void {
    this.#faults.add(fault)
    this.#apply()
  }

  /** Nothing happens where the connection does not have it. */
  remove(fault: ConnectionFault): void {
    if (this.#faults.delete(fault)) this.#apply()
  }

  /** Half-open for good. */
  freeze(): void {
    this.add(FREEZE)
    this.#endWhereGivenUp()
  }

  /** RST on both sides. */
  reset(): void {
    resetSocket(this.#client)
    resetSocket(this.#target)
  }

  #apply(): void {
    const faults = [...this.#faults]
    this.#toTarget.set(faults.map(({ toTarget }) => toTarget))
    this.#fromTarget.set(faults.map(({ fromTarget }) => fromTarget))
  }

  #giveUp(side: Socket): void {
    this.#givenUpBy.add(side)
    this.#endWhereGivenUp()
  }

  /** A frozen connection that both sides have given up has nobody left to deceive, and costs two descriptors. */
  #endWhereGivenUp(): void {
    if (this.isFrozen && this.#givenUpBy.size === 2) this.reset()
  }
}
