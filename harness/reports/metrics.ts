/**
 * The harness's own metrics for Prometheus, on a listener of their own.
 *
 * The load runs in processes of its own, each of which keeps cumulative counts; here their sum is exposed. prom-client's metrics can only be
 * counted up one sample at a time, so its registry is given metrics that bring ready values; it does the text format.
 */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Metric, Registry } from 'prom-client'
import {
  type HttpCounters,
  LATENCY_BUCKET_BOUNDS_SECONDS,
  type LatencyBuckets,
  type WorkerCounters,
  zeroCounters,
} from '../ledger/worker-counters.ts'
import type { LatencyKind } from '../scenario/measures.ts'
import type { Budgets } from '../scenario/scenario.ts'
import { HARNESS_METRICS, type HarnessMetricName, LATENCY_KIND_LABELS, type MetricDeclaration } from './metric-names.ts'

/** The port cannot be listened on: exit 2 with this message, no stack trace. */
export class MetricsPortError extends Error {
  override readonly name = 'MetricsPortError'
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Where it differs from the metric's. */
  readonly metricName?: string
}

/** Deliveries that are owed, and those of them owed for too long, as far as is known now. */
export interface Owed {
  readonly outstanding: number
  readonly lost: number
}

export interface RunLabels {
  readonly scenario: string
  readonly seed: number
  readonly driver: string
}

type CounterField = Exclude<keyof WorkerCounters, 'latency' | 'latencyFine' | 'eventLoopUtilization'>

const SUMS = {
  sent: 'sent',
  acked: 'acked',
  rejected: 'rejected',
  unknown: 'unknown',
  delivered: 'delivered',
  duplicatedOnWire: 'duplicatedOnWire',
  holes: 'holes',
  declaredGaps: 'declaredGaps',
  reconnects: 'reconnects',
  connectsFailed: 'connectsFailed',
  clientsConnected: 'clientsConnected',
  stranded: 'stranded',
} as const satisfies Partial<Record<HarnessMetricName, CounterField>>

export class HarnessMetrics implements AsyncDisposable {
  readonly #registry = new Registry()
  readonly #workers = new Map<number, WorkerCounters>()
  readonly #faults = new Map<string, Sample>()
  readonly #phases = new Map<string, Sample>()
  #owed: (() => Owed) | null = null
  #intended: () => number = () => 0
  #run: Sample[] = []
  #budgets: Sample[] = []
  #http: HttpCounters = {}
  #server: Server | null = null

  constructor() {
    for (const [metric, field] of Object.entries(SUMS)) {
      this.#expose(HARNESS_METRICS[metric as keyof typeof SUMS], () => [{ labels: {}, value: this.#sum(field) }])
    }
    this.#expose(HARNESS_METRICS.latency, () => this.#latencySamples())
    this.#expose(HARNESS_METRICS.httpRequests, () => httpRequestSamples(this.#http))
    this.#expose(HARNESS_METRICS.httpLatency, () => httpLatencySamples(this.#http))
    this.#expose(HARNESS_METRICS.workerEventLoopUtilization, () =>
      [...this.#workers].map(([worker, { eventLoopUtilization: value }]) => ({
        labels: { worker: String(worker) },
        value,
      })),
    )
    const { name: workerSendLag } = HARNESS_METRICS.workerSendLag
    this.#expose(HARNESS_METRICS.workerSendLag, () =>
      [...this.#workers].flatMap(([worker, { latency }]) =>
        histogramSamples(workerSendLag, { worker: String(worker) }, latency.sendLag),
      ),
    )
    for (const metric of ['outstanding', 'lost'] as const) {
      this.#expose(HARNESS_METRICS[metric], () =>
        this.#owed === null ? [] : [{ labels: {}, value: this.#owed()[metric] }],
      )
    }
    this.#expose(HARNESS_METRICS.intended, () => [{ labels: {}, value: this.#intended() }])
    this.#expose(HARNESS_METRICS.run, () => this.#run)
    this.#expose(HARNESS_METRICS.budget, () => this.#budgets)
    this.#expose(HARNESS_METRICS.faultActive, () => [...this.#faults.values()])
    this.#expose(HARNESS_METRICS.phase, () => [...this.#phases.values()])
  }

  /** Takes a worker's cumulative counts in place of those it sent before. */
  update(worker: number, counters: WorkerCounters): void {
    this.#workers.set(worker, counters)
  }

  /** Takes the cumulative counts of the HTTP load in place of those before. */
  updateHttp(counters: HttpCounters): void {
    this.#http = counters
  }

  setFault(kind: string, target: string, isActive: boolean): void {
    this.#faults.set(`${kind} ${target}`, { labels: { kind, target }, value: isActive ? 1 : 0 })
  }

  setPhase(phase: string): void {
    for (const [name, sample] of this.#phases) this.#phases.set(name, { ...sample, value: 0 })
    this.#phases.set(phase, { labels: { phase }, value: 1 })
  }

  /** Whom to ask at each scrape for what is owed, which takes some counting. What the checkers find is in the result. */
  watchOwed(owed: () => Owed): void {
    this.#owed = owed
  }

  /** Whom to ask at each scrape for the number of messages whose intended time has come. */
  watchIntended(intended: () => number): void {
    this.#intended = intended
  }

  setRun({ scenario, seed, driver }: RunLabels): void {
    this.#run = [{ labels: { scenario, seed: String(seed), driver }, value: 1 }]
  }

  /** Those that the scenario names; a limit on the whole run has the phase `all`. */
  setBudgets(budgets: Budgets): void {
    this.#budgets = Object.entries(budgets).flatMap(([measure, limit]) =>
      Object.entries(typeof limit === 'number' ? { all: limit } : limit).map(([phase, value]) => ({
        labels: { measure, phase },
        value,
      })),
    )
  }

  /** The exposition text. */
  async text(): Promise<string> {
    return await this.#registry.metrics()
  }

  /**
   * Serves `/metrics` until {@link close}, and resolves with its URL. Port 0 takes a free one. Throws {@link MetricsPortError} where the
   * port cannot be had.
   */
  async listen(port: number, host = '127.0.0.1'): Promise<string> {
    const server = createServer(async (request, response) => {
      if (request.url !== '/metrics') {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('There is only /metrics here.\n')
        return
      }
      response.writeHead(200, { 'content-type': this.#registry.contentType }).end(await this.text())
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', error => reject(portError(error, host, port)))
      server.listen(port, host, resolve)
    })
    this.#server = server
    return `http://${host}:${(server.address() as AddressInfo).port}/metrics`
  }

  /** Stops serving. Does nothing where nothing listens. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    server.closeAllConnections()
    await new Promise<void>(resolve => server.close(() => resolve()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #expose(declaration: MetricDeclaration, collect: () => Sample[]): void {
    const { name, help, type } = declaration
    const ready = { name, help, type, get: async () => ({ name, help, type, aggregator: 'sum', values: collect() }) }
    // The registry asks for nothing but name and get(); the declared type wants one of prom-client's own classes.
    this.#registry.registerMetric(ready as unknown as Metric)
  }

  #sum(field: CounterField): number {
    let sum = 0
    for (const counters of this.#workers.values()) sum += counters[field]
    return sum
  }

  #latencySamples(): Sample[] {
    const total = zeroCounters().latency
    for (const { latency } of this.#workers.values()) {
      for (const [kind, { counts, sumSeconds }] of Object.entries(latency)) {
        const sum = total[kind as LatencyKind]
        counts.forEach((count, bucket) => {
          sum.counts[bucket]! += count
        })
        sum.sumSeconds += sumSeconds
      }
    }
    return Object.entries(total).flatMap(([kind, buckets]) =>
      histogramSamples(HARNESS_METRICS.latency.name, { kind: LATENCY_KIND_LABELS[kind as LatencyKind] }, buckets),
    )
  }
}

function httpRequestSamples(http: HttpCounters): Sample[] {
  return Object.entries(http).flatMap(([path, { ok, errors }]) => [
    { labels: { path, outcome: 'ok' }, value: ok },
    { labels: { path, outcome: 'error' }, value: errors },
  ])
}

function httpLatencySamples(http: HttpCounters): Sample[] {
  return Object.entries(http).flatMap(([path, { latency }]) =>
    histogramSamples(HARNESS_METRICS.httpLatency.name, { path }, latency),
  )
}

/** Buckets of Prometheus are cumulative; the workers' are not. */
function histogramSamples(name: string, labels: Sample['labels'], { counts, sumSeconds }: LatencyBuckets): Sample[] {
  let upTo = 0
  const buckets = counts.map((count, bucket) => {
    upTo += count
    const le = String(LATENCY_BUCKET_BOUNDS_SECONDS[bucket] ?? '+Inf')
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumSeconds },
    { metricName: `${name}_count`, labels, value: upTo },
  ]
}

function portError(error: NodeJS.ErrnoException, host: string, port: number): MetricsPortError {
  const why =
    error.code === 'EADDRINUSE'
      ? 'something else listens on it'
      : error.code === 'EACCES'
        ? 'this user may not listen on it'
        : error.message
  return new MetricsPortError(
    `The metrics port ${port} on ${host} cannot be had: ${why}. Choose another with --metrics-port, or leave it out.`,
  )
}
