/**
 * When a run's Redis stood still, as its own latency monitor tells (https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/):
 * while it waits for its disk, forks, or works on one long command, it serves nobody, and every message of that time is late. A latency alone does not
 * tell that from a slow service.
 */

import { type LatencyHistory, openRedisAdmin } from './faults/redis-admin.ts'
import type { RedisPauses } from './reports/result.ts'

/**
 * Pauses of the last so many milliseconds by cause, those with the longest first: of Redis' last life, where it was started again. Null where Redis does not
 * tell. Never rejects.
 */
export async function readRedisPauses(url: string, pastMs: number): Promise<RedisPauses[] | null> {
  const zeroAtEpochMs = Date.now() - pastMs
  const redis = openRedisAdmin(url)
  try {
    return sumUpPauses(await redis.latencies(), zeroAtEpochMs)
  } catch {
    return null
  } finally {
    redis.close()
  }
}

/** Without what was over before the run's clock began. */
export function sumUpPauses(told: readonly LatencyHistory[], zeroAtEpochMs: number): RedisPauses[] {
  return told
    .flatMap(({ cause, pauses }) => {
      const inLoad = pauses
        .map(([second, ms]) => ({ ms, atMs: second * 1000 - zeroAtEpochMs }))
        .filter(({ atMs }) => atMs > -1000)
        .sort((a, b) => b.ms - a.ms)
      const [longest] = inLoad
      if (longest === undefined) return []
      return [{ cause, seconds: inLoad.length, longestMs: longest.ms, longestAtMs: Math.max(0, longest.atMs) }]
    })
    .sort((a, b) => b.longestMs - a.longestMs)
}
