/**
 * Test support: an instance of the service whose links to clients and to Redis run through real proxies, and a context for faults on it.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { PlannedFault } from '../plan/plan.ts'
import { createRandom } from '../plan/random.ts'
import { TcpProxy } from '../proxy/tcp-proxy.ts'
import { FAULT_KINDS, type FaultName, type FaultSettings } from '../scenario/fault-kinds.ts'
import type { Visitors } from '../visitors/visitors.ts'
import type { Fault, FaultContext, Injection } from './fault.ts'
import { probesOf } from './probes.ts'

const HOST = '127.0.0.1'
const CUT_MS_MAX = 10_000
export const TARGET = 'chat-1'

/** A proxy that says that it does what it is told, and does nothing. */
const IDLE = {
  inject: () => ({ connectionsAffected: 3, bytesHeldBack: 0, heal() {} }),
  refuse: () => ({ connectionsRefused: 0, heal() {} }),
  reset: () => 0,
  freeze: () => 0,
}

export interface BenchInstance {
  readonly port: number
  readonly metricsPort: number
}

export class FaultBench<Instance extends BenchInstance> implements AsyncDisposable {
  readonly instance: Instance
  readonly clientLink: TcpProxy
  readonly redisLink: TcpProxy
  isRunning = true
  visitors: Visitors | null = null

  private constructor(instance: Instance, clientLink: TcpProxy, redisLink: TcpProxy) {
    this.instance = instance
    this.clientLink = clientLink
    this.redisLink = redisLink
  }

  static async start<Instance extends BenchInstance>(
    redisPort: number,
    startInstance: (redisUrl: string) => Promise<Instance>,
  ): Promise<FaultBench<Instance>> {
    const redisLink = await TcpProxy.listen({ port: 0, targetHost: HOST, targetPort: redisPort })
    const instance = await startInstance(`redis://${HOST}:${redisLink.port}`)
    const clientLink = await TcpProxy.listen({ port: 0, targetHost: HOST, targetPort: instance.port })
    return new FaultBench(instance, clientLink, redisLink)
  }

  /** Every client is cut off, whatever has been left broken. */
  async cutAll(): Promise<void> {
    this.clientLink.heal()
    this.clientLink.reset()
    const deadlineMs = performance.now() + CUT_MS_MAX
    while (this.clientLink.connectionCount > 0) {
      if (performance.now() > deadlineMs) throw new Error(`not everybody was cut off within ${CUT_MS_MAX} ms`)
      await sleep(5)
    }
  }

  /**
   * A fault on the instance. `isIdle`: its proxies do nothing. `isHurried`: pauses of the fault are over at once, and its clock believes
   * them.
   */
  prepare<Kind extends FaultName>(
    fault: Fault<Kind>,
    settings: Partial<FaultSettings<Kind>> = {},
    { isIdle = false, isHurried = false } = {},
  ): Injection {
    const planned = {
      ...{ kind: fault.kind, target: TARGET, atMs: 0, heals: true, lastsMs: 0 },
      settings: { ...FAULT_KINDS[fault.kind].settings, ...settings },
    } as PlannedFault<Kind>
    return fault.prepare(planned, this.#context(isIdle, isHurried))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clientLink[Symbol.asyncDispose]()
    await this.redisLink[Symbol.asyncDispose]()
  }

  #context(isIdle: boolean, isHurried: boolean): FaultContext {
    let skippedMs = 0
    const through = (link: TcpProxy) => (isIdle ? idle(link) : link)
    const { port: directPort, metricsPort } = this.instance
    const cluster = {
      instances: [{ name: TARGET, host: '127.0.0.1', port: this.clientLink.port, directPort, metricsPort }],
      clientLink: () => through(this.clientLink),
      redisLink: () => through(this.redisLink),
      isRunning: () => this.isRunning,
    }
    const context: Partial<FaultContext> = {
      cluster: cluster as unknown as FaultContext['cluster'],
      visitors: this.visitors!,
      probes: probesOf({ instances: cluster.instances, redisUrl: '' }),
      now: () => performance.now() + skippedMs,
      ofPerformance: ms => ms + skippedMs,
      pause: async ms => {
        if (!isHurried) return sleep(ms)
        skippedMs += ms
      },
      random: createRandom(7, 'fault').uniform,
    }
    return context as FaultContext
  }
}

function idle(link: TcpProxy): TcpProxy {
  return new Proxy(link, {
    get(target, name) {
      const own = IDLE[name as keyof typeof IDLE] ?? Reflect.get(target, name, target)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}
