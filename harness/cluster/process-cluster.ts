/**
 * The driver `process`: instances and Redis as child processes, for machines without a Docker engine.
 */

import type { RunBalancer } from './balancer.ts'
import { findBalancer } from './balancer-program.ts'
import type { Cluster, ClusterOptions } from './cluster.ts'
import { startInstances } from './instance.ts'
import { InstanceCluster } from './instance-cluster.ts'
import { checkLinks, endpointOf, ProxyLinks, urlThrough } from './links.ts'
import { thisProcess } from './owner.ts'
import { layOutPorts, type PortLayout, portsNeeded } from './port-layout.ts'
import { reservePorts } from './ports.ts'
import { startProcessBalancer } from './process-balancer.ts'
import { ProcessInstance } from './process-instance.ts'
import { ChildRedis, GivenRedis, type RunRedis } from './redis-control.ts'
import { openRunRecord, type RunRecord } from './run-record.ts'

/** Also for the proxies in front of Redis. */
const HOST = '127.0.0.1'

/** What a balancer needs to know of it. */
interface ProcessRun {
  readonly options: ClusterOptions
  readonly layout: PortLayout
  /** Names of the instances that are. */
  readonly ready: readonly string[]
  readonly record: RunRecord
  readonly things: AsyncDisposableStack
}

/**
 * Throws {@link ClusterError} where the environment is not as needed, and the reason of `abort` where that comes first; either way
 * nothing is left behind.
 */
export async function startProcessCluster(options: ClusterOptions, abort: AbortSignal | null = null): Promise<Cluster> {
  abort?.throwIfAborted()
  checkLinks(options)
  const balancerProgram = options.balancer ? findBalancer() : null
  await using things = new AsyncDisposableStack()
  const owner = thisProcess()
  const record = openRunRecord(options.runId, owner)
  things.defer(() => record.close())
  const { ports, release } = await reservePorts(owner, portsNeeded(options))
  things.defer(release)
  const layout = layOutPorts(ports, options)

  const redis = await provideRedis(options, layout.redisPort, record, things)
  abort?.throwIfAborted()
  const { url } = redis.server
  const links = things.use(await ProxyLinks.open(layout.instances, endpointOf(url), { clients: HOST, redis: HOST }))

  const instances = layout.instances.map(({ redisLinkPort, ...address }) => {
    const redisUrl = redisLinkPort === null ? url : urlThrough(url, { host: HOST, port: redisLinkPort })
    return new ProcessInstance(address, redisUrl, options, record)
  })
  things.defer(() => removeAll(instances))
  const first = instances.slice(0, options.instancesAtStart)
  options.onProgress(`starting ${first.length} instances`)
  await startInstances(first, abort)
  const ready = first.map(({ address }) => address.name)
  const balancer =
    balancerProgram === null
      ? null
      : await provideBalancer(balancerProgram, { options, layout, ready, record, things }, abort)
  return new InstanceCluster({ driver: 'process', instances, balancer, redis, links, things: things.move() })
}

async function provideRedis(
  options: ClusterOptions,
  port: number,
  record: RunRecord,
  things: AsyncDisposableStack,
): Promise<RunRedis> {
  if (options.redisUrl !== null) return GivenRedis.find(options.redisUrl)
  const redis = things.use(new ChildRedis(options, port, record))
  options.onProgress(`starting Redis, its data ${redis.folder.description}`)
  await redis.start('kept')
  return redis
}

async function provideBalancer(
  program: string,
  { options, layout, ready, record, things }: ProcessRun,
  abort: AbortSignal | null,
): Promise<RunBalancer> {
  const { instances, balancer: ports } = layout
  const parts = { program, options, balancer: options.balancer!, ports: ports!, instances, ready }
  return startProcessBalancer(parts, record, child => things.defer(() => child.remove()), abort)
}

async function removeAll(instances: readonly ProcessInstance[]): Promise<void> {
  await Promise.all(instances.map(instance => instance.remove()))
}
