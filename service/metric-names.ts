/**
 * The service's own Prometheus metrics, declared once: whoever exposes, draws or alerts on them takes the names from here. Labels are bounded:
 * no room, user or address is ever one. `instance_name` is on all of them.
 */

export interface MetricDeclaration {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

/** Members that a room has on one instance, as the label `room_size`. */
export const ROOM_SIZES = [
  { label: '1-9', membersMin: 1 },
  { label: '10-99', membersMin: 10 },
  { label: '100-999', membersMin: 100 },
  { label: '1000+', membersMin: 1000 },
] as const
export type RoomSize = (typeof ROOM_SIZES)[number]['label']

export const SERVICE_METRICS = {
  // What comes in, and how it is answered.
  sendDuration: {
    name: 'tuesday_send_duration_seconds',
    type: 'histogram',
    help: 'From reading a send to answering it: outcome accepted, refused or unconfirmed; via websocket or http.',
    labels: ['outcome', 'via'],
  },
  accepted: {
    name: 'tuesday_messages_accepted_total',
    type: 'counter',
    help: 'Messages that this instance put into the log.',
    labels: [],
  },
  refused: {
    name: 'tuesday_sends_refused_total',
    type: 'counter',
    help: 'Sends answered with reject, by code.',
    labels: ['code'],
  },
  unconfirmed: {
    name: 'tuesday_sends_unconfirmed_total',
    type: 'counter',
    help: 'Sends answered with unconfirmed: nobody knows whether they are in the log.',
    labels: [],
  },
  errors: {
    name: 'tuesday_frame_errors_total',
    type: 'counter',
    help: 'Frames answered with error, by code.',
    labels: ['code'],
  },
  httpRefusals: {
    name: 'tuesday_http_refusals_total',
    type: 'counter',
    help: 'Requests over HTTP that were refused, by code.',
    labels: ['code'],
  },

  // Who is here.
  connections: {
    name: 'tuesday_connections',
    type: 'gauge',
    help: 'Open WebSocket connections.',
    labels: [],
  },
  connectionsLimit: {
    name: 'tuesday_connections_limit',
    type: 'gauge',
    help: 'Connections that this instance takes at most: CONNECTIONS_MAX.',
    labels: [],
  },
  connectionsOpened: {
    name: 'tuesday_connections_opened_total',
    type: 'counter',
    help: 'WebSocket connections that were admitted.',
    labels: [],
  },
  participants: {
    name: 'tuesday_participants',
    type: 'gauge',
    help: 'Different users among the open connections of this instance. Who is on two instances is counted by both.',
    labels: [],
  },
  rooms: {
    name: 'tuesday_rooms',
    type: 'gauge',
    help: 'Rooms with members on this instance, by how many members they have here.',
    labels: ['room_size'],
  },
  closes: {
    name: 'tuesday_closes_total',
    type: 'counter',
    help: 'Sockets closed by this instance, by close code.',
    labels: ['code'],
  },
  leases: {
    name: 'tuesday_leases',
    type: 'gauge',
    help: 'Instances that Redis counts participants of, as told at the last heartbeat; missing while this instance has no lease. More than there are: ghosts.',
    labels: [],
  },
  leasesLost: {
    name: 'tuesday_leases_lost_total',
    type: 'counter',
    help: 'Times that the lease of this instance had run out, so that others had counted its participants out.',
    labels: [],
  },

  // What goes out.
  delivered: {
    name: 'tuesday_messages_delivered_total',
    type: 'counter',
    help: 'Live messages written to sockets, by how many members the room has on this instance.',
    labels: ['room_size'],
  },
  fanOutWrites: {
    name: 'tuesday_fan_out_writes_total',
    type: 'counter',
    help: 'Writes to sockets that carried live messages; several messages share one.',
    labels: [],
  },
  messagesPerBatch: {
    name: 'tuesday_messages_per_batch',
    type: 'histogram',
    help: 'Live messages that came over the channels in one turn of the event loop.',
    labels: [],
  },
  crossInstanceLatency: {
    name: 'tuesday_cross_instance_latency_seconds',
    type: 'histogram',
    help: "From the sender instance's accept to this instance's fan-out, for messages of other instances.",
    labels: ['room_size'],
  },

  // What had to be mended.
  gapRepairs: {
    name: 'tuesday_gap_repairs_total',
    type: 'counter',
    help: 'Reads of the log that repaired a room, by what found the gap.',
    labels: ['cause'],
  },
  gapsDeclared: {
    name: 'tuesday_gaps_declared_total',
    type: 'counter',
    help: 'Gaps that members were told of, one for each member: messages that are gone for them. during live: who was there has lost them; resume: who came back, perhaps after very long.',
    labels: ['reason', 'during'],
  },
  resumes: {
    name: 'tuesday_resumes_total',
    type: 'counter',
    help: 'Joins with a position, by outcome.',
    labels: ['outcome'],
  },

  // Redis, as this instance sees it.
  redisUp: {
    name: 'tuesday_redis_up',
    type: 'gauge',
    help: '1 while the link to Redis is usable, else 0.',
    labels: ['link'],
  },
  redisReconnects: {
    name: 'tuesday_redis_reconnects_total',
    type: 'counter',
    help: 'Times that a link to Redis was lost since the start.',
    labels: ['link'],
  },
  redisPublishDuration: {
    name: 'tuesday_redis_publish_duration_seconds',
    type: 'histogram',
    help: 'From handing a publish script to the link until Redis has answered it.',
    labels: [],
  },
  redisFailures: {
    name: 'tuesday_redis_failures_total',
    type: 'counter',
    help: 'Commands that failed: outcome not_run (certainly) or unconfirmed (nobody knows).',
    labels: ['outcome'],
  },

  // The instance itself.
  ready: {
    name: 'tuesday_ready',
    type: 'gauge',
    help: '1 while /readyz answers 200, else 0.',
    labels: [],
  },
  draining: {
    name: 'tuesday_draining',
    type: 'gauge',
    help: '1 while this instance drains, else 0.',
    labels: [],
  },
  drainRemaining: {
    name: 'tuesday_drain_remaining_connections',
    type: 'gauge',
    help: 'Connections that a drain has still to close; 0 while this instance does not drain.',
    labels: [],
  },
  drainDeadline: {
    name: 'tuesday_drain_deadline_timestamp_seconds',
    type: 'gauge',
    help: 'When the drain that goes on has to have ended, in Unix time; 0 while this instance does not drain.',
    labels: [],
  },
  memoryLimit: {
    name: 'tuesday_memory_limit_bytes',
    type: 'gauge',
    help: 'Memory that this process may have: the limit of its container, else all of the machine.',
    labels: [],
  },
  eventLoopUtilization: {
    name: 'tuesday_event_loop_utilization_ratio',
    type: 'gauge',
    help: 'Share of the time since the last scrape in which the event loop was busy, 0 to 1.',
    labels: [],
  },
} as const satisfies Record<string, MetricDeclaration>
export type ServiceMetricName = keyof typeof SERVICE_METRICS

/** Those of prom-client's default metrics that dashboards draw; the others are exposed too. */
export const RUNTIME_METRICS = {
  residentMemory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory size in bytes.',
    labels: [],
  },
  heapUsed: {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    help: 'Process heap size used from Node.js in bytes.',
    labels: [],
  },
  externalMemory: {
    name: 'nodejs_external_memory_bytes',
    type: 'gauge',
    help: 'Node.js external memory size in bytes.',
    labels: [],
  },
  processorTime: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'Total user and system CPU time spent in seconds.',
    labels: [],
  },
  eventLoopLagP99: {
    name: 'nodejs_eventloop_lag_p99_seconds',
    type: 'gauge',
    help: 'The 99th percentile of the recorded event loop delays.',
    labels: [],
  },
  garbageCollection: {
    name: 'nodejs_gc_duration_seconds',
    type: 'histogram',
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labels: ['kind'],
  },
  startTime: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'Start time of the process since unix epoch in seconds.',
    labels: [],
  },
} as const satisfies Record<string, MetricDeclaration>

type NamesOf<Declared extends Record<string, MetricDeclaration>> = {
  readonly [Key in keyof Declared]: Declared[Key]['name']
}

/** The names alone. */
export const METRIC_NAMES = Object.fromEntries(
  Object.entries(SERVICE_METRICS).map(([key, { name }]) => [key, name]),
) as NamesOf<typeof SERVICE_METRICS>
