/**
 * The harness's own Prometheus metrics, declared once: whoever exposes, draws or alerts on them takes the names from here.
 */

import type { MetricDeclaration } from '../../service/metric-names.ts'

export type { MetricDeclaration }

export const HARNESS_METRICS = {
  run: {
    name: 'tuesday_harness_run',
    type: 'gauge',
    help: 'Always 1; its labels say what runs. The seed reproduces the plan.',
    labels: ['scenario', 'seed', 'driver'],
  },
  budget: {
    name: 'tuesday_harness_budget',
    type: 'gauge',
    help: 'The budgets of the scenario, in the unit that the name of the measure ends with; phase is all for the whole run.',
    labels: ['measure', 'phase'],
  },
  intended: {
    name: 'tuesday_harness_intended_total',
    type: 'counter',
    help: 'Messages whose intended time has come, by the plan.',
    labels: [],
  },
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
  connectsFailed: {
    name: 'tuesday_harness_connects_failed_total',
    type: 'counter',
    help: 'Tries of the clients to connect that were refused, reset, not answered with an upgrade, or closed before the welcome.',
    labels: [],
  },
  stranded: {
    name: 'tuesday_harness_stranded',
    type: 'gauge',
    help: 'Clients that healing has not brought back, as the roll call at the end of the run finds them; missing until then.',
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

/** A metric of a result, in OpenMetrics' terms. */
export interface ResultMetricDeclaration {
  readonly name: string
  /** A result does not count on, so it has no counters. */
  readonly type: 'gauge' | 'summary'
  /** What the name ends with, as OpenMetrics wants it. Null: a plain number. */
  readonly unit: 'seconds' | 'bytes' | 'ratio' | null
  readonly help: string
  /** Besides {@link RESULT_LABELS}, and besides `quantile` of a summary. */
  readonly labels: readonly string[]
}

/** What every metric of a result is labelled with. */
export const RESULT_LABELS = ['scenario', 'driver'] as const

/** What `result.openmetrics` has. Help texts have no quotes or backslashes, which Prometheus and OpenMetrics escape differently. */
export const RESULT_METRICS = {
  run: {
    name: 'tuesday_result_run',
    type: 'gauge',
    unit: null,
    help: 'Always 1; its labels say what ran. The seed reproduces the plan.',
    labels: ['seed', 'node', 'redis', 'os'],
  },
  verdict: {
    name: 'tuesday_result_verdict',
    type: 'gauge',
    unit: null,
    help: '1 for the verdict of the run, 0 for the other two.',
    labels: ['verdict'],
  },
  startedAt: {
    name: 'tuesday_result_start_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the run was started, in Unix time.',
    labels: [],
  },
  duration: {
    name: 'tuesday_result_duration_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long each step of the run took, and total.',
    labels: ['step'],
  },
  size: {
    name: 'tuesday_result_size',
    type: 'gauge',
    unit: null,
    help: 'How many instances, rooms, clients and messages there were.',
    labels: ['of'],
  },
  budgetHeld: {
    name: 'tuesday_result_budget_held',
    type: 'gauge',
    unit: null,
    help: '1 for a budget that held, 0 for one that broke or could not be judged.',
    labels: ['measure', 'phase', 'status'],
  },
  budgetLimit: {
    name: 'tuesday_result_budget_limit',
    type: 'gauge',
    unit: null,
    help: 'The most that is allowed, in the unit that the name of the measure ends with.',
    labels: ['measure', 'phase'],
  },
  budgetActual: {
    name: 'tuesday_result_budget_actual',
    type: 'gauge',
    unit: null,
    help: 'What was measured, in the unit that the name of the measure ends with; missing where that is not known.',
    labels: ['measure', 'phase'],
  },
  budgetSamples: {
    name: 'tuesday_result_budget_samples',
    type: 'gauge',
    unit: null,
    help: 'What the actual value of a budget rests on.',
    labels: ['measure', 'phase'],
  },
  counted: {
    name: 'tuesday_result_counted',
    type: 'gauge',
    unit: null,
    help: 'The counts of the result; one that could not be worked out is missing.',
    labels: ['measure'],
  },
  latency: {
    name: 'tuesday_result_latency_seconds',
    type: 'summary',
    unit: 'seconds',
    help: 'Time from the intended send: kind cross (delivery on another instance), same (on the same one), ack, send_lag (hand-over).',
    labels: ['phase', 'kind'],
  },
  httpLatency: {
    name: 'tuesday_result_http_latency_seconds',
    type: 'summary',
    unit: 'seconds',
    help: 'Time from writing a request of the HTTP load to the last byte of its answer.',
    labels: ['path'],
  },
  noiseFloor: {
    name: 'tuesday_result_noise_floor_seconds',
    type: 'summary',
    unit: 'seconds',
    help: 'What would have been measured of a service that does nothing. A latency near it means nothing.',
    labels: [],
  },
  faultFired: {
    name: 'tuesday_result_fault_fired',
    type: 'gauge',
    unit: null,
    help: '1 for a planned fault whose effect was seen, else 0. The label fault is its number in the plan, from 0.',
    labels: ['fault', 'kind', 'target'],
  },
  recovery: {
    name: 'tuesday_result_recovery_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time from the observed effect of a fault to each step of the recovery; a step that was not reached is missing.',
    labels: ['fault', 'kind', 'target', 'step'],
  },
  generatorSaturated: {
    name: 'tuesday_result_generator_saturated',
    type: 'gauge',
    unit: null,
    help: '1 where the generator could not keep up with the plan, so that the run is invalid, else 0.',
    labels: [],
  },
  generatorUtilization: {
    name: 'tuesday_result_generator_utilization_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'How busy the event loop of the busiest load worker was, from 0 to 1.',
    labels: [],
  },
  memoryGrowth: {
    name: 'tuesday_result_instance_memory_growth_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'The most that the memory of an instance rose over its median before the first fault.',
    labels: ['instance'],
  },
} as const satisfies Record<string, ResultMetricDeclaration>
export type ResultMetricName = keyof typeof RESULT_METRICS
