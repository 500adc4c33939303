/** Asks an instance to go, by SIGTERM, and waits until it has ended by itself. */

import type { PlannedFault } from '../plan/plan.ts'
import { type Evidence, type FaultContext, NotFired } from './fault.ts'

/** The service's own deadline of 20 s and a stop grace of 30 s, with a margin. */
const EXIT_MS_MAX = 35_000
const ANSWER_MS_MAX = 1_000

/** How it ended is judged by the measure `uncleanDrains`, not here. */
export async function terminate(
  { target }: PlannedFault,
  { cluster, probes, now, ofPerformance }: FaultContext,
): Promise<Evidence> {
  const firedAtMs = now()
  const exited = cluster.exited(target, EXIT_MS_MAX)
  // Where the signal cannot be sent, nobody waits for it below.
  exited.catch(() => {})
  await cluster.signal(target, 'SIGTERM')
  const exit = await exited.catch(async error => {
    const because = `${target} was sent SIGTERM, but: ${(error as Error).message}`
    // One that serves as before has not heeded it. One that does not is draining without an end: that is its own fault, not a fault that
    // did not fire.
    if ((await probes.readyz(target, ANSWER_MS_MAX)) === 200) throw new NotFired(because)
    return because
  })
  if (typeof exit === 'string')
    return { effectAtMs: firedAtMs, evidence: `${exit} It is not ready any more.`, exit: null }
  const afterMs = ofPerformance(exit.atMs) - firedAtMs
  return {
    // Clients are told and closed from the signal on, long before the exit.
    effectAtMs: firedAtMs,
    evidence: `${target} ended with ${exit.signal ?? `exit code ${exit.code}`} ${Math.round(afterMs)} ms after SIGTERM`,
    exit: { code: exit.code, signal: exit.signal, afterMs },
  }
}
