/**
 * Test support: a world of one room, some instances and some clients, in which stories happen; see `test-contract-steps.ts`. In the end
 * everything comes to rest, and everybody has to have what the contract owes them.
 */

import { vi } from 'vitest'
import { ContractClient, demandSendersInOrder, ROOM } from './client.ts'
import { ContractCluster, HEARTBEAT_MS, IN_FLIGHT_MAX } from './cluster.ts'
import { LogServer } from './log-server.ts'
import { demand } from './model.ts'

export const INSTANCES = 2
export const CLIENTS = 3
/** A room that is behind at a heartbeat is given this time to hear by itself. */
export const BEHIND_MS = 250
/** Turns of the event loop without anything on its way, after which nothing is to come. */
const QUIET_TURNS = 5
/** Far more than any story leaves behind. */
const PICKS_MAX = 5000

const realSetImmediate = setImmediate

/** Lets everything go on that waits for nothing but promises. */
function idle(): Promise<void> {
  return new Promise(resolve => realSetImmediate(resolve))
}

export interface WorldOptions {
  readonly lengthMax: number
  readonly pageEntriesMax: number
  readonly tellsRun: boolean
  readonly areHintsBare: boolean
}

export class World {
  readonly server: LogServer
  readonly cluster: ContractCluster
  readonly clients: readonly ContractClient[]
  #foreigners = 0

  constructor(options: WorldOptions) {
    this.server = new LogServer({ ...options, memory: IN_FLIGHT_MAX })
    this.cluster = new ContractCluster(this.server, { ...options, instanceCount: INSTANCES })
    this.clients = Array.from({ length: CLIENTS }, (_, index) => new ContractClient(`c${index}`, this.cluster))
  }

  /** People whom no model watches say something, by way of an instance that has no members. */
  sayFromElsewhere(count: number): void {
    for (let index = 0; index < count; index++) {
      this.#foreigners++
      const sender = `f${this.#foreigners}`
      const publication = { room: ROOM, user: 'foreigner', sender, generation: 1, n: 1, text: sender, known: null }
      this.cluster.publish(this.cluster.tellsRun ? this.server.run : '', publication)
    }
  }

  async run(step: () => unknown): Promise<void> {
    step()
    await idle()
    this.cluster.demandNoFailure()
  }

  /** Everything on its way arrives, in the order in which it was sent. */
  async arrive(): Promise<void> {
    const { pending } = this.cluster
    for (let [picks, quietTurns] = [0, 0]; quietTurns < QUIET_TURNS; ) {
      if (picks > PICKS_MAX) throw new Error('never comes to rest')
      if (pending.length > 0) {
        picks++
        quietTurns = 0
        await this.run(() => this.cluster.pick(0))
      } else {
        quietTurns++
        await idle()
      }
    }
  }

  /** All is well from now on: two heartbeats later, or at once where nothing was lost, everybody has everything. */
  async rest(): Promise<void> {
    await this.arrive()
    if (this.cluster.links.some(({ isUsable }) => !isUsable)) throw new Error('a link has not come back')
    for (const client of this.clients) client.demandUpToDate()
    // In small steps, since whoever waits and tries again begins to wait anew.
    for (let ms = 0; ms <= 2 * HEARTBEAT_MS; ms += BEHIND_MS) {
      await this.run(() => vi.advanceTimersByTime(BEHIND_MS))
      await this.arrive()
    }
    for (const client of this.clients) client.demandAtRest()
    this.#demandLogsInOrder()
    demand(this.server.doubled.length === 0, () => `one place for two messages: ${this.server.doubled}`)
  }

  close(): void {
    this.cluster.close()
    vi.clearAllTimers()
  }

  /** Every log that ever was. Those that only grew are in the later one. */
  #demandLogsInOrder(): void {
    const moments = this.server.moments(ROOM)
    for (const [index, { records }] of moments.entries()) {
      if ((moments[index + 1]?.records.length ?? 0) < records.length) demandSendersInOrder(records)
    }
  }
}
