/** A server that can be measured: how it is started, and how it is spoken to. */

import type { Need } from '../rig/needs.ts'
import type { Rig } from '../rig/rig.ts'
import type { Wire } from '../rig/wire-client.ts'

export interface RunningPeer {
  readonly port: number
  /** The processes whose CPU time and memory count. */
  readonly pids: readonly number[]
  /** Where it tells its metrics, if it does. */
  readonly metricsPort?: number
}

export interface PeerOptions {
  readonly rig: Rig
  readonly core: number
  /** Different for each of several instances. */
  readonly instance: string
  readonly redisUrl: string
}

export interface Peer {
  readonly name: string
  readonly needs: readonly Need[]
  readonly wire: Wire
  start(options: PeerOptions): Promise<RunningPeer>
}
