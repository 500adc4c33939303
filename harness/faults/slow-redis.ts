/** Makes the link of an instance to Redis slow, each way. Evidence: a PING through that very link takes so much longer than before. */

import { type Fault, NotFired } from './fault.ts'
import { redisPing } from './link-probe.ts'
import { openedProbe, untilConnected } from './link-use.ts'
import { lookFor } from './lookout.ts'
import { waitUntilReadyIfUp } from './readiness.ts'
import { roundTrip, roundTripOn } from './round-trip.ts'
import { addedMsMin, answerMsMax, describeSlowness, paddingFor } from './slowness.ts'

const HEAL_MS_MAX = 25_000

export const slowRedis: Fault<'slow-redis'> = {
  kind: 'slow-redis',
  undo: ({ target }) => `make the link of ${target} to Redis quick again`,

  prepare: ({ target, settings }, context) => {
    const { forSeconds: _, ...slowness } = settings
    const ping = redisPing(paddingFor(slowness))
    const msMax = answerMsMax(slowness)
    let undo = () => {}
    let isBack = (_tookMs: number) => true
    return {
      async inject() {
        const link = context.cluster.redisLink(target)
        await untilConnected(link, `${target} has no connection to Redis`, context)
        using probe = await openedProbe(link, target, context)
        const before = await roundTripOn(probe, ping, msMax)
        if (before === null) throw new NotFired(`a PING from ${target}'s side was not answered before the fault`)
        const addedMs = addedMsMin(slowness, before.bytes)
        if (addedMs === null) throw new NotFired(`so little cannot be seen in a PING: ${describeSlowness(slowness)}`)
        isBack = tookMs => tookMs < before.tookMs + addedMs / 2
        const effectAtMs = context.now()
        const injected = link.inject({ toTarget: slowness, fromTarget: slowness }, context.random)
        undo = () => injected.heal()
        const after = await roundTripOn(probe, ping, msMax)
        const [foundMs, beforeMs] = [Math.round(after?.tookMs ?? Number.NaN), Math.round(before.tookMs)]
        if (after === null || after.tookMs - before.tookMs < addedMs) {
          const waited = `waited for a PING through the link of ${target} to Redis to take ${Math.round(addedMs)} ms longer`
          throw new NotFired(`${waited} than ${beforeMs} ms; found ${after === null ? 'no answer' : `${foundMs} ms`}`)
        }
        const evidence = `a PING through the link of ${target} to Redis took ${foundMs} ms, before ${beforeMs} ms`
        return { effectAtMs, evidence, exit: null }
      },
      async heal() {
        undo()
        const isQuick = async () => {
          const trip = await roundTrip(context.cluster.redisLink(target), ping, msMax)
          return (trip !== null && isBack(trip.tookMs)) || null
        }
        if ((await lookFor(context, HEAL_MS_MAX, isQuick)) === null) {
          throw new Error(`a PING through the link of ${target} to Redis was still slow after ${HEAL_MS_MAX / 1000} s`)
        }
        await waitUntilReadyIfUp(target, context, HEAL_MS_MAX)
      },
    }
  },
}
