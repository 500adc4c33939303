/**
 * A running cluster, whatever its driver: the roles of `cluster.ts` on top of the driver's instances. Starting and clearing away is
 * the driver's.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { TcpProxy } from '../proxy/tcp-proxy.ts'
import type { RunBalancer } from './balancer.ts'
import type { BalancerAddress, Cluster, CpuStressed, DriverName, InstanceAddress, InstanceExit } from './cluster.ts'
import { type Instance, isReady, startInstance } from './instance.ts'
import { describeExit } from './life.ts'
import type { ProxyLinks } from './links.ts'
import type { RunRedis } from './redis-control.ts'
import { isRedisAnswering } from './redis-server.ts'

/** A signal stops a process within microseconds, unless it waits for a disk. */
const PAUSED_WITHIN_MS = 5_000
const PAUSED_POLL_MS = 5

export interface ClusterParts {
  readonly driver: DriverName
  readonly instances: readonly Instance[]
  /** Null: there is none. */
  readonly balancer: RunBalancer | null
  readonly redis: RunRedis
  readonly links: ProxyLinks
  /** Clears everything away, in reverse order of its making. Disposed once. */
  readonly things: AsyncDisposableStack
}

export class InstanceCluster implements Cluster {
  readonly driver: DriverName
  readonly instances: readonly InstanceAddress[]
  readonly balancer: BalancerAddress | null
  readonly redisVersion: string
  readonly redisUrl: string
  readonly #parts: ClusterParts
  readonly #disposal = new AbortController()
  #disposed: Promise<void> | null = null

  constructor(parts: ClusterParts) {
    this.#parts = parts
    this.driver = parts.driver
    this.instances = parts.instances.map(instance => instance.address)
    this.balancer = parts.balancer?.address ?? null
    this.redisVersion = parts.redis.server.version
    this.redisUrl = parts.redis.server.url
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

  async exited(name: string, timeoutMs: number): Promise<InstanceExit> {
    const { life } = this.#instance(name)
    if (life === null) throw new Error(`${name} was never started.`)
    return life.endedWithin(timeoutMs)
  }

  async pause(name: string): Promise<void> {
    await this.#instance(name).pause()
    await this.#untilPaused(name, true)
  }

  async resume(name: string): Promise<void> {
    await this.#instance(name).resume()
    await this.#untilPaused(name, false)
  }

  isPaused(name: string): Promise<boolean> {
    return this.#instance(name).isPaused()
  }

  clientLink(name: string): TcpProxy {
    return this.#parts.links.clientLink(this.#instance(name).address.name)
  }

  redisLink(name: string): TcpProxy {
    return this.#parts.links.redisLink(this.#instance(name).address.name)
  }

  stopRedis(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    return this.#parts.redis.stop(signal)
  }

  startRedis(data: 'kept' | 'lost'): Promise<void> {
    return this.#parts.redis.start(data)
  }

  async stressCpu(name: string, { share }: { readonly share: number }): Promise<CpuStressed> {
    if (!(share > 0 && share < 1)) throw new Error(`The share of a CPU is above 0 and below 1, not ${share}.`)
    return this.#instance(name).stressCpu(share)
  }

  async residue(expectedUp: readonly string[] = this.instances.map(({ name }) => name)): Promise<string[]> {
    const { instances, balancer, links, redis } = this.#parts
    const [isRedisThere, ofBalancer, ...lines] = await Promise.all([
      isRedisAnswering(redis.server.url),
      balancer?.residue(expectedUp) ?? [],
      ...instances.flatMap(instance => {
        const isExpected = expectedUp.includes(instance.address.name)
        // What cannot be asked about is not known to be clean.
        return [instanceResidue(instance, isExpected), instance.stressResidue()].map(line => line.catch(messageOf))
      }),
    ])
    const all = [isRedisThere ? null : 'Redis does not answer.', ...ofBalancer, ...lines, ...links.residue()]
    return all.filter(line => line !== null)
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

  async #untilPaused(name: string, isWanted: boolean): Promise<void> {
    const deadlineMs = performance.now() + PAUSED_WITHIN_MS
    while ((await this.isPaused(name)) !== isWanted) {
      if (performance.now() > deadlineMs) {
        throw new Error(`${name} is ${isWanted ? 'not' : 'still'} paused after ${PAUSED_WITHIN_MS / 1000} s.`)
      }
      await sleep(PAUSED_POLL_MS)
    }
  }
}

/** A paused instance is told whether or not it is expected to be up. */
async function instanceResidue(instance: Instance, isExpected: boolean): Promise<string | null> {
  const { name } = instance.address
  const { life } = instance
  if (!life?.isRunning) return isExpected ? `${name} is not running (${await describeEnd(instance)}).` : null
  if (await instance.isPaused()) return `${name} is paused.`
  return !isExpected || (await isReady(instance.address)) ? null : `${name} runs, but does not answer 200 to /readyz.`
}

function messageOf(error: Error): string {
  return error.message
}

async function describeEnd({ life }: Instance): Promise<string> {
  return life === null ? 'never started' : life.ended.then(describeExit, messageOf)
}
