/**
 * Lets Redis run out of its memory limit: the limit is set beneath what is used, so that every write is refused, as on a server that has
 * filled up. Evidence: a write of the harness's own is refused for that reason. Only on the run's own server, since others may use another.
 */

import { type Fault, type FaultContext, NotFired } from './fault.ts'
import type { RedisAdmin } from './redis-admin.ts'

/** Beneath what is used by so much that the end of a connection does not make room. */
const LIMIT_SHARE = 0.9
/** The limit holds from the next command on; a server that still writes after this does not have it. */
const REFUSED_MS_MAX = 2_000
const POLL_MS = 50

/** Settings of the server that are changed, as they were. */
interface Before {
  readonly limit: string
  readonly policy: string
}

export const fillRedis: Fault<'fill-redis'> = {
  kind: 'fill-redis',
  undo: () => 'set maxmemory and maxmemory-policy of Redis back',

  prepare(_, context) {
    const { probes, now } = context
    let before: Before | null = null
    return {
      async inject() {
        using redis = opened(probes)
        const { admin } = redis
        const was = { limit: await admin.get('maxmemory'), policy: await admin.get('maxmemory-policy') }
        const limit = Math.floor((await admin.usedMemory()) * LIMIT_SHARE)
        before = was
        // First, or a server that evicts would do so.
        await admin.set('maxmemory-policy', 'noeviction')
        await admin.set('maxmemory', `${limit}`)
        const refusal = await waitForRefusal(admin, context)
        return { effectAtMs: now(), evidence: `with maxmemory ${limit}, a write was refused: ${refusal}`, exit: null }
      },

      async heal() {
        if (before === null) return
        using redis = opened(probes)
        const { admin } = redis
        // The other way round, for the same reason.
        await admin.set('maxmemory', before.limit)
        await admin.set('maxmemory-policy', before.policy)
        await admin.remove(await admin.write())
      },
    }
  },
}

/** Resolves with what Redis said. */
async function waitForRefusal(admin: RedisAdmin, { now, pause }: FaultContext): Promise<string> {
  const deadlineMs = now() + REFUSED_MS_MAX
  for (;;) {
    const refusal = await admin.write().then(
      key => admin.remove(key).then(() => null),
      (error: Error) => error.message,
    )
    if (refusal?.startsWith('OOM')) return refusal
    if (now() >= deadlineMs) {
      const instead = refusal === null ? 'was taken' : `failed otherwise: ${refusal}`
      throw new NotFired(`a write was to be refused with OOM within ${REFUSED_MS_MAX / 1000} s, but ${instead}`)
    }
    await pause(POLL_MS)
  }
}

function opened(probes: FaultContext['probes']): { readonly admin: RedisAdmin } & Disposable {
  const admin = probes.openRedis()
  return { admin, [Symbol.dispose]: () => admin.close() }
}
