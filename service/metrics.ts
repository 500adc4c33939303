/**
 * The metrics of an instance, each built from its declaration, and the listener of their own that serves them. Every series is there from the
 * start, at 0, so that Prometheus sees the first event as an increase; and there are no others, whatever rooms and users there are.
 */

import type { Server } from 'node:http'
import { totalmem } from 'node:os'
import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import { collectDefaultMetrics, type Histogram, Registry } from 'prom-client'
import { Exposition } from './exposition.ts'
import { SERVICE_METRICS as DECLARED, ROOM_SIZES, RUNTIME_METRICS } from './metric-names.ts'
import { CLOSE_CODES, ERROR_CODES, GAP_REASONS, HTTP_ERROR_CODES, REJECT_CODES } from './protocol.ts'
import { FAILURE_OUTCOMES, LINK_ROLES, type LinkRole, type RedisLink } from './redis-link.ts'
import { GAP_MOMENTS, REPAIR_CAUSES } from './room.ts'
import { BySize } from './room-size.ts'

/** Seconds. Fine around a few milliseconds, where a healthy cluster is; up to the time that a repair takes. */
const LATENCY_BUCKETS = [0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Seconds. A script takes tenths of a millisecond; nothing takes longer than a command may and the wait before it. */
const ANSWER_BUCKETS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const BATCH_BUCKETS = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]

/**
 * prom-client's own metrics that are left out: they look at every socket at each scrape, which with 16,000 of them and one scrape a second was
 * some 15 % of all that an instance did, in a profile. (promtool refuses the names of some, too.)
 */
const COSTLY_DEFAULTS = ['handles', 'requests', 'resources']
  .flatMap(name => [`nodejs_active_${name}`, `nodejs_active_${name}_total`])
  .concat('process_open_fds')

/** Their kinds, as prom-client names them. */
const GARBAGE_COLLECTIONS = ['major', 'minor', 'incremental', 'weakcb']

/** How a send was answered. */
export const SEND_OUTCOMES = ['accepted', 'refused', 'unconfirmed'] as const
export type SendOutcome = (typeof SEND_OUTCOMES)[number]
/** What a send came over. */
const SEND_WAYS = ['websocket', 'http'] as const
/** Of joins with a position. */
const RESUME_OUTCOMES = ['complete', 'gap'] as const

type ObservedLink = Pick<RedisLink, 'isUsable' | 'reconnects'>

/** What others count or know anyway; read at each scrape. */
export interface ObservedState {
  readonly connections: () => number
  readonly connectionsMax: number
  readonly participants: () => number
  /** How many rooms there are of each size. */
  readonly roomsBySize: () => readonly number[]
  /** Null: none was told. */
  readonly leases: () => number | null
  readonly leasesLost: () => number
  readonly link: (role: LinkRole) => ObservedLink
  readonly isReady: () => boolean
  /** Unix time at which the drain has to have ended; null while this instance does not drain. */
  readonly drainDeadlineMs: () => number | null
}

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics(instance: string, observed: ObservedState) {
  const exposition = new Exposition(instance)
  observeState(exposition, observed)
  const runtime = new Registry()
  runtime.setDefaultLabels({ instance_name: instance })
  collectDefaultMetrics({ register: runtime })
  for (const name of COSTLY_DEFAULTS) runtime.removeSingleMetric(name)
  const collections = runtime.getSingleMetric(RUNTIME_METRICS.garbageCollection.name) as Histogram<'kind'>
  for (const kind of GARBAGE_COLLECTIONS) collections.zero({ kind })
  return {
    ...countersAndHistograms(exposition),
    contentType: runtime.contentType,
    text: async () => exposition.text() + (await runtime.metrics()),
  }
}

function countersAndHistograms(exposition: Exposition) {
  const closeCodes = Object.values(CLOSE_CODES).map(({ code }) => code)
  return {
    sendDuration: each(SEND_WAYS, via =>
      each(SEND_OUTCOMES, outcome => exposition.histogram(DECLARED.sendDuration, ANSWER_BUCKETS, { outcome, via })),
    ),
    accepted: exposition.counter(DECLARED.accepted, {}),
    refused: each(keysOf(REJECT_CODES), code => exposition.counter(DECLARED.refused, { code })),
    unconfirmed: exposition.counter(DECLARED.unconfirmed, {}),
    errors: each(keysOf(ERROR_CODES), code => exposition.counter(DECLARED.errors, { code })),
    httpRefusals: each(keysOf(HTTP_ERROR_CODES), code => exposition.counter(DECLARED.httpRefusals, { code })),
    connectionsOpened: exposition.counter(DECLARED.connectionsOpened, {}),
    closes: each(closeCodes, code => exposition.counter(DECLARED.closes, { code })),
    delivered: new BySize(room_size => exposition.counter(DECLARED.delivered, { room_size })),
    fanOutWrites: exposition.counter(DECLARED.fanOutWrites, {}),
    messagesPerBatch: exposition.histogram(DECLARED.messagesPerBatch, BATCH_BUCKETS, {}),
    crossInstanceLatency: new BySize(room_size =>
      exposition.histogram(DECLARED.crossInstanceLatency, LATENCY_BUCKETS, { room_size }),
    ),
    gapRepairs: each(REPAIR_CAUSES, cause => exposition.counter(DECLARED.gapRepairs, { cause })),
    gapsDeclared: each(GAP_MOMENTS, during =>
      each(GAP_REASONS, reason => exposition.counter(DECLARED.gapsDeclared, { reason, during })),
    ),
    resumes: each(RESUME_OUTCOMES, outcome => exposition.counter(DECLARED.resumes, { outcome })),
    redisPublishDuration: exposition.histogram(DECLARED.redisPublishDuration, ANSWER_BUCKETS, {}),
    redisFailures: each(FAILURE_OUTCOMES, outcome => exposition.counter(DECLARED.redisFailures, { outcome })),
  }
}

function observeState(exposition: Exposition, observed: ObservedState): void {
  const { connections, drainDeadlineMs, link } = observed
  const isDraining = () => drainDeadlineMs() !== null
  const links = LINK_ROLES.map(role => ({ link: role }))
  const eachLink = (read: (link: ObservedLink) => number) => () => LINK_ROLES.map(role => read(link(role)))
  const only = [{}]
  exposition.read(DECLARED.connections, only, () => [connections()])
  exposition.read(DECLARED.connectionsLimit, only, () => [observed.connectionsMax])
  exposition.read(DECLARED.participants, only, () => [observed.participants()])
  const sizes = ROOM_SIZES.map(({ label }) => ({ room_size: label }))
  exposition.read(DECLARED.rooms, sizes, observed.roomsBySize)
  exposition.read(DECLARED.leases, only, () => [observed.leases()])
  exposition.read(DECLARED.leasesLost, only, () => [observed.leasesLost()])
  exposition.read(
    DECLARED.redisUp,
    links,
    eachLink(({ isUsable }) => Number(isUsable)),
  )
  exposition.read(
    DECLARED.redisReconnects,
    links,
    eachLink(({ reconnects }) => reconnects),
  )
  exposition.read(DECLARED.ready, only, () => [Number(observed.isReady())])
  exposition.read(DECLARED.draining, only, () => [Number(isDraining())])
  exposition.read(DECLARED.drainRemaining, only, () => [isDraining() ? connections() : 0])
  exposition.read(DECLARED.drainDeadline, only, () => [(drainDeadlineMs() ?? 0) / 1000])
  const memoryBytes = memoryBytesMax()
  exposition.read(DECLARED.memoryLimit, only, () => [memoryBytes])
  let before: EventLoopUtilization = performance.eventLoopUtilization()
  exposition.read(DECLARED.eventLoopUtilization, only, () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return [utilization]
  })
}

/** Where no control group limits the process, Node tells more than there is. */
function memoryBytesMax(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): readonly Key[] {
  return Object.keys(table) as Key[]
}

/** One item for each value of a label, by that value. */
function each<Value extends string | number, Item>(
  values: readonly Value[],
  create: (value: Value) => Item,
): Readonly<Record<Value, Item>> {
  return Object.fromEntries(values.map(value => [value, create(value)])) as Record<Value, Item>
}

/** Serves `/metrics` and nothing else. Rejects where the port cannot be had. */
export function listenForMetrics({ contentType, text }: Metrics, host: string, port: number): Promise<Server> {
  // Imported as a module, its every export is read at once, and one of them loads a whole HTTP client: 80 ms of the start.
  const server = process.getBuiltinModule('node:http').createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    text().then(
      metrics => response.writeHead(200, { 'content-type': contentType }).end(metrics),
      () => response.writeHead(500).end(),
    )
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}
