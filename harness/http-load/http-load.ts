/** The HTTP load within its process: all connections, what they find, and how late the process itself is. */

import { createWriteStream, type WriteStream } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpLine } from '../ledger/http-records.ts'
import { LatencyCounts } from '../ledger/latency-counts.ts'
import { countLatency, type HttpCounters, type HttpPathCounters, zeroBuckets } from '../ledger/worker-counters.ts'
import { monotonicMs } from '../monotonic.ts'
import type { HttpPath } from '../scenario/measures.ts'
import { HttpConnection } from './http-connection.ts'
import type { HttpLoadOrder } from './http-messages.ts'

/** A share that begins at the very end still has its second. */
const END_GRACE_MS = 1000
const END_POLL_MS = 50
/** Often enough to see a busy event loop, rarely enough to cost nothing. */
const LAG_PROBE_EVERY_MS = 10

export class HttpLoad {
  readonly #order: HttpLoadOrder
  readonly #stream: WriteStream
  readonly #connections: readonly HttpConnection[]
  readonly #timings = new Map<HttpPath, LatencyCounts>()
  readonly #counters: Partial<Record<HttpPath, HttpPathCounters>> = {}
  readonly #lag = new LatencyCounts()
  #isStopped = false

  constructor(order: HttpLoadOrder) {
    this.#order = order
    this.#stream = createWriteStream(order.ledgerPath, { flags: 'wx' })
    this.#connections = order.connections.map((connection, index) => {
      const { path } = connection
      const timing = this.#timings.get(path) ?? new LatencyCounts()
      this.#timings.set(path, timing)
      const counters = this.#counters[path] ?? { ok: 0, errors: 0, latency: zeroBuckets() }
      this.#counters[path] = counters
      const time = (afterMs: number) => {
        // What was asked in the warm-up is not judged for latency.
        if (monotonicMs() - afterMs < order.zeroAtMs) return
        timing.record(afterMs)
        countLatency(counters.latency, afterMs / 1000)
      }
      return new HttpConnection(connection, order.textBytes, {
        answered: (isOk, afterMs) => {
          time(afterMs)
          counters[isOk ? 'ok' : 'errors']++
        },
        unanswered: afterMs => {
          time(afterMs)
          counters.errors++
        },
        leftOpen: time,
        missed: requests => {
          counters.errors += requests
        },
        published: (number, body) => this.#write(publishedLine(index, number, body)),
      })
    })
  }

  get counters(): HttpCounters {
    return this.#counters
  }

  /** Resolves when the load's time is over, or it was stopped, and everything is in the ledger. */
  async run(): Promise<void> {
    const { zeroAtMs, loadMs } = this.#order
    for (const connection of this.#connections) connection.begin(zeroAtMs)
    await sleep(Math.max(0, zeroAtMs - monotonicMs()))
    const utilizationBefore = performance.eventLoopUtilization()
    const probe = this.#probeLag()
    const endAtMs = zeroAtMs + loadMs + END_GRACE_MS
    while (!this.#isStopped && monotonicMs() < endAtMs && !this.#connections.every(({ isDone }) => isDone)) {
      await sleep(END_POLL_MS)
    }
    clearInterval(probe)
    const { utilization } = performance.eventLoopUtilization(utilizationBefore)
    for (const connection of this.#connections) connection.stop()
    await this.#finish(utilization)
  }

  stop(): void {
    this.#isStopped = true
  }

  #probeLag(): NodeJS.Timeout {
    let dueAtMs = monotonicMs() + LAG_PROBE_EVERY_MS
    return setInterval(() => {
      const nowMs = monotonicMs()
      this.#lag.record(nowMs - dueAtMs)
      dueAtMs = nowMs + LAG_PROBE_EVERY_MS
    }, LAG_PROBE_EVERY_MS)
  }

  async #finish(utilization: number): Promise<void> {
    for (const [index, { tally }] of this.#connections.entries()) {
      this.#write(['asked', index, tally.requests, tally.answers, tally.unanswered, tally.open])
    }
    for (const [path, timing] of this.#timings) this.#write(['http-latency', path, timing.encoded(), timing.overflow])
    this.#write(['http-generator', utilization, this.#lag.encoded(), this.#lag.overflow])
    this.#stream.end()
    await finished(this.#stream)
  }

  #write(line: HttpLine): void {
    this.#stream.write(`${JSON.stringify(line)}\n`)
  }
}

/** An answer that does not say where the message stands cannot be held to anything, and is told as such. */
function publishedLine(connection: number, number: number, body: string): HttpLine {
  try {
    const { epoch, seq } = JSON.parse(body) as { epoch?: unknown; seq?: unknown }
    if (typeof epoch === 'string' && Number.isSafeInteger(seq)) {
      return ['published', connection, number, epoch, seq as number]
    }
  } catch {
    // Told below.
  }
  return ['published', connection, number, null, 0]
}
