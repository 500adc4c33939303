/**
 * Lets a share of the connections between clients and an instance die without a word, for good. Evidence: how many. Clients find it by their
 * ping, 20 s at most, and resume elsewhere; the instance by its own after a minute. So nothing is seen at once, and nothing is undone.
 */

import { type Fault, NotFired } from './fault.ts'
import { untilConnected } from './link-use.ts'

export const halfOpenClients: Fault<'half-open-clients'> = {
  kind: 'half-open-clients',
  undo: () => 'nothing, clients find out by themselves',

  prepare: ({ target, settings: { share } }, context) => ({
    async inject() {
      const link = context.cluster.clientLink(target)
      const count = await untilConnected(link, `no client is connected to ${target}`, context)
      const effectAtMs = context.now()
      const frozen = link.freeze({ share, random: context.random })
      if (frozen === 0) throw new NotFired(`waited for connections of ${target} to be frozen; none of ${count} was`)
      return { effectAtMs, evidence: `${frozen} of ${count} connections to ${target} are half-open`, exit: null }
    },
    async heal() {},
  }),
}
