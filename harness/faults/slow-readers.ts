/**
 * Stops a share of an instance's clients from reading: what the instance writes to them comes no further than the buffers on the way, and
 * then than its own, until it closes them with 4409. Evidence: bytes are held back on the way. Whether the instance does close them, and
 * with that code, is judged by the measure `slowReadersWithoutCode`, not here: a service without a cap has to fail, not to make the run
 * invalid. `forSeconds` goes on from the first byte that is held back.
 *
 * A client that hears nothing for 20 s takes its connection as broken and never reads the code, so `forSeconds` is to be less, and the traffic has
 * to fill the buffers (a few megabytes on loopback) and the cap within it.
 */

import { httpGet } from '../http-get.ts'
import { type Fault, NotFired } from './fault.ts'
import { addressOf } from './instance-view.ts'
import { untilConnected } from './link-use.ts'
import { lookFor } from './lookout.ts'

/** Nothing said for so long in all rooms of those clients is no load to speak of. */
const HELD_BACK_MS_MAX = 5_000
const ANSWER_MS_MAX = 2_000
const HEAL_MS_MAX = 25_000

export const slowReaders: Fault<'slow-readers'> = {
  kind: 'slow-readers',
  undo: ({ target }) => `let the clients of ${target} read again`,

  prepare: ({ target, settings: { share } }, context) => {
    const { cluster, now, random } = context
    const address = addressOf(cluster, target)
    let undo = () => {}
    return {
      async inject() {
        const link = cluster.clientLink(target)
        const count = await untilConnected(link, `no client is connected to ${target}`, context)
        const injected = link.inject({ fromTarget: { isBlackHole: true }, share, isForOpenOnly: true }, random)
        undo = () => injected.heal()
        const isHolding = async () => (injected.bytesHeldBack > 0 ? now() : null)
        const effectAtMs = await lookFor(context, HELD_BACK_MS_MAX, isHolding)
        const readers = `${injected.connectionsAffected} of ${count} clients of ${target} read nothing`
        if (effectAtMs === null) {
          throw new NotFired(`${readers}, but nothing was sent to them within ${HELD_BACK_MS_MAX / 1000} s`)
        }
        return { effectAtMs, evidence: `${readers}; what is sent to them is held back`, exit: null }
      },
      async heal() {
        undo()
        const isThrough = async () => {
          const got = await httpGet({ host: address.host, port: address.port, path: '/healthz', msMax: ANSWER_MS_MAX })
          return got !== null || !cluster.isRunning(target) || null
        }
        if ((await lookFor(context, HEAL_MS_MAX, isThrough)) !== null) return
        throw new Error(`nothing came through the link of ${target} within ${HEAL_MS_MAX / 1000} s`)
      },
    }
  },
}
