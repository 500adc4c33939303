/** How long a fault keeps its instance away, by the plan: what else may not hit it meanwhile. */

import { type FaultName, faultKind, isHealed } from './fault-kinds.ts'

/** The delivery contract's deadline for a drain: a stopped instance may still be going for so long. */
export const DRAIN_SECONDS_MAX = 20

/** Kinds that ask an instance to go, and judge how it goes. */
export const DRAINING_KINDS: readonly FaultName[] = ['stop-instance', 'remove-instance']

/** Kinds after which a balancer has somebody to connect to at every moment, and knows whom. */
export const GRACEFUL_KINDS: readonly FaultName[] = [...DRAINING_KINDS, 'add-instance']

/**
 * The longest time from the injection until the instance is started or thawed again, in seconds; Infinity where it stays away, 0 where it
 * never is away. Starting itself is not in it: how long that takes is the machine's.
 */
export function downtimeSecondsMax(kind: FaultName, settings: Readonly<Record<string, unknown>>): number {
  if (!faultKind(kind).isDown) return 0
  if (!isHealed(kind, settings)) return Number.POSITIVE_INFINITY
  const drainSeconds = DRAINING_KINDS.includes(kind) ? DRAIN_SECONDS_MAX : 0
  return drainSeconds + lastsSeconds(settings)
}

/** From the effect to the healing, by the settings; 0 where nothing is healed. */
export function lastsSeconds({ downSeconds, forSeconds }: Readonly<Record<string, unknown>>): number {
  return Number(downSeconds ?? forSeconds ?? 0)
}
