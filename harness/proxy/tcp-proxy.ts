/**
 * A TCP proxy that breaks links on demand: latency, jitter, narrow bandwidth, black hole in one or both directions, slow close, reset, refusal,
 * half-open. Without privileges, on every driver. Faults compose, since those of a timeline overlap, and each is healed on its own.
 *
 * Bytes are delayed or the connection ends; nothing is ever taken out of a stream. A connection costs the proxy two descriptors. It is
 * accepted, and the target dialled, whatever the link is like then: a black hole shows in the first bytes, not in the connecting.
 */

import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { InjectedFault } from './injected-fault.ts'
import { checkFault, checkShare, describeFault, drawShare, type LinkFault, type Random } from './link-fault.ts'
import { ProxiedConnection } from './proxied-connection.ts'

export type { LinkFault, Random } from './link-fault.ts'

export interface TcpProxyOptions {
  /** Address to listen on; 127.0.0.1 unless given. */
  readonly host?: string
  /** Port 0 takes a free one. */
  readonly port: number
  readonly targetHost: string
  readonly targetPort: number
}

/** Of the connections, 0 to 1, drawn by the random: as many as that makes, but at least one unless it is 0. */
export interface Share {
  readonly share: number
  readonly random: Random
}

/** New connections are answered with RST while it lasts. */
export interface Refusal {
  readonly connectionsRefused: number
  /** Takes this refusal back, and no other. May be called again. */
  heal(): void
}

/** No descriptor is free, in this process or on this machine; no port is free for another connection to the target. */
const OWN_FAILURES = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL'])

const LOOPBACK_HOST = '127.0.0.1'

export class TcpProxy implements AsyncDisposable {
  readonly #options: TcpProxyOptions
  readonly #server: Server
  readonly #connections = new Set<ProxiedConnection>()
  readonly #faults = new Set<InjectedFault>()
  readonly #refusals = new Set<{ connectionsRefused: number }>()
  readonly #failures = new Set<string>()

  private constructor(options: TcpProxyOptions) {
    this.#options = options
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, client => this.#accept(client))
  }

  /** Rejects where the port cannot be had. */
  static async listen(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options)
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject)
      proxy.#server.listen(options.port, proxy.host, resolve)
    })
    proxy.#server.on('error', error => proxy.#notice(error))
    return proxy
  }

  /** Where it listens. */
  get host(): string {
    return this.#options.host ?? LOOPBACK_HOST
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** Connections that are open on one side at least. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /** Whether the connection of the client with this port is among them. The kernel tells that client so a moment before. */
  hasConnectionFrom(clientPort: number): boolean {
    for (const connection of this.#connections) if (connection.clientPort === clientPort) return true
    return false
  }

  /**
   * What is wrong with the link now, one line for each fault, and for ever what the proxy itself could not do, such as for want of descriptors.
   * Connections that are frozen are not told: they are never healed.
   */
  get brokenBy(): string[] {
    const faults = [...this.#faults].map(({ fault }) => describeFault(fault))
    const refusals = [...this.#refusals].map(() => 'new connections refused')
    return [...faults, ...refusals, ...this.#failures]
  }

  /** Holds for open and new connections until it is healed. `random` is for a fault with a share or jitter, and seeded by the caller. */
  inject(fault: LinkFault, random: Random | null = null): InjectedFault {
    checkFault(fault, random)
    const injected = new InjectedFault(fault, random ?? notDrawn, healed => this.#faults.delete(healed))
    this.#faults.add(injected)
    injected.drawOpen(this.#connections)
    return injected
  }

  /** New connections get RST from now on; open ones are left alone. */
  refuse(): Refusal {
    const refusal = { connectionsRefused: 0, heal: () => void this.#refusals.delete(refusal) }
    this.#refusals.add(refusal)
    return refusal
  }

  /** Ends open connections with RST on both sides, all unless a share is given. Returns how many. */
  reset(some: Share | null = null): number {
    const drawn = this.#draw(some)
    for (const connection of drawn) connection.reset()
    return drawn.length
  }

  /**
   * Open connections, all unless a share is given, turn half-open for good: nothing comes through in either direction, whatever is healed
   * later. New ones are not touched. Returns how many.
   */
  freeze(some: Share | null = null): number {
    const drawn = this.#draw(some)
    for (const connection of drawn) connection.freeze()
    return drawn.length
  }

  /** Heals every fault and refusal that is left. */
  heal(): void {
    for (const injected of [...this.#faults]) injected.heal()
    this.#refusals.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.reset()
    await closed
  }

  #draw(some: Share | null): ProxiedConnection[] {
    if (some !== null) checkShare(some.share, some.random)
    return drawShare(this.#connections, some?.share ?? 1, some?.random ?? null)
  }

  #accept(client: Socket): void {
    if (this.#refusals.size > 0) {
      for (const refusal of this.#refusals) refusal.connectionsRefused++
      client.resetAndDestroy()
      return
    }
    const { targetHost: host, targetPort: port } = this.#options
    const target = dial({ host, port, allowHalfOpen: true, noDelay: true })
    target.on('error', error => this.#notice(error))
    const connection = new ProxiedConnection(client, target, () => {
      this.#connections.delete(connection)
      for (const injected of this.#faults) injected.forget(connection)
    })
    this.#connections.add(connection)
    for (const injected of this.#faults) injected.drawNew(connection)
  }

  /** A proxy that is at its limits must not be taken for a service that fails. */
  #notice(error: NodeJS.ErrnoException): void {
    if (OWN_FAILURES.has(error.code ?? '')) this.#failures.add(`the proxy itself has failed (${error.message})`)
  }
}

function notDrawn(): never {
  throw new Error('This is a fault without a draw.')
}
