/** Names of the service's own metrics, once. Dashboards and alerts import them from here. */
export const METRIC_NAMES = {
  crossInstanceLatency: 'tuesday_cross_instance_latency_seconds',
  connections: 'tuesday_connections',
  rooms: 'tuesday_rooms',
  accepted: 'tuesday_messages_accepted_total',
  delivered: 'tuesday_messages_delivered_total',
  refused: 'tuesday_sends_refused_total',
  unconfirmed: 'tuesday_sends_unconfirmed_total',
  gapRepairs: 'tuesday_gap_repairs_total',
  resumes: 'tuesday_resumes_total',
  closes: 'tuesday_closes_total',
  errors: 'tuesday_frame_errors_total',
  redisReconnects: 'tuesday_redis_reconnects',
  draining: 'tuesday_draining',
} as const
