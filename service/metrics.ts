/** The service's metrics, and the listener of their own that serves them. */

import type { Server } from 'node:http'
import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { METRIC_NAMES } from './metric-names.ts'

/** Seconds. Fine around a few milliseconds, where a healthy cluster is; up to the time that a repair takes. */
const LATENCY_BUCKETS = [0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const BATCH_BUCKETS = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]

/**
 * prom-client's own metrics that are left out: they look at every socket at each scrape, which with 16,000 of them and one scrape a second was
 * some 15 % of all that an instance did, in a profile. (promtool refuses the names of some, too.)
 */
const COSTLY_DEFAULTS = ['handles', 'requests', 'resources']
  .flatMap(name => [`nodejs_active_${name}`, `nodejs_active_${name}_total`])
  .concat('process_open_fds')

export type Metrics = ReturnType<typeof createMetrics>

/** Read at each scrape. */
export interface ObservedState {
  readonly connections: () => number
  readonly rooms: () => number
  readonly drainRemaining: () => number
  readonly redisReconnects: () => readonly { readonly link: string; readonly count: number }[]
}

export function createMetrics(instance: string, observed: ObservedState) {
  const registry = new Registry()
  registry.setDefaultLabels({ instance_name: instance })
  collectDefaultMetrics({ register: registry })
  for (const name of COSTLY_DEFAULTS) registry.removeSingleMetric(name)
  const registers = [registry]
  let loopBefore: EventLoopUtilization = performance.eventLoopUtilization()
  return {
    registry,
    crossInstanceLatency: new Histogram({
      name: METRIC_NAMES.crossInstanceLatency,
      help: "From the sender instance's accept to this instance's fan-out, for messages of other instances",
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    connections: new Gauge({
      name: METRIC_NAMES.connections,
      help: 'Open WebSocket connections',
      registers,
      collect() {
        this.set(observed.connections())
      },
    }),
    rooms: new Gauge({
      name: METRIC_NAMES.rooms,
      help: 'Rooms with members on this instance',
      registers,
      collect() {
        this.set(observed.rooms())
      },
    }),
    accepted: new Counter({
      name: METRIC_NAMES.accepted,
      help: 'Messages that this instance put into the log',
      registers,
    }),
    delivered: new Counter({ name: METRIC_NAMES.delivered, help: 'Live messages written to sockets', registers }),
    refused: new Counter({
      name: METRIC_NAMES.refused,
      help: 'Sends answered with reject, by code',
      labelNames: ['code'],
      registers,
    }),
    unconfirmed: new Counter({ name: METRIC_NAMES.unconfirmed, help: 'Sends answered with unconfirmed', registers }),
    gapRepairs: new Counter({
      name: METRIC_NAMES.gapRepairs,
      help: 'Reads of the log that repaired a room, by what found the gap',
      labelNames: ['cause'],
      registers,
    }),
    resumes: new Counter({
      name: METRIC_NAMES.resumes,
      help: 'Joins with a position, by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    closes: new Counter({
      name: METRIC_NAMES.closes,
      help: 'Sockets closed by this instance, by close code',
      labelNames: ['code'],
      registers,
    }),
    errors: new Counter({
      name: METRIC_NAMES.errors,
      help: 'Frames answered with error, by code',
      labelNames: ['code'],
      registers,
    }),
    redisReconnects: new Gauge({
      name: METRIC_NAMES.redisReconnects,
      help: 'Times that a Redis connection was lost since the start, by link',
      labelNames: ['link'],
      registers,
      collect() {
        for (const { link, count } of observed.redisReconnects()) this.set({ link }, count)
      },
    }),
    draining: new Gauge({ name: METRIC_NAMES.draining, help: '1 while this instance drains', registers }),
    drainRemaining: new Gauge({
      name: METRIC_NAMES.drainRemaining,
      help: 'Connections that a drain has still to close; 0 while this instance does not drain',
      registers,
      collect() {
        this.set(observed.drainRemaining())
      },
    }),
    messagesPerBatch: new Histogram({
      name: METRIC_NAMES.messagesPerBatch,
      help: 'Live messages that came over the channels in one turn of the event loop',
      buckets: BATCH_BUCKETS,
      registers,
    }),
    eventLoopUtilization: new Gauge({
      name: METRIC_NAMES.eventLoopUtilization,
      help: 'Share of the time since the last scrape in which the event loop was busy, 0 to 1',
      registers,
      collect() {
        const loop = performance.eventLoopUtilization()
        this.set(performance.eventLoopUtilization(loop, loopBefore).utilization)
        loopBefore = loop
      },
    }),
    httpRefusals: new Counter({
      name: METRIC_NAMES.httpRefusals,
      help: 'Requests over HTTP that were refused, by code',
      labelNames: ['code'],
      registers,
    }),
  }
}

/** Serves `/metrics` and nothing else. Rejects where the port cannot be had. */
export function listenForMetrics(registry: Registry, host: string, port: number): Promise<Server> {
  const server = process.getBuiltinModule('node:http').createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    registry.metrics().then(
      text => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}
