/**
 * The driver `process`: instances and Redis as child processes, for machines without a Docker engine.
 */

import { join } from 'node:path'
import { type Child, inheritedEnvironment, spawnChild } from './child.ts'
import { type Cluster, ClusterError, type ClusterOptions, type InstanceAddress } from './cluster.ts'
import { type Instance, instanceEnvironment, instanceNames, startInstances } from './instance.ts'
import { InstanceCluster } from './instance-cluster.ts'
import { logPath } from './instance-log.ts'
import type { Life } from './life.ts'
import { thisProcess } from './owner.ts'
import { isPortFree, reservePorts } from './ports.ts'
import { removeRedisFolder, startRedis, useRedis } from './redis-server.ts'
import { openRunRecord, type RunRecord } from './run-record.ts'

/**
 * Throws {@link ClusterError} where the environment is not as needed, and the reason of `abort` where that comes first; either way
 * nothing is left behind.
 */
export async function startProcessCluster(options: ClusterOptions, abort: AbortSignal | null = null): Promise<Cluster> {
  abort?.throwIfAborted()
  await using things = new AsyncDisposableStack()
  const owner = thisProcess()
  const record = openRunRecord(options.runId, owner)
  things.defer(() => record.close())
  const { ports, release } = await reservePorts(owner, 1 + 2 * options.instances)
  things.defer(release)

  const redis = await provideRedis(options, ports[0]!, record, things)
  abort?.throwIfAborted()

  options.onProgress(`starting ${options.instances} instances`)
  const instances = instanceNames(options.instances).map((name, index) => {
    const address = { name, port: ports[1 + 2 * index]!, metricsPort: ports[2 + 2 * index]! }
    return new ProcessInstance(address, redis.url, options, record)
  })
  things.defer(() => removeAll(instances))
  await startInstances(instances, abort)
  return new InstanceCluster({ driver: 'process', instances, redis, things: things.move() })
}

async function provideRedis(options: ClusterOptions, port: number, record: RunRecord, things: AsyncDisposableStack) {
  if (options.redisUrl !== null) return useRedis(options.redisUrl)
  options.onProgress('starting Redis')
  things.defer(() => removeRedisFolder(options.folder))
  return startRedis(options, port, record, child => things.defer(() => child.remove()))
}

async function removeAll(instances: readonly ProcessInstance[]): Promise<void> {
  await Promise.all(instances.map(instance => instance.remove()))
}

class ProcessInstance implements Instance {
  readonly address: InstanceAddress
  readonly logPath: string
  readonly #redisUrl: string
  readonly #options: ClusterOptions
  readonly #record: RunRecord
  #child: Child | null = null
  #isRemoved = false

  constructor(address: InstanceAddress, redisUrl: string, options: ClusterOptions, record: RunRecord) {
    this.address = address
    this.logPath = logPath(options.folder, address.name)
    this.#redisUrl = redisUrl
    this.#options = options
    this.#record = record
  }

  get life(): Life | null {
    return this.#child?.life ?? null
  }

  async launch(): Promise<void> {
    const { name, port, metricsPort } = this.address
    // Somebody else's server on the port would otherwise answer /readyz in the instance's place.
    for (const taken of [port, metricsPort]) {
      if (!(await isPortFree(taken))) throw new ClusterError(`Port ${taken} of ${name} is taken by another process.`)
    }
    // Nothing may be spawned behind the back of a clearing away that came meanwhile.
    if (this.#isRemoved) throw new Error(`${name} is not started, as its cluster is being cleared away.`)
    const settings = { name, host: '127.0.0.1', port, metricsPort, redisUrl: this.#redisUrl }
    const command = {
      name,
      command: process.execPath,
      arguments: [join(this.#options.serviceFolder, 'main.ts')],
      folder: this.#options.serviceFolder,
      environment: { ...inheritedEnvironment(), ...instanceEnvironment(settings, this.#options) },
      logPath: this.logPath,
    }
    this.#child = spawnChild(command, this.#record)
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.#child === null) throw new Error(`${this.address.name} was never started.`)
    this.#child.kill(signal)
  }

  /** A child writes into the file itself. */
  async logWritten(): Promise<void> {}

  async remove(): Promise<void> {
    this.#isRemoved = true
    await this.#child?.remove()
  }
}
