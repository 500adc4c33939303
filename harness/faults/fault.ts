/**
 * What a fault is. Each kind is one file, named like the fault, with one {@link Fault}; `catalogue.ts` lists them.
 */

import type { Lifecycle, Signals } from '../cluster/cluster.ts'
import type { PlannedFault } from '../plan/plan.ts'
import type { FaultName } from '../scenario/scenario.ts'

/** What a fault may touch. */
export interface FaultContext {
  readonly cluster: Lifecycle & Signals
  /** The run's clock: plan time in milliseconds. */
  readonly now: () => number
  /** Plan time of a `performance.now()`, in which the cluster tells its times. */
  readonly ofPerformance: (performanceMs: number) => number
  /** Resolves after that time, or at the abort. Zero and less resolve at once. */
  readonly pause: (ms: number, abort?: AbortSignal) => Promise<void>
}

export interface Injection {
  /** When the effect was seen from outside. */
  readonly effectAtMs: number
  /** What was seen. A fault without evidence did not fire. */
  readonly evidence: string
  readonly exit: { readonly code: number | null; readonly signal: string | null; readonly afterMs: number } | null
}

export interface Fault {
  readonly kind: FaultName
  /** What undoes it, for the journal, written before the injection. Null: nothing is to be undone. */
  undo(planned: PlannedFault): string | null
  /** Injects and waits for the effect. Throws {@link NotFired} where the effect was not seen. */
  inject(planned: PlannedFault, context: FaultContext): Promise<Injection>
  /** Undoes it and resolves once healing is evident; at the abort without waiting for what was planned in between. */
  heal(planned: PlannedFault, context: FaultContext, abort: AbortSignal): Promise<void>
}

/** The planned effect was not seen in time. The message says what was waited for. */
export class NotFired extends Error {
  override readonly name = 'NotFired'
}
