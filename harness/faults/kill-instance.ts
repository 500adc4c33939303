/** SIGKILL: the instance is gone without a word. Evidence: the operating system or the engine reports the death by that signal. */

import { type Fault, NotFired } from './fault.ts'
import { healByStart } from './restart.ts'

/** A kill takes effect within milliseconds; an engine may take a second or two to tell. */
const DEATH_MS_MAX = 10_000
/** Exit code that container engines report for a death by signal n: 128 + n. */
const KILLED_EXIT_CODE = 137

export const killInstance: Fault<'kill-instance'> = {
  kind: 'kill-instance',
  undo: ({ target, heals }) => (heals ? `start ${target}` : 'nothing, it is to stay down'),

  prepare: ({ target }, { cluster, now, ofPerformance }) => ({
    async inject() {
      const firedAtMs = now()
      const exited = cluster.exited(target, DEATH_MS_MAX)
      // Where the signal cannot be sent, nobody waits for it below.
      exited.catch(() => {})
      await cluster.signal(target, 'SIGKILL')
      const exit = await exited.catch(error => {
        throw new NotFired(`${target} was sent SIGKILL, but: ${(error as Error).message}`)
      })
      const isKilled = exit.signal === 'SIGKILL' || exit.code === KILLED_EXIT_CODE
      if (!isKilled) throw new NotFired(`${target} ended with ${exit.signal ?? exit.code}, not by SIGKILL`)
      const effectAtMs = ofPerformance(exit.atMs)
      return {
        effectAtMs,
        evidence: `${target} died of SIGKILL ${Math.round(effectAtMs - firedAtMs)} ms after it was sent`,
        exit: { code: exit.code, signal: exit.signal, afterMs: effectAtMs - firedAtMs },
      }
    },
    heal: () => healByStart(target, cluster),
  }),
}
