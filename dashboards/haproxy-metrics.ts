/**
 * Those metrics of HAProxy's built-in Prometheus endpoint that the dashboards draw, as version 2.6 exposes them. HAProxy has many more; a panel
 * can only use what stands here.
 */

import type { MetricDeclaration } from '../service/metric-names.ts'

const ofServer = ['proxy', 'server']
const ofProxy = ['proxy']

export const HAPROXY_METRICS = {
  serverStatus: {
    name: 'haproxy_server_status',
    type: 'gauge',
    help: '1 for the state that a server is in (UP, DOWN, MAINT, DRAIN, NOLB), 0 for the others.',
    labels: [...ofServer, 'state'],
  },
  activeServers: {
    name: 'haproxy_backend_active_servers',
    type: 'gauge',
    help: 'Servers that are up and get new connections.',
    labels: ofProxy,
  },
  serverSessions: {
    name: 'haproxy_server_current_sessions',
    type: 'gauge',
    help: 'Connections that are open to a server now.',
    labels: ofServer,
  },
  frontendSessions: {
    name: 'haproxy_frontend_current_sessions',
    type: 'gauge',
    help: 'Connections of clients that are open now.',
    labels: ofProxy,
  },
  frontendSessionsMax: {
    name: 'haproxy_frontend_limit_sessions',
    type: 'gauge',
    help: 'Connections of clients that are open at one time at most.',
    labels: ofProxy,
  },
  frontendConnections: {
    name: 'haproxy_frontend_connections_total',
    type: 'counter',
    help: 'Connections of clients that were accepted.',
    labels: ofProxy,
  },
  serverConnectionAttempts: {
    name: 'haproxy_server_connection_attempts_total',
    type: 'counter',
    help: 'Tries to connect to a server.',
    labels: ofServer,
  },
  serverConnectionErrors: {
    name: 'haproxy_server_connection_errors_total',
    type: 'counter',
    help: 'Tries to connect to a server that failed.',
    labels: ofServer,
  },
  serverRetries: {
    name: 'haproxy_server_retry_warnings_total',
    type: 'counter',
    help: 'Tries to connect to a server that were made again.',
    labels: ofServer,
  },
  serverRedispatches: {
    name: 'haproxy_server_redispatch_warnings_total',
    type: 'counter',
    help: 'Requests that went to another server, since this one could not be reached.',
    labels: ofServer,
  },
  queue: {
    name: 'haproxy_backend_current_queue',
    type: 'gauge',
    help: 'Requests that wait for a server now.',
    labels: ofProxy,
  },
  serverCheckFailures: {
    name: 'haproxy_server_check_failures_total',
    type: 'counter',
    help: 'Health checks that failed while the server was up.',
    labels: ofServer,
  },
  serverUpDown: {
    name: 'haproxy_server_check_up_down_total',
    type: 'counter',
    help: 'Times that a server went from up to down.',
    labels: ofServer,
  },
  serverCheckDuration: {
    name: 'haproxy_server_check_duration_seconds',
    type: 'gauge',
    help: 'How long the last health check took.',
    labels: ofServer,
  },
  serverAborts: {
    name: 'haproxy_server_server_aborts_total',
    type: 'counter',
    help: 'Transfers that the server broke off.',
    labels: ofServer,
  },
  clientAborts: {
    name: 'haproxy_server_client_aborts_total',
    type: 'counter',
    help: 'Transfers that the client broke off.',
    labels: ofServer,
  },
  responses: {
    name: 'haproxy_frontend_http_responses_total',
    type: 'counter',
    help: 'HTTP responses to clients by class of their status; a WebSocket is 1xx.',
    labels: [...ofProxy, 'code'],
  },
  serverResponses: {
    name: 'haproxy_server_http_responses_total',
    type: 'counter',
    help: 'HTTP responses of a server by class of their status; a WebSocket is 1xx.',
    labels: [...ofServer, 'code'],
  },
  bytesIn: {
    name: 'haproxy_frontend_bytes_in_total',
    type: 'counter',
    help: 'Bytes that came from clients.',
    labels: ofProxy,
  },
  bytesOut: {
    name: 'haproxy_frontend_bytes_out_total',
    type: 'counter',
    help: 'Bytes that went to clients.',
    labels: ofProxy,
  },
} as const satisfies Record<string, MetricDeclaration>
