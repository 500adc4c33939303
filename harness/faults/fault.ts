/**
 * What a fault is. Each kind is one file, named like the fault, with one {@link Fault}; `catalogue.ts` lists them.
 */

import type { Cluster, CpuStress, Lifecycle, Links, RedisControl, Signals } from '../cluster/cluster.ts'
import type { PlannedFault } from '../plan/plan.ts'
import type { FaultName } from '../scenario/fault-kinds.ts'
import type { Visitors } from '../visitors/visitors.ts'
import type { Probes } from './probes.ts'

/** What a fault may touch. */
export interface FaultContext {
  readonly cluster: Lifecycle & Signals & Links & RedisControl & CpuStress & Pick<Cluster, 'instances'>
  /** How it is seen from outside. */
  readonly probes: Probes
  /** People beside the load. */
  readonly visitors: Visitors
  /** The run's clock: plan time in milliseconds. */
  readonly now: () => number
  /** Plan time of a `performance.now()`, in which the cluster tells its times. */
  readonly ofPerformance: (performanceMs: number) => number
  /** Resolves after that time, or at the abort. Zero and less resolve at once. */
  readonly pause: (ms: number, abort?: AbortSignal) => Promise<void>
  /** Uniform in [0, 1), from the run's seed, of this fault alone. */
  readonly random: () => number
}

export interface Evidence {
  /** When the effect was seen from outside. */
  readonly effectAtMs: number
  /** What was seen. A fault without evidence did not fire. */
  readonly evidence: string
  /** Of a fault that ended an instance. */
  readonly exit: { readonly code: number | null; readonly signal: string | null; readonly afterMs: number } | null
}

/** One fault that is about to happen. It holds what its healing needs. */
export interface Injection {
  /** Injects and waits for the effect. Throws {@link NotFired} where the effect was not seen. */
  inject(): Promise<Evidence>
  /**
   * Undoes it and resolves once healing is evident. Also called where injecting failed half-way, and early where the run ends early. Not
   * called for faults that are not to be healed.
   */
  heal(): Promise<void>
}

export interface Fault<Kind extends FaultName = FaultName> {
  readonly kind: Kind
  /** What undoes it, in words, for the journal, written before the injection. */
  undo(planned: PlannedFault<Kind>): string
  /** Does nothing yet. */
  prepare(planned: PlannedFault<Kind>, context: FaultContext): Injection
}

/** The planned effect was not seen in time. The message says what was waited for. */
export class NotFired extends Error {
  override readonly name = 'NotFired'
}
