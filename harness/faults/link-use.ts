/** Waits until a link is in use, for nothing happens to a link that nobody uses. */

import { type FaultContext, NotFired } from './fault.ts'
import { LinkProbe, redisPing } from './link-probe.ts'
import { lookFor } from './lookout.ts'

/** An instance, its clients or Redis may be on their way back from another fault. */
const USED_MS_MAX = 10_000
const ANSWER_MS_MAX = 1_000

/** Throws {@link NotFired} where nobody comes. */
export async function untilConnected(
  link: { readonly connectionCount: number },
  none: string,
  context: FaultContext,
): Promise<number> {
  const count = await lookFor(context, USED_MS_MAX, () => (link.connectionCount > 0 ? link.connectionCount : null))
  if (count === null) throw new NotFired(`${none}, not within ${USED_MS_MAX / 1000} s`)
  return count
}

/** A connection through the link on which Redis answers. Throws {@link NotFired} where it does not. */
export async function openedProbe(
  link: { readonly host: string; readonly port: number },
  target: string,
  context: FaultContext,
): Promise<LinkProbe> {
  const probe = await lookFor(context, USED_MS_MAX, async () => {
    const opened = await LinkProbe.open(link)
    if ((await opened?.ask(redisPing(), ANSWER_MS_MAX))?.is === 'answered') return opened
    opened?.[Symbol.dispose]()
    return null
  })
  if (probe !== null) return probe
  throw new NotFired(
    `no PING through the link of ${target} to Redis was answered before the fault, within ${USED_MS_MAX / 1000} s`,
  )
}
