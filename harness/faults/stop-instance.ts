/** SIGTERM: the instance is asked to go, and has to drain. Evidence: it ended by itself, or serves no more. */

import type { Fault } from './fault.ts'
import { endStuck, healByStart } from './restart.ts'
import { terminate } from './terminate.ts'

export const stopInstance: Fault<'stop-instance'> = {
  kind: 'stop-instance',
  undo: ({ target, heals }) => (heals ? `start ${target}` : 'nothing, it is to stay down'),
  prepare: (planned, context) => {
    let isStuck = false
    return {
      async inject() {
        const evidence = await terminate(planned, context)
        isStuck = evidence.exit === null
        return evidence
      },
      async heal() {
        if (isStuck) await endStuck(planned.target, context.cluster)
        await healByStart(planned.target, context.cluster)
      },
    }
  },
}
