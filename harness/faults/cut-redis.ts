/**
 * Cuts the link of an instance to Redis. Evidence: a PING that the harness sends through that very link gets no answer within a second, or
 * its connection is reset and a new one too. A reset has no direction: it ends both.
 */

import type { Links } from '../cluster/cluster.ts'
import type { FaultSettings } from '../scenario/fault-kinds.ts'
import { type Fault, type FaultContext, NotFired } from './fault.ts'
import { LinkProbe, redisPing } from './link-probe.ts'
import { openedProbe, untilConnected } from './link-use.ts'
import { lookFor } from './lookout.ts'
import { waitUntilReadyIfUp } from './readiness.ts'

const SILENCE_MS = 1_000
const ANSWER_MS_MAX = 2_000
/** Redis itself may be away just now, by another fault. */
const HEAL_MS_MAX = 25_000

type Settings = FaultSettings<'cut-redis'>
type Link = ReturnType<Links['redisLink']>

export const cutRedis: Fault<'cut-redis'> = {
  kind: 'cut-redis',
  undo: ({ target }) => `let the link of ${target} to Redis through`,

  prepare: ({ target, settings }, context) => {
    let undo = () => {}
    return {
      async inject() {
        const link = context.cluster.redisLink(target)
        await untilConnected(link, `${target} has no connection to Redis`, context)
        using probe = await openedProbe(link, target, context)
        const effectAtMs = context.now()
        undo = cut(link, settings)
        const evidence = settings.how === 'reset' ? await seeReset(link, probe) : await seeSilence(probe)
        if (evidence === null) {
          throw new NotFired(
            `the link of ${target} to Redis was to be cut (${settings.how}), but a PING through it is answered`,
          )
        }
        return { effectAtMs, evidence: `through the link of ${target} to Redis, ${evidence}`, exit: null }
      },
      async heal() {
        undo()
        await untilAnswered(context.cluster.redisLink(target), target, context)
        await waitUntilReadyIfUp(target, context, HEAL_MS_MAX)
      },
    }
  },
}

/** Returns what undoes it. */
function cut(link: Link, { how, direction }: Settings): () => void {
  if (how === 'reset') {
    const refusal = link.refuse()
    link.reset()
    return () => refusal.heal()
  }
  const hole = { isBlackHole: true }
  const injected = link.inject({
    ...(direction === 'from-redis' ? {} : { toTarget: hole }),
    ...(direction === 'to-redis' ? {} : { fromTarget: hole }),
  })
  return () => injected.heal()
}

async function seeSilence(probe: LinkProbe): Promise<string | null> {
  const { is } = await probe.ask(redisPing(), SILENCE_MS)
  return is === 'silent' ? `a PING was not answered within ${SILENCE_MS / 1000} s` : null
}

async function seeReset(link: Link, probe: LinkProbe): Promise<string | null> {
  if ((await probe.ask(redisPing(), SILENCE_MS)).is !== 'reset') return null
  using another = await LinkProbe.open(link)
  const isRefused = another === null || (await another.ask(redisPing(), SILENCE_MS)).is === 'reset'
  return isRefused ? 'a connection was reset, and a new one too' : null
}

async function untilAnswered(link: Link, target: string, context: FaultContext): Promise<void> {
  const isAnswered = async () => {
    using probe = await LinkProbe.open(link)
    return (await probe?.ask(redisPing(), ANSWER_MS_MAX))?.is === 'answered' || null
  }
  if ((await lookFor(context, HEAL_MS_MAX, isAnswered)) !== null) return
  throw new Error(`no PING through the link of ${target} to Redis was answered within ${HEAL_MS_MAX / 1000} s`)
}
