/**
 * Opens many connections to an instance that join nothing, and holds them. Evidence: the instance's own count of connections rose by nine
 * tenths of them, or it has refused those beyond its cap with the code for that.
 */

import { CLOSE_CODES } from '../../service/protocol.ts'
import type { Party } from '../visitors/visitors.ts'
import { type Fault, NotFired } from './fault.ts'
import { addressOf, readMetric, visitedAddress } from './instance-view.ts'
import { lookFor } from './lookout.ts'

const SEEN_SHARE_MIN = 0.9
const OPENED_MS_MAX = 20_000
const COUNTED_MS_MAX = 5_000
/** The instance may be on its way back from another fault. */
const ANSWERED_MS_MAX = 10_000

export const connectionFlood: Fault<'connection-flood'> = {
  kind: 'connection-flood',
  undo: () => 'close the connections of the visitors',

  prepare: ({ target, settings: { connections } }, context) => {
    const { cluster, now, visitors } = context
    const address = addressOf(cluster, target)
    const counted = () => readMetric(address, 'connections')
    const wanted = Math.ceil(SEEN_SHARE_MIN * connections)
    let flood: Party<'flood'> | null = null
    let isIn = 0
    return {
      async inject() {
        const before = await lookFor(context, ANSWERED_MS_MAX, counted)
        if (before === null)
          throw new NotFired(`${target} did not tell how many connections it has within ${ANSWERED_MS_MAX / 1000} s`)
        flood = visitors.begin('flood', { ...visitedAddress(address), connections, msMax: OPENED_MS_MAX })
        const begun = await flood.begun
        isIn = begun.isIn
        const refused = begun.refused[CLOSE_CODES.tooMany.code] ?? 0
        const told = `${isIn} of ${connections} connections were let in, ${refused} refused with ${CLOSE_CODES.tooMany.code}`
        if (isIn + refused < wanted)
          throw new NotFired(`${told}; the others: ${begun.firstFailure ?? JSON.stringify(begun.refused)}`)
        // Those that it refuses are not counted.
        const risen = await lookFor(context, COUNTED_MS_MAX, async () => {
          const count = await counted()
          return count !== null && count >= before + wanted - refused ? count : null
        })
        if (risen === null) {
          const waited = `waited ${COUNTED_MS_MAX / 1000} s for ${target} to tell of ${before + wanted - refused} connections`
          throw new NotFired(`${told}; ${waited}, found ${await counted()}`)
        }
        const evidence = `${told}; ${target} tells of ${risen} connections, before ${before}`
        return { effectAtMs: now(), evidence, exit: null }
      },
      async heal() {
        if (flood === null) return
        const held = await counted()
        const { lost } = await flood.end()
        if (held === null || isIn === 0) return
        const back = Math.max(0, held - Math.floor(SEEN_SHARE_MIN * (isIn - lost)))
        // Clients of the load may come meanwhile, so it is the falling that counts.
        const isBack = async () => !cluster.isRunning(target) || ((await counted()) ?? Infinity) <= back || null
        if ((await lookFor(context, ANSWERED_MS_MAX, isBack)) !== null) return
        throw new Error(
          `${target} still told of more than ${back} connections ${ANSWERED_MS_MAX / 1000} s after the flood had gone`,
        )
      },
    }
  },
}
