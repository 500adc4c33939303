/** Waiting until an instance answers 200 to `/readyz`. */

import type { FaultContext } from './fault.ts'

/** `/readyz` asks nothing of anybody, so a slower answer is none. */
const ANSWER_MS_MAX = 2_000
/** Short against the start of a process, so that recovery is not measured longer than it is. */
const POLL_MS = 50

/** Resolves once it does; throws after `msMax` with what was answered last. */
export async function waitUntilReady(
  name: string,
  { probes, now, pause }: Pick<FaultContext, 'probes' | 'now' | 'pause'>,
  msMax: number,
): Promise<void> {
  const deadlineMs = now() + msMax
  for (;;) {
    const status = await probes.readyz(name, ANSWER_MS_MAX)
    if (status === 200) return
    if (now() >= deadlineMs) {
      const last = status === null ? 'nothing' : `${status}`
      throw new Error(`${name} has not answered 200 to /readyz within ${msMax / 1000} s; the last answer was ${last}`)
    }
    await pause(POLL_MS)
  }
}
