/** How faults look at the system from outside, to see whether they had an effect, and whether it is over. */

import type { InstanceAddress } from '../cluster/cluster.ts'
import { httpGet } from '../http-get.ts'
import { openRedisAdmin, type RedisAdmin } from './redis-admin.ts'

export interface Probes {
  /** What the instance itself, past any proxy, answers to `/readyz`: 200, 503; null where it gives no answer within that time. */
  readyz(name: string, withinMs: number): Promise<number | null>
  /** A connection to the run's Redis server, past any proxy. Whoever opens it closes it. */
  openRedis(): RedisAdmin
}

export interface ProbedCluster {
  readonly instances: readonly InstanceAddress[]
  readonly redisUrl: string
}

export function probesOf(cluster: ProbedCluster): Probes {
  return {
    readyz(name, withinMs) {
      const address = cluster.instances.find(candidate => candidate.name === name)
      if (address === undefined) throw new Error(`The cluster has no instance ${name}.`)
      return askReadyz(address, withinMs)
    },
    openRedis: () => openRedisAdmin(cluster.redisUrl),
  }
}

/** Status of the answer, null for none. Each question has a connection of its own. */
export async function askReadyz(
  { host, directPort: port }: Pick<InstanceAddress, 'host' | 'directPort'>,
  withinMs: number,
): Promise<number | null> {
  return (await httpGet({ host, port, path: '/readyz', msMax: withinMs }))?.status ?? null
}
