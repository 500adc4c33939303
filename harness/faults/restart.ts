/** What undoes a fault that ended an instance: starting it again on its old ports, after it was down for as long as planned. */

import type { PlannedFault } from '../plan/plan.ts'
import type { FaultContext } from './fault.ts'

export function undoByStart({ restart, target }: PlannedFault): string | null {
  return restart ? `start ${target}` : null
}

/** Resolves once the instance says that it is ready. */
export async function healByStart(
  { restart, target, downMs }: PlannedFault,
  { cluster, pause }: FaultContext,
  abort: AbortSignal,
): Promise<void> {
  // Still running: the injection failed, and there is nothing to undo.
  if (!restart || cluster.isRunning(target)) return
  await pause(downMs, abort)
  await cluster.start(target)
}
