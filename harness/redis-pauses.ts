/**
 * When a run's Redis stood still, as its own latency monitor tells (https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/):
 * while it waits for its disk, forks, or works on one long command, it serves nobody, and every message of that time is late. A latency alone does not
 * tell that from a slow service.
 */

import { Redis } from 'ioredis'
import type { RedisPauses } from './reports/result.ts'

const ANSWER_MS_MAX = 2_000

/**
 * Pauses of the last so many milliseconds by cause, those with the longest first: of Redis' last life, where it was started again. Null where Redis does not
 * tell. Never rejects.
 */
export async function readRedisPauses(url: string, pastMs: number): Promise<RedisPauses[] | null> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_MS_MAX,
    commandTimeout: ANSWER_MS_MAX,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  }).on('error', () => {})
  const zeroAtEpochMs = Date.now() - pastMs
  try {
    await client.connect()
    const causes = ((await client.call('LATENCY', 'LATEST')) as [string, ...unknown[]][]).map(([cause]) => cause)
    const told = await Promise.all(
      causes.map(async cause => ({
        cause,
        history: (await client.call('LATENCY', 'HISTORY', cause)) as [number, number][],
      })),
    )
    return sumUpPauses(told, zeroAtEpochMs)
  } catch {
    return null
  } finally {
    client.disconnect()
  }
}

interface Told {
  readonly cause: string
  /** Second of the Unix time, and the longest pause in it in milliseconds. */
  readonly history: readonly (readonly [number, number])[]
}

/** Without what was over before the run's clock began. */
export function sumUpPauses(told: readonly Told[], zeroAtEpochMs: number): RedisPauses[] {
  return told
    .flatMap(({ cause, history }) => {
      const inLoad = history
        .map(([second, ms]) => ({ ms, atMs: second * 1000 - zeroAtEpochMs }))
        .filter(({ atMs }) => atMs > -1000)
        .sort((a, b) => b.ms - a.ms)
      const [longest] = inLoad
      if (longest === undefined) return []
      return [{ cause, seconds: inLoad.length, longestMs: longest.ms, longestAtMs: Math.max(0, longest.atMs) }]
    })
    .sort((a, b) => b.longestMs - a.longestMs)
}
