/** Which port of a run is for what. */

import type { ClusterOptions, InstanceAddress } from './cluster.ts'

export interface InstancePorts extends InstanceAddress {
  /** Of the proxy between this instance and Redis; null where there is none. */
  readonly redisLinkPort: number | null
}

export interface BalancerPorts {
  readonly port: number
  readonly metricsPort: number
}

export interface PortLayout {
  readonly redisPort: number
  /** Null where there is none. */
  readonly balancer: BalancerPorts | null
  readonly instances: readonly InstancePorts[]
}

type Size = Pick<ClusterOptions, 'instances' | 'links' | 'balancer'>

/** One for Redis; two for a balancer; for each instance two, and one for each of its links that is proxied. */
export function portsNeeded(size: Size): number {
  return 1 + (hasBalancer(size) ? 2 : 0) + portsOfEach(size) * size.instances
}

/** Redis first, then the balancer, then the instances: chat-1, chat-2 … `ports` are as many as {@link portsNeeded} says. */
export function layOutPorts(ports: readonly number[], size: Size): PortLayout {
  const left = [...ports]
  const take = () => left.shift()!
  const redisPort = take()
  const balancer = hasBalancer(size) ? { port: take(), metricsPort: take() } : null
  const instances = Array.from({ length: size.instances }, (_, index) => {
    const [directPort, metricsPort] = [take(), take()]
    const port = size.links?.clients ? take() : directPort
    const redisLinkPort = size.links?.redis ? take() : null
    return { name: `chat-${index + 1}`, host: '127.0.0.1', port, directPort, metricsPort, redisLinkPort }
  })
  return { redisPort, balancer, instances }
}

function hasBalancer({ balancer }: Size): boolean {
  return balancer !== undefined && balancer !== null
}

function portsOfEach({ links }: Size): number {
  return 2 + Number(links?.clients ?? false) + Number(links?.redis ?? false)
}
