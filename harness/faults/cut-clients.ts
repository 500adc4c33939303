/** Resets a share of the connections between clients and an instance. Evidence: how many were cut. */

import { type Fault, NotFired } from './fault.ts'
import { untilConnected } from './link-use.ts'

export const cutClients: Fault<'cut-clients'> = {
  kind: 'cut-clients',
  undo: () => 'nothing, clients come back by themselves',

  prepare: ({ target, settings: { share } }, context) => ({
    async inject() {
      const link = context.cluster.clientLink(target)
      const count = await untilConnected(link, `no client is connected to ${target}`, context)
      const effectAtMs = context.now()
      const reset = link.reset({ share, random: context.random })
      if (reset === 0) throw new NotFired(`waited for connections of ${target} to be reset; none of ${count} was`)
      return { effectAtMs, evidence: `${reset} of ${count} connections to ${target} were reset`, exit: null }
    },
    async heal() {},
  }),
}
