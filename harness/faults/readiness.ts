/** Waiting until an instance answers 200 to `/readyz`. */

import type { FaultContext } from './fault.ts'
import { lookFor } from './lookout.ts'

/** `/readyz` asks nothing of anybody, so a slower answer is none. */
const ANSWER_MS_MAX = 2_000

/** Resolves once it does, or once it is excused; throws after `msMax` with what was answered last. */
export async function waitUntilReady(
  name: string,
  context: Pick<FaultContext, 'probes' | 'now' | 'pause'>,
  msMax: number,
  isExcused: () => boolean = () => false,
): Promise<void> {
  let status: number | null = null
  const isReady = await lookFor(context, msMax, async () => {
    if (isExcused()) return true
    status = await context.probes.readyz(name, ANSWER_MS_MAX)
    return status === 200 || null
  })
  if (isReady !== null) return
  const last = status === null ? 'nothing' : `${status}`
  throw new Error(`${name} has not answered 200 to /readyz within ${msMax / 1000} s; the last answer was ${last}`)
}

/** The same, but one that another fault has ended meanwhile is waited for by whoever starts it. */
export function waitUntilReadyIfUp(
  name: string,
  context: Pick<FaultContext, 'cluster' | 'probes' | 'now' | 'pause'>,
  msMax: number,
): Promise<void> {
  return waitUntilReady(name, context, msMax, () => !context.cluster.isRunning(name))
}
