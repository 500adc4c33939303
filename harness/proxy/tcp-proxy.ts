/**
 * A TCP proxy that breaks links on demand: latency, black hole in one or both directions, reset. Without privileges, on every driver.
 *
 * Bytes are delayed or the connection ends; nothing is ever taken out of a stream. A connection costs the proxy two descriptors.
 */

import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { Lane, type LaneFault } from './lane.ts'

export interface TcpProxyOptions {
  /** Where it listens, always on 127.0.0.1. Port 0 takes a free one. */
  readonly port: number
  readonly targetHost: string
  readonly targetPort: number
}

/** What is done to each direction; what is left out is left as it is. */
export interface LinkFault {
  readonly toTarget?: Partial<LaneFault>
  readonly fromTarget?: Partial<LaneFault>
}

const HOST = '127.0.0.1'

interface Pair {
  readonly client: Socket
  readonly target: Socket
  readonly toTarget: Lane
  readonly fromTarget: Lane
}

export class TcpProxy implements AsyncDisposable {
  readonly #options: TcpProxyOptions
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #toTarget: LaneFault = { latencyMs: 0, isBlackHole: false }
  #fromTarget: LaneFault = { latencyMs: 0, isBlackHole: false }
  #isRefusing = false

  private constructor(options: TcpProxyOptions) {
    this.#options = options
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, client => this.#accept(client))
  }

  /** Rejects where the port cannot be had. */
  static async listen(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options)
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject)
      proxy.#server.listen(options.port, HOST, resolve)
    })
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  get connectionCount(): number {
    return this.#pairs.size
  }

  /** Holds for open and new connections from now on. */
  set(fault: LinkFault): void {
    this.#toTarget = { ...this.#toTarget, ...fault.toTarget }
    this.#fromTarget = { ...this.#fromTarget, ...fault.fromTarget }
    for (const { toTarget, fromTarget } of this.#pairs) {
      toTarget.set(this.#toTarget)
      fromTarget.set(this.#fromTarget)
    }
  }

  /** Open connections turn half-open for good: nothing comes through in either direction. New ones are not touched. */
  freeze(): void {
    for (const { toTarget, fromTarget } of this.#pairs) {
      toTarget.set({ latencyMs: 0, isBlackHole: true })
      fromTarget.set({ latencyMs: 0, isBlackHole: true })
    }
  }

  /** Takes back everything but resets; what was held back flows on. */
  heal(): void {
    this.#isRefusing = false
    const none: LaneFault = { latencyMs: 0, isBlackHole: false }
    this.set({ toTarget: none, fromTarget: none })
  }

  /** Ends all open connections with RST on both sides. With `refuse`, new ones too, until healed. */
  reset(options: { refuse: boolean } = { refuse: false }): void {
    this.#isRefusing = options.refuse
    for (const { client, target } of this.#pairs) {
      client.resetAndDestroy()
      target.resetAndDestroy()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.reset()
    await closed
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.resetAndDestroy()
      return
    }
    const { targetHost, targetPort } = this.#options
    const target = dial({ host: targetHost, port: targetPort, allowHalfOpen: true, noDelay: true })
    const pair: Pair = {
      client,
      target,
      toTarget: new Lane(client, target, this.#toTarget),
      fromTarget: new Lane(target, client, this.#fromTarget),
    }
    this.#pairs.add(pair)
    const end = () => {
      this.#pairs.delete(pair)
      client.destroy()
      target.destroy()
    }
    for (const socket of [client, target]) {
      // An abrupt end on one side is one on the other.
      socket.once('error', () => {
        client.resetAndDestroy()
        target.resetAndDestroy()
      })
      socket.once('close', end)
    }
  }
}
