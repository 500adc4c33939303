/** The metrics of a flood. For the init context: k6 lets nobody make one later. */

import { Counter, type Metric, Trend } from 'k6/metrics'
import { K6_COUNTS, K6_EXTRAS, K6_LATENCIES, K6_SAMPLES } from '../../../harness/k6/metric-names.ts'
import type { LatencyKind } from '../../../harness/scenario/measures.ts'

export class FloodMetrics {
  readonly #counts = makeEach(K6_COUNTS, name => new Counter(name))
  readonly #latencies = makeEach(K6_LATENCIES, name => new Trend(name, true))
  readonly #samples = makeEach(K6_SAMPLES, name => new Counter(name))
  readonly #sent = new Counter(K6_EXTRAS.sent)
  readonly #acked = new Counter(K6_EXTRAS.acked)
  readonly #delivered = new Counter(K6_EXTRAS.delivered)
  readonly #closes = new Counter(K6_EXTRAS.closes)
  readonly #reconnects = new Counter(K6_EXTRAS.reconnects)
  readonly #drainingNotices = new Counter(K6_EXTRAS.drainingNotices)
  readonly #reconnect = new Trend(K6_EXTRAS.reconnect, true)

  count(measure: keyof typeof K6_COUNTS, value = 1): void {
    if (value > 0) this.#counts[measure].add(value)
  }

  latency(kind: LatencyKind, ms: number): void {
    this.#latencies[kind].add(ms)
    this.#samples[kind].add(1)
  }

  sent(): void {
    this.#sent.add(1)
  }

  acked(): void {
    this.#acked.add(1)
  }

  delivered(): void {
    this.#delivered.add(1)
  }

  closed(code: number): void {
    this.#closes.add(1, { code: `${code}` })
  }

  drainingNotice(): void {
    this.#drainingNotices.add(1)
  }

  /** From the close until all rooms were joined again. */
  reconnected(ms: number): void {
    this.#reconnects.add(1)
    this.#reconnect.add(ms)
  }
}

function makeEach<Name extends string, Made extends Metric>(
  names: Readonly<Record<Name, string>>,
  make: (name: string) => Made,
): Record<Name, Made> {
  const entries = Object.entries<string>(names).map(([key, name]) => [key, make(name)])
  return Object.fromEntries(entries) as Record<Name, Made>
}
