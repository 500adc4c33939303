/**
 * Which one-second slice of the load belongs to which phase.
 *
 * `fault`: the slice overlaps a fault, from firing to its end as {@link faultEndAtMs} has it (to the end of the load where it has none).
 * `recovery`: from there until steady again, or the next fault, or the end of the load. `steady`: every other. A slice is a whole second of
 * intended time, so one that a fault only touches belongs to the fault entirely. The warm-up (negative slices) and what is sent after the
 * load, the roll call, have no phase.
 */

import type { FaultRecord } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { Phase } from '../scenario/measures.ts'
import { faultEndAtMs } from './fault-window.ts'

export interface PhaseMap {
  /** Null outside of the load. */
  readonly phaseOf: (slice: number) => Phase | null
}

/** When the run was steady again after each fault, on the run's clock; null where it never was. Same order as the faults. */
export type SteadyTimes = readonly (number | null)[]

/** For examples of a run whose recovery could not be worked out: everything counts as steady. */
export function allSteady(loadMs: number): PhaseMap {
  return mapPhases({ faults: [], loadMs }, [], [])
}

/** `faults`: what became of the plan's, in their order. Throws where there is not one steady time for each. */
export function mapPhases(
  plan: Pick<Plan, 'faults' | 'loadMs'>,
  faults: readonly FaultRecord[],
  steadyAtMs: SteadyTimes,
): PhaseMap {
  if (faults.length !== steadyAtMs.length) {
    throw new Error(`${faults.length} faults, but ${steadyAtMs.length} times at which the run was steady again`)
  }
  const windows = faults.flatMap((fault, index) =>
    fault.firedAtMs === null
      ? []
      : [
          {
            firedAtMs: fault.firedAtMs,
            endAtMs: faultEndAtMs(plan.faults[index], fault) ?? Infinity,
            steadyAtMs: steadyAtMs[index] ?? Infinity,
          },
        ],
  )
  return {
    phaseOf: slice => {
      if (slice < 0 || slice * 1000 >= plan.loadMs) return null
      const fromMs = slice * 1000
      const untilMs = fromMs + 1000
      // The second of the firing belongs to the fault even where it ends in the same moment.
      const isFault = windows.some(
        ({ firedAtMs, endAtMs }) => firedAtMs < untilMs && (endAtMs > fromMs || firedAtMs >= fromMs),
      )
      if (isFault) return 'fault'
      return windows.some(window => window.endAtMs < untilMs && window.steadyAtMs > fromMs) ? 'recovery' : 'steady'
    },
  }
}
