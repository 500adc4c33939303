/** Works the HTTP load out: which connection asks what, of whom, when, and how often. */

import type { HttpPath } from '../scenario/measures.ts'
import { HTTP_CONNECTIONS_PER_INSTANCE, type HttpLoad } from '../scenario/scenario.ts'
import type { PlannedHttpConnection } from './plan.ts'

const MS_PER_SECOND = 1000

export interface HttpLoadSize {
  readonly instances: number
  /** Of the load, and of the warm-up before it. */
  readonly seconds: number
  readonly warmUpSeconds: number
}

/**
 * Connection i of a path goes to instance i mod instances. Within each second the connections of a path begin one after the other in even steps,
 * so that the answers tell of the whole second, though a connection asks for all of its share at once; the paths are a part of a step apart. The warm-up has whole seconds only.
 */
export function planHttp(
  loads: readonly HttpLoad[],
  { instances, seconds, warmUpSeconds }: HttpLoadSize,
): PlannedHttpConnection[] {
  const warmUpShares = Math.floor(warmUpSeconds)
  return loads.flatMap(({ path, requestsPerSecond, connections: asked }, order) => {
    const connections = asked ?? Math.min(requestsPerSecond, HTTP_CONNECTIONS_PER_INSTANCE * instances)
    return Array.from({ length: connections }, (_, index): PlannedHttpConnection => {
      const stepMs = MS_PER_SECOND / connections
      const offsetMs = Math.round((index + order / loads.length) * stepMs)
      const loadShares = Math.ceil((seconds * MS_PER_SECOND - offsetMs) / MS_PER_SECOND)
      const share = shareOf(requestsPerSecond, connections, index)
      return {
        path,
        instance: index % instances,
        atMs: offsetMs - warmUpShares * MS_PER_SECOND,
        requestsPerSecond: share,
        requests: share * (warmUpShares + loadShares),
        room: roomOf(path, index),
      }
    })
  })
}

/** Whole numbers that add up to the total. */
function shareOf(total: number, parts: number, index: number): number {
  return Math.floor(((index + 1) * total) / parts) - Math.floor((index * total) / parts)
}

function roomOf(path: HttpPath, index: number): string | null {
  return path === 'publish' ? `http-${index + 1}` : null
}
