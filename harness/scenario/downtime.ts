/** How long a fault keeps its instance away, by the plan: what else may not hit it meanwhile. */

import type { FaultName } from './scenario.ts'

/** The delivery contract's deadline for a drain: a stopped instance may still be going for so long. */
export const DRAIN_SECONDS_MAX = 20

/**
 * The longest time from the signal until the instance is started again, in seconds. Starting itself is not in it: how long that takes is the
 * machine's.
 */
export function downtimeSecondsMax(kind: FaultName, downSeconds: number): number {
  return (kind === 'stop-instance' ? DRAIN_SECONDS_MAX : 0) + downSeconds
}
