/** Leaves an instance little of the processor. Evidence: what the driver saw the instance get. */

import type { CpuStressed } from '../cluster/cluster.ts'
import { type Fault, NotFired } from './fault.ts'
import { waitUntilReady } from './readiness.ts'

/** With the processor back, an instance that is alive answers at once. */
const READY_MS_MAX = 30_000

export const stressCpu: Fault<'stress-cpu'> = {
  kind: 'stress-cpu',
  undo: ({ target }) => `give ${target} its share of the processor back`,

  prepare({ target, settings: { share } }, context) {
    const { cluster, now } = context
    let stressed: CpuStressed | null = null
    return {
      async inject() {
        try {
          stressed = await cluster.stressCpu(target, { share })
        } catch (error) {
          throw new NotFired(`${target} was to have ${share} of a core, but: ${(error as Error).message}`)
        }
        if (stressed.evidence === '') {
          throw new NotFired(`${target} was to have ${share} of a core, but nothing was seen of it`)
        }
        return { effectAtMs: now(), evidence: stressed.evidence, exit: null }
      },

      async heal() {
        await stressed?.undo()
        if (!cluster.isRunning(target)) throw new Error(`${target} has ended for want of the processor`)
        await waitUntilReady(target, context, READY_MS_MAX)
      },
    }
  },
}
