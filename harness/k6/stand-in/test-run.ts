/** What all virtual users of a test have in common. */

import { MetricRegistry } from './metric-registry.ts'

export const registry = new MetricRegistry()
/** By the array's name. */
export const sharedArrays = new Map<string, readonly unknown[]>()

let startedAtMs: number | null = null

/** All users have been initialised; the iterations begin. */
export function start(): void {
  startedAtMs = Date.now()
}

/** Unix milliseconds. */
export function startTime(): number {
  if (startedAtMs === null) throw new Error('k6 tells the start of a scenario in an iteration, not in the init context')
  return startedAtMs
}
