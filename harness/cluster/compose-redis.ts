/** The Redis server of a stack that was adopted. The harness reads from it, and neither ends nor fills it. */

import { ClusterError } from './cluster.ts'
import { addressesOf } from './compose-addresses.ts'
import { answered, type Stack } from './compose-stack.ts'
import { endpointOf } from './links.ts'
import { GivenRedis, type RunRedis } from './redis-control.ts'
import { askRedis } from './redis-server.ts'

const REFUSAL =
  'The Redis server of a stack that was adopted is not stopped or started by the harness. For a scenario that does, use --driver docker.'

/** The one that the instances are configured with. Throws {@link ClusterError} where it does not answer from here. */
export async function findStackRedis(stack: Stack): Promise<RunRedis> {
  const url = await redisUrlOf(stack)
  const answer = await askRedis(url)
  if (answer.version !== null) return new GivenRedis({ url, version: answer.version }, REFUSAL)
  const { host, port } = endpointOf(url)
  throw new ClusterError(
    `The Redis server of project ${stack.project} does not answer at ${host}:${port} (${answer.problem}), where its chat containers have it.`,
  )
}

/** All replicas are configured alike, so the first one's word is taken. A password in it is told to nobody. */
async function redisUrlOf({ engine, replicas, services }: Stack): Promise<string> {
  const { environment, containerName } = replicas[0]!
  const url = URL.parse(environment.REDIS_URL ?? '')
  if (url === null) {
    throw new ClusterError(
      `${containerName} has no REDIS_URL in its environment that could be read, so its Redis server cannot be found.`,
    )
  }
  return withAddress(url, async service => {
    const [id] = services[service] ?? []
    const container = id === undefined ? null : await answered(engine.getContainer(id).inspect())
    return container === null ? null : (addressesOf(container)[0]?.host ?? null)
  })
}

/**
 * The same server, user, password and database, with the address of its container where the host is a service of the project, whose name is known
 * in its network only. `find` answers null for what is none.
 */
export async function withAddress(url: URL, find: (service: string) => Promise<string | null>): Promise<string> {
  const there = new URL(url)
  const host = await find(url.hostname)
  if (host !== null) there.hostname = host
  return there.href
}
