/**
 * Ends the Redis server and starts it again, with its data or without. Evidence: the server that was there is gone, and after the start
 * another one answers, which has what it should: a key that was written before the end is there, or is not.
 */

import { type Fault, type FaultContext, NotFired } from './fault.ts'
import type { RedisAdmin } from './redis-admin.ts'

/** What was there before the end. */
interface Before {
  readonly runId: string
  readonly key: string
}

export const restartRedis: Fault<'restart-redis'> = {
  kind: 'restart-redis',
  undo: ({ settings: { data } }) => `start Redis, its data ${data}`,

  prepare({ settings: { signal, data } }, { cluster, probes, now }) {
    let before: Before | null = null
    let hasEnded = false
    return {
      async inject() {
        before = await withRedis(probes, async redis => ({ runId: await redis.runId(), key: await redis.write() }))
        const firedAtMs = now()
        await cluster.stopRedis(signal)
        const effectAtMs = now()
        if ((await answering(probes)) !== null) {
          throw new NotFired(`Redis was to end by ${signal}, but still answers`)
        }
        hasEnded = true
        const evidence = `Redis ended ${Math.round(effectAtMs - firedAtMs)} ms after ${signal} and answers no more`
        return { effectAtMs, evidence, exit: null }
      },

      async heal() {
        if (before === null) return
        const present = await answering(probes)
        // It was never ended, so there is nothing to start.
        if (!hasEnded && present === before.runId) return await removeKey(probes, before.key)
        if (present === null) await cluster.startRedis(data)
        await checkAfter(probes, before, data)
      },
    }
  },
}

function removeKey(probes: FaultContext['probes'], key: string): Promise<void> {
  return withRedis(probes, redis => redis.remove(key))
}

/** Throws where it is the same server, or has not what it should have. The key does not stay. */
async function checkAfter(probes: FaultContext['probes'], before: Before, data: 'kept' | 'lost'): Promise<void> {
  await withRedis(probes, async redis => {
    const isKept = await redis.has(before.key)
    await redis.remove(before.key)
    if ((await redis.runId()) === before.runId) {
      throw new Error('another Redis server was to answer after the start, but it is the same one')
    }
    if (isKept === (data === 'kept')) return
    const found = isKept ? 'what was written before its end is still there' : 'what was written before its end is gone'
    throw new Error(`Redis was to start with its data ${data}, but ${found}`)
  })
}

/** The run id of the server that answers, null where none does. */
function answering(probes: FaultContext['probes']): Promise<string | null> {
  return withRedis(probes, redis => redis.runId()).catch(() => null)
}

async function withRedis<Result>(
  probes: FaultContext['probes'],
  work: (redis: RedisAdmin) => Promise<Result>,
): Promise<Result> {
  const redis = probes.openRedis()
  try {
    return await work(redis)
  } finally {
    redis.close()
  }
}
