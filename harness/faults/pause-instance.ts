/**
 * Freezes an instance: it holds its sockets, and nothing in it goes on. Evidence: the system says that it is frozen, and it does not answer
 * any more, though the kernel still takes connections for it.
 */

import { type Fault, NotFired } from './fault.ts'
import { waitUntilReady } from './readiness.ts'

/** An instance that is alive answers within a few milliseconds. */
const SILENCE_MS = 500
/** For the answer before the fault, on a machine that is busy. */
const ANSWER_MS_MAX = 2_000
/** An instance that wakes up has to find out that its lease has ended and its connections are gone. */
const AWAKE_MS_MAX = 30_000

export const pauseInstance: Fault<'pause-instance'> = {
  kind: 'pause-instance',
  undo: ({ target }) => `let ${target} go on`,

  prepare({ target }, context) {
    const { cluster, probes, now } = context
    return {
      async inject() {
        if ((await probes.readyz(target, ANSWER_MS_MAX)) === null) {
          throw new NotFired(
            `${target} did not answer to /readyz before it was to be frozen, so silence would show nothing`,
          )
        }
        const firedAtMs = now()
        await cluster.pause(target).catch(error => {
          throw new NotFired(`${target} was to be frozen, but: ${(error as Error).message}`)
        })
        const effectAtMs = now()
        if (!(await cluster.isPaused(target))) {
          throw new NotFired(`${target} was to be frozen, but the system says that it is not`)
        }
        const status = await probes.readyz(target, SILENCE_MS)
        if (status !== null) {
          throw new NotFired(
            `${target} is said to be frozen, and was to be silent for ${SILENCE_MS} ms, but answered ${status} to /readyz`,
          )
        }
        const evidence =
          `${target} was frozen ${Math.round(effectAtMs - firedAtMs)} ms after it was asked for, ` +
          `and gave no answer to /readyz within ${SILENCE_MS} ms`
        return { effectAtMs, evidence, exit: null }
      },

      async heal() {
        if (!cluster.isRunning(target)) throw new Error(`${target} has ended while it was frozen`)
        if (await cluster.isPaused(target)) await cluster.resume(target)
        if (await cluster.isPaused(target))
          throw new Error(`${target} was to go on, but the system says that it is frozen`)
        await waitUntilReady(target, context, AWAKE_MS_MAX)
      },
    }
  },
}
