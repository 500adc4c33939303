/**
 * Counts the connections that the instances have, through their own metrics: the harness knows of a load that others make by nothing else. An
 * instance that is down or does not answer has none.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricsAddress } from './memory-samples.ts'

const EVERY_MS = 250
const ANSWER_MS_MAX = 900
const CONNECTIONS = /^tuesday_connections(?:\{[^}]*\})? (\d+)$/m

export class ConnectionWatch implements Disposable {
  readonly #instances: readonly MetricsAddress[]
  readonly #over = new AbortController()
  /** Now, over all instances. */
  connections = 0
  /** The most that were open at one time. */
  connectionsMax = 0

  constructor(instances: readonly MetricsAddress[]) {
    this.#instances = instances
    void this.#watch()
  }

  /** Resolves with whether it came true within that time, and with false after the abort. */
  async waitUntil(condition: (connections: number) => boolean, msMax: number, abort: AbortSignal): Promise<boolean> {
    const deadlineMs = performance.now() + msMax
    while (!abort.aborted && performance.now() < deadlineMs) {
      if (condition(this.connections)) return true
      await sleep(EVERY_MS, undefined, { signal: abort }).catch(() => {})
    }
    return false
  }

  async #watch(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      const counts = await Promise.all(this.#instances.map(instance => countConnections(instance, signal)))
      this.connections = counts.reduce((sum, count) => sum + count, 0)
      this.connectionsMax = Math.max(this.connectionsMax, this.connections)
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
    }
  }

  [Symbol.dispose](): void {
    this.#over.abort()
  }
}

async function countConnections({ host, metricsPort }: MetricsAddress, abort: AbortSignal): Promise<number> {
  try {
    const signal = AbortSignal.any([abort, AbortSignal.timeout(ANSWER_MS_MAX)])
    const response = await fetch(`http://${host}:${metricsPort}/metrics`, { signal })
    return Number(CONNECTIONS.exec(await response.text())?.[1] ?? 0)
  } catch {
    return 0
  }
}
