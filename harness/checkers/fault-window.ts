/**
 * When a fault is over, and whom it hits: one rule for the phases, for recovery, and for what may be excused by a fault.
 */

import type { FaultRecord, Ledger } from '../ledger/ledger.ts'
import type { Plan, PlannedFault } from '../plan/plan.ts'
import { DRAINING_KINDS } from '../scenario/downtime.ts'
import { faultKind } from '../scenario/fault-kinds.ts'

/**
 * End of the window that begins with the fault's firing, on the run's clock; null where it lasts to the end of the run.
 *
 * A fault that is to be healed ends when healing is evident, so one whose healing failed never ends. A fault that is planned to stay down
 * ends with its observed effect, since nothing will come after it: with the death of a killed instance, or with the exit of a stopped one,
 * which drains until then. Recovery goes on from there. `planned` undefined: it was to be healed.
 */
export function faultEndAtMs(planned: PlannedFault | undefined, fault: FaultRecord): number | null {
  if (planned?.heals ?? true) return fault.healedAtMs
  if (fault.firedAtMs === null || fault.effectAtMs === null) return null
  if (!DRAINING_KINDS.includes(fault.kind)) return fault.effectAtMs
  return fault.exit === null ? null : fault.firedAtMs + fault.exit.afterMs
}

/** When everybody knows that it is over: later than its end where a fault leaves connections dead without a word. */
export function foundOutAtMs(planned: PlannedFault | undefined, fault: FaultRecord): number | null {
  const endAtMs = faultEndAtMs(planned, fault)
  return endAtMs === null ? null : endAtMs + (faultKind(fault.kind).foundOutMsMax ?? 0)
}

/**
 * From when on no fault excuses anything, on the run's clock: when the last one was over. A fault without a seen effect excuses nothing, and
 * one whose healing failed nothing that was sent after the load. Without faults, what the ledger says.
 */
export function excusedUntilMs({ faults: planned, loadMs }: Plan, { faults, healedAtMs }: Ledger): number {
  if (faults.length === 0) return healedAtMs ?? 0
  const ends = faults.map((fault, index) => {
    if (fault.firedAtMs === null || fault.effectAtMs === null) return 0
    return faultEndAtMs(planned[index], fault) ?? loadMs
  })
  return Math.max(...ends)
}

/**
 * Whether a connection to that instance may be hit by the fault: its target is the name of an instance, or something else, such as "redis",
 * that may hit everybody.
 */
export function mayHit({ instances }: Pick<Plan, 'instances'>, target: string, instance: number): boolean {
  const hit = instances.indexOf(target)
  return hit === -1 || hit === instance
}
