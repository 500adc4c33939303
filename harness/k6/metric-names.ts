/** Names of the metrics that the k6 scripts add to k6's own, declared once: the scripts count in them, and thresholds limit them. */

import type { CountName, LatencyKind } from '../scenario/measures.ts'

/** Trends in milliseconds, each from the intended time of the send. */
export const K6_LATENCIES = {
  cross: 'tuesday_cross_instance_ms',
  same: 'tuesday_same_instance_ms',
  ack: 'tuesday_ack_ms',
  sendLag: 'tuesday_send_lag_ms',
} as const satisfies Record<LatencyKind, string>

/** Counters of the samples of each: k6 lets a trend without any pass every limit. */
export const K6_SAMPLES = {
  cross: 'tuesday_cross_instance_samples',
  same: 'tuesday_same_instance_samples',
  ack: 'tuesday_ack_samples',
  sendLag: 'tuesday_send_lag_samples',
} as const satisfies Record<LatencyKind, string>

/** Counters of measures that a client can tell by itself alone. */
export const K6_COUNTS = {
  lost: 'tuesday_lost',
  duplicated: 'tuesday_duplicated',
  reordered: 'tuesday_reordered',
  phantom: 'tuesday_phantom',
  declaredGaps: 'tuesday_declared_gaps',
  stranded: 'tuesday_stranded',
  late: 'tuesday_late',
  holes: 'tuesday_holes',
  duplicatedOnWire: 'tuesday_duplicated_on_wire',
  rejected: 'tuesday_rejected',
  unknown: 'tuesday_unknown',
} as const satisfies Partial<Record<CountName, string>>

/** What is no measure of the harness. */
export const K6_EXTRAS = {
  /** Counters. */
  sent: 'tuesday_sent',
  acked: 'tuesday_acked',
  delivered: 'tuesday_delivered',
  /** With the tag `code`. */
  closes: 'tuesday_closes',
  reconnects: 'tuesday_reconnects',
  drainingNotices: 'tuesday_draining_notices',
  /** Trend in milliseconds: from a close until all rooms were joined again. */
  reconnect: 'tuesday_reconnect_ms',
} as const
