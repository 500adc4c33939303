/** Looks again and again until something is seen, for a bounded time. */

import type { FaultContext } from './fault.ts'

const LOOK_EVERY_MS = 50

/** The first answer that is not null; null where none came in `msMax`. One look is always had. */
export async function lookFor<Seen>(
  { now, pause }: Pick<FaultContext, 'now' | 'pause'>,
  msMax: number,
  look: () => Promise<Seen | null> | Seen | null,
): Promise<Seen | null> {
  const deadlineMs = now() + msMax
  for (;;) {
    const seen = await look()
    if (seen !== null || now() >= deadlineMs) return seen
    await pause(LOOK_EVERY_MS)
  }
}
