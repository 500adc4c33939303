/**
 * The driver `docker`: instances and Redis as containers on a bridge network of their own, their ports published on 127.0.0.1.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, ClusterOptions } from './cluster.ts'
import { BALANCER_IMAGE, startDockerBalancer } from './docker-balancer.ts'
import type { DockerRun } from './docker-container.ts'
import { type Engine, engineMessage, type Labels, OWNER_LABEL, RUN_LABEL, removeLabelled } from './docker-engine.ts'
import { ContainerInstance } from './docker-instance.ts'
import { createNetwork, findProxyHost, urlFromContainer } from './docker-network.ts'
import { ContainerRedis, REDIS_IMAGE, REDIS_URL_IN_NETWORK } from './docker-redis.ts'
import { ensureImage, ensureServiceImage } from './image.ts'
import { startInstances } from './instance.ts'
import { InstanceCluster } from './instance-cluster.ts'
import { checkLinks, endpointOf, ProxyLinks, urlThrough } from './links.ts'
import { formatOwner, thisProcess } from './owner.ts'
import { layOutPorts, portsNeeded } from './port-layout.ts'
import { reservePorts } from './ports.ts'
import { GivenRedis, type RunRedis } from './redis-control.ts'

/** Killing and removing a few containers takes a second or two; an engine that hangs must not hang the harness. */
const REMOVED_WITHIN_MS = 30_000
const LOOPBACK = '127.0.0.1'

/**
 * Throws {@link ClusterError} where the environment is not as needed, and the reason of `abort` where that comes first; either way
 * nothing is left behind but images. `projectFolder` holds the Dockerfile.
 */
export async function startDockerCluster(
  engine: Engine,
  projectFolder: string,
  options: ClusterOptions,
  abort: AbortSignal | null = null,
): Promise<Cluster> {
  abort?.throwIfAborted()
  checkLinks(options)
  const { serviceFolder, onProgress } = options
  const image = await ensureServiceImage(engine, { projectFolder, serviceFolder }, onProgress, abort)
  if (options.redisUrl === null) await ensureImage(engine, REDIS_IMAGE, onProgress, abort)
  if (options.balancer) await ensureImage(engine, BALANCER_IMAGE, onProgress, abort)
  abort?.throwIfAborted()

  await using things = new AsyncDisposableStack()
  const owner = thisProcess()
  const { ports, release } = await reservePorts(owner, portsNeeded(options))
  things.defer(release)
  const layout = layOutPorts(ports, options)
  const links = new AsyncDisposableStack()
  things.use(links)
  const labels = { [RUN_LABEL]: options.runId, [OWNER_LABEL]: formatOwner(owner) }
  const over = new AbortController()
  things.defer(() => removeRun(engine, labels, onProgress))
  things.defer(() => over.abort(new Error('The cluster is being cleared away.')))
  const networkId = await createNetwork(engine, options.runId, labels)
  const run: DockerRun = { engine, options, labels, networkId, over: over.signal }

  const redis = await provideRedis(run, layout.redisPort)
  abort?.throwIfAborted()
  const { url } = redis.server
  const { listenHost, hostFromContainer } = await findProxyHost(engine, networkId)
  // A balancer in a container reaches the proxies of its links to the instances as those reach theirs to Redis.
  const hosts = { clients: options.balancer ? listenHost : LOOPBACK, redis: listenHost }
  const proxies = links.use(await ProxyLinks.open(layout.instances, endpointOf(url), hosts))

  const directUrl = options.redisUrl === null ? REDIS_URL_IN_NETWORK : urlFromContainer(options.redisUrl)
  const instances = layout.instances.map(({ redisLinkPort, ...address }) => {
    const proxied = redisLinkPort === null ? null : { host: hostFromContainer, port: redisLinkPort }
    return new ContainerInstance(address, image, proxied === null ? directUrl : urlThrough(url, proxied), run)
  })
  const first = instances.slice(0, options.instancesAtStart)
  onProgress(`starting ${first.length} instances`)
  await startInstances(first, abort)
  const balancer =
    layout.balancer === null
      ? null
      : await startDockerBalancer(
          {
            balancer: options.balancer!,
            ports: layout.balancer,
            instances: layout.instances,
            ready: first.map(({ address }) => address.name),
            proxyHost: options.links?.clients ? hostFromContainer : null,
          },
          run,
          abort,
        )
  return new InstanceCluster({ driver: 'docker', instances, balancer, redis, links: proxies, things: things.move() })
}

async function provideRedis(run: DockerRun, port: number): Promise<RunRedis> {
  const { options } = run
  if (options.redisUrl !== null) return GivenRedis.find(options.redisUrl)
  options.onProgress('starting Redis')
  const redis = new ContainerRedis(run, port)
  await redis.start('kept')
  return redis
}

/** By label, so that what was asked for and not answered before an abort goes too. Never throws. */
async function removeRun(engine: Engine, labels: Labels, onProgress: (line: string) => void): Promise<void> {
  const isOurs = (found: Labels) => found[RUN_LABEL] === labels[RUN_LABEL] && found[OWNER_LABEL] === labels[OWNER_LABEL]
  const late = sleep(REMOVED_WITHIN_MS, 'late' as const, { ref: false })
  try {
    if ((await Promise.race([removeLabelled(engine, isOurs), late])) !== 'late') return
    onProgress(`The Docker engine has not removed the run's containers within ${REMOVED_WITHIN_MS / 1000} s.`)
  } catch (error) {
    onProgress(`The run's containers could not all be removed: ${engineMessage(error)}`)
  }
}
