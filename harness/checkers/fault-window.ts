/**
 * When a fault is over: one rule for the phases, for recovery, and for what may be excused by a fault.
 */

import type { FaultRecord } from '../ledger/ledger.ts'
import type { PlannedFault } from '../plan/plan.ts'

/**
 * End of the window that begins with the fault's firing, on the run's clock; null where it lasts to the end of the run.
 *
 * A fault that is to be healed ends when healing is evident, so one whose healing failed never ends. A fault that is planned to stay down
 * ends with its observed effect, since nothing will come after it: with the death of a killed instance, or with the exit of a stopped one,
 * which drains until then. Recovery goes on from there. `planned` undefined: it was to be healed.
 */
export function faultEndAtMs(planned: PlannedFault | undefined, fault: FaultRecord): number | null {
  if (planned?.restart ?? true) return fault.healedAtMs
  if (fault.firedAtMs === null || fault.effectAtMs === null) return null
  if (fault.kind !== 'stop-instance') return fault.effectAtMs
  return fault.exit === null ? null : fault.firedAtMs + fault.exit.afterMs
}
