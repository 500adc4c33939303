/**
 * The links of a run that go through a proxy: one in front of each instance for its clients, one in front of Redis for each instance. Only
 * scenarios that break a link run through them.
 */

import { TcpProxy } from '../proxy/tcp-proxy.ts'
import { ClusterError, type ClusterOptions, type Links } from './cluster.ts'
import type { InstancePorts } from './port-layout.ts'

const LOOPBACK = '127.0.0.1'
const REDIS_PORT = 6379

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Addresses that proxies listen on. */
export interface LinkHosts {
  readonly clients: string
  readonly redis: string
}

export class ProxyLinks implements Links, AsyncDisposable {
  readonly #toInstances = new Map<string, TcpProxy>()
  readonly #toRedis = new Map<string, TcpProxy>()

  /**
   * Opens the proxies that the ports are for. `hosts.redis` is the address on which instances can reach their proxy in front of Redis, which
   * is at `redis` as seen from here; `hosts.clients` is where clients, or the balancer, reach theirs. Throws {@link ClusterError} where one
   * cannot listen; then none is left.
   */
  static async open(instances: readonly InstancePorts[], redis: Endpoint, hosts: LinkHosts): Promise<ProxyLinks> {
    const links = new ProxyLinks()
    try {
      for (const { name, port, directPort, redisLinkPort } of instances) {
        if (port !== directPort) {
          links.#toInstances.set(
            name,
            await listen({ host: hosts.clients, port }, { host: LOOPBACK, port: directPort }),
          )
        }
        if (redisLinkPort !== null) {
          links.#toRedis.set(name, await listen({ host: hosts.redis, port: redisLinkPort }, redis))
        }
      }
      return links
    } catch (error) {
      await links[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Where nothing is broken between machines. */
  static none(): ProxyLinks {
    return new ProxyLinks()
  }

  clientLink(name: string): TcpProxy {
    return proxyOf(this.#toInstances, name, `The link of clients to ${name}`)
  }

  redisLink(name: string): TcpProxy {
    return proxyOf(this.#toRedis, name, `The link of ${name} to Redis`)
  }

  residue(): string[] {
    return [
      ...[...this.#toInstances].flatMap(([name, proxy]) => residueOf(proxy, `the link of clients to ${name}`)),
      ...[...this.#toRedis].flatMap(([name, proxy]) => residueOf(proxy, `the link of ${name} to Redis`)),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const proxies = [...this.#toInstances.values(), ...this.#toRedis.values()]
    await Promise.all(proxies.map(proxy => proxy[Symbol.asyncDispose]()))
  }
}

/** Throws {@link ClusterError} where the links to Redis cannot run through a proxy. To be asked before anything is started. */
export function checkLinks({ links, redisUrl }: ClusterOptions): void {
  if (!links?.redis || redisUrl === null || URL.parse(redisUrl)?.protocol !== 'rediss:') return
  throw new ClusterError(
    'Faults on the link to Redis need a redis:// URL in --redis-url: through the proxy of the harness, the name in the certificate of a ' +
      'rediss:// server would not be the one that instances connect to.',
  )
}

/** The same server, user, password and database by way of a proxy. */
export function urlThrough(redisUrl: string, proxy: Endpoint): string {
  const url = new URL(redisUrl)
  url.hostname = proxy.host
  url.port = String(proxy.port)
  return url.href
}

export function endpointOf(redisUrl: string): Endpoint {
  const { hostname, port } = new URL(redisUrl)
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? REDIS_PORT : Number(port) }
}

async function listen(at: Endpoint, target: Endpoint): Promise<TcpProxy> {
  try {
    return await TcpProxy.listen({ ...at, targetHost: target.host, targetPort: target.port })
  } catch (error) {
    throw new ClusterError(`A proxy cannot listen on ${at.host}:${at.port} (${(error as Error).message}).`)
  }
}

function proxyOf(proxies: ReadonlyMap<string, TcpProxy>, name: string, link: string): TcpProxy {
  const proxy = proxies.get(name)
  if (proxy === undefined) throw new Error(`${link} does not run through a proxy in this run.`)
  return proxy
}

function residueOf(proxy: TcpProxy, link: string): string[] {
  return proxy.brokenBy.map(fault => `${link} is still broken: ${fault}`)
}
