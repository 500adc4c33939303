/**
 * The harness's own Prometheus metrics, declared once: whoever exposes, draws or alerts on them takes the names from here.
 */

export interface MetricDeclaration {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

export const HARNESS_METRICS = {
  latency: {
    name: 'tuesday_harness_latency_seconds',
    type: 'histogram',
    help: 'Time from the intended send: kind cross (delivery on another instance), same (on the same one), ack, send_lag (hand-over).',
    labels: ['kind'],
  },
  sent: {
    name: 'tuesday_harness_sent_total',
    type: 'counter',
    help: 'Messages handed to the virtual clients.',
    labels: [],
  },
  acked: {
    name: 'tuesday_harness_acked_total',
    type: 'counter',
    help: 'Messages acknowledged by the service.',
    labels: [],
  },
  rejected: {
    name: 'tuesday_harness_rejected_total',
    type: 'counter',
    help: 'Messages definitely refused by the service.',
    labels: [],
  },
  unknown: {
    name: 'tuesday_harness_unknown_total',
    type: 'counter',
    help: 'Messages whose fate nobody knows.',
    labels: [],
  },
  delivered: {
    name: 'tuesday_harness_delivered_total',
    type: 'counter',
    help: "Deliveries after the clients' own de-duplication.",
    labels: [],
  },
  duplicatedOnWire: {
    name: 'tuesday_harness_duplicated_on_wire_total',
    type: 'counter',
    help: 'Deliveries that the clients removed as duplicates.',
    labels: [],
  },
  holes: {
    name: 'tuesday_harness_holes_total',
    type: 'counter',
    help: 'Holes that clients saw in a room and repaired by themselves.',
    labels: [],
  },
  declaredGaps: {
    name: 'tuesday_harness_declared_gaps_total',
    type: 'counter',
    help: 'Gaps that the service declared, one for each client and room that it told.',
    labels: [],
  },
  reconnects: {
    name: 'tuesday_harness_reconnects_total',
    type: 'counter',
    help: 'Connections opened after the first of each client.',
    labels: [],
  },
  httpRequests: {
    name: 'tuesday_harness_http_requests_total',
    type: 'counter',
    help: 'Requests of the HTTP load: outcome ok (answered with 2xx) or error (another status, or no answer).',
    labels: ['path', 'outcome'],
  },
  httpLatency: {
    name: 'tuesday_harness_http_latency_seconds',
    type: 'histogram',
    help: 'Time from writing a request of the HTTP load to the last byte of its answer.',
    labels: ['path'],
  },
  workerEventLoopUtilization: {
    name: 'tuesday_harness_worker_event_loop_utilization',
    type: 'gauge',
    help: 'How busy the event loop of a load worker was since its last report, from 0 to 1.',
    labels: ['worker'],
  },
  workerSendLag: {
    name: 'tuesday_harness_worker_send_lag_seconds',
    type: 'histogram',
    help: 'Time from the intended send to the hand-over, by load worker.',
    labels: ['worker'],
  },
  outstanding: {
    name: 'tuesday_harness_outstanding',
    type: 'gauge',
    help: 'Deliveries owed that have not come yet.',
    labels: [],
  },
  lost: {
    name: 'tuesday_harness_lost',
    type: 'gauge',
    help: 'Deliveries owed for longer than the deadline of the scenario, and not yet come.',
    labels: [],
  },
  clientsConnected: {
    name: 'tuesday_harness_clients_connected',
    type: 'gauge',
    help: 'Virtual clients with an open connection.',
    labels: [],
  },
  faultActive: {
    name: 'tuesday_harness_fault_active',
    type: 'gauge',
    help: '1 from the injection of a fault until it has healed, else 0.',
    labels: ['kind', 'target'],
  },
  phase: {
    name: 'tuesday_harness_phase',
    type: 'gauge',
    help: '1 for the step that the run is in, 0 for those it was in.',
    labels: ['phase'],
  },
} as const satisfies Record<string, MetricDeclaration>
export type HarnessMetricName = keyof typeof HARNESS_METRICS

/** Value of the label `kind` of the latency metric. */
export const LATENCY_KIND_LABELS = { cross: 'cross', same: 'same', ack: 'ack', sendLag: 'send_lag' } as const
