/**
 * A running cluster, whatever its driver: the roles of `cluster.ts` on top of the driver's instances. Starting and clearing away is
 * the driver's.
 */

import type { Cluster, DriverName, InstanceAddress, InstanceExit } from './cluster.ts'
import { type Instance, isReady, startInstance } from './instance.ts'
import { describeExit } from './life.ts'
import { isRedisAnswering, type RedisServer } from './redis-server.ts'

export interface ClusterParts {
  readonly driver: DriverName
  readonly instances: readonly Instance[]
  readonly redis: RedisServer
  /** Clears everything away, in reverse order of its making. Disposed once. */
  readonly things: AsyncDisposableStack
}

export class InstanceCluster implements Cluster {
  readonly driver: DriverName
  readonly instances: readonly InstanceAddress[]
  readonly redisVersion: string
  readonly #parts: ClusterParts
  readonly #disposal = new AbortController()
  #disposed: Promise<void> | null = null

  constructor(parts: ClusterParts) {
    this.#parts = parts
    this.driver = parts.driver
    this.instances = parts.instances.map(instance => instance.address)
    this.redisVersion = parts.redis.version
  }

  start(name: string): Promise<void> {
    return startInstance(this.#instance(name), this.#disposal.signal)
  }

  isRunning(name: string): boolean {
    return this.#instance(name).life?.isRunning ?? false
  }

  signal(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    return this.#instance(name).kill(signal)
  }

  exited(name: string, timeoutMs: number): Promise<InstanceExit> {
    return this.#instance(name).life!.endedWithin(timeoutMs)
  }

  async residue(): Promise<string[]> {
    const [redis, ...instances] = await Promise.all([
      isRedisAnswering(this.#parts.redis.url),
      ...this.#parts.instances.map(instanceResidue),
    ])
    return [redis ? null : 'Redis does not answer.', ...instances].filter(line => line !== null)
  }

  /** May be called again, and while an instance is starting, which then fails. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort(new Error('The cluster is being cleared away.'))
    this.#disposed ??= this.#parts.things.disposeAsync()
    return this.#disposed
  }

  #instance(name: string): Instance {
    const instance = this.#parts.instances.find(candidate => candidate.address.name === name)
    if (instance === undefined) throw new Error(`The cluster has no instance ${name}.`)
    return instance
  }
}

async function instanceResidue(instance: Instance): Promise<string | null> {
  const { name, port } = instance.address
  if (!instance.life?.isRunning) {
    const how = await instance.life?.ended.then(describeExit, (error: Error) => error.message)
    return `${name} is not running (${how}).`
  }
  return (await isReady(port)) ? null : `${name} runs, but does not answer 200 to /readyz.`
}
