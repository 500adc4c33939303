/** SIGTERM: the instance is asked to go, and has to drain. Evidence: it ended by itself. */

import type { Fault } from './fault.ts'
import { healByStart } from './restart.ts'
import { terminate } from './terminate.ts'

export const stopInstance: Fault<'stop-instance'> = {
  kind: 'stop-instance',
  undo: ({ target, heals }) => (heals ? `start ${target}` : 'nothing, it is to stay down'),
  prepare: (planned, context) => ({
    inject: () => terminate(planned, context),
    heal: () => healByStart(planned.target, context.cluster),
  }),
}
