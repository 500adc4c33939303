/** SIGTERM to an instance that does not come back. Evidence: it ended by itself. Its address is off the list by then. */

import type { Fault } from './fault.ts'
import { terminate } from './terminate.ts'

export const removeInstance: Fault<'remove-instance'> = {
  kind: 'remove-instance',
  undo: () => 'nothing, it is to stay away',
  prepare: (planned, context) => ({
    inject: () => terminate(planned, context),
    async heal() {},
  }),
}
