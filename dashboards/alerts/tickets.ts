/** What somebody should look at on a working day, before it becomes a page. */

import { HARNESS_METRICS } from '../../harness/reports/metric-names.ts'
import { METRIC_NAMES as M, RUNTIME_METRICS } from '../../service/metric-names.ts'
import { HAPROXY_METRICS } from '../haproxy-metrics.ts'
import { BALANCER_PROXIES, JOBS } from '../jobs.ts'
import { SHARE_OF_CONNECTIONS_MAX } from '../limits.ts'
import { type AlertRule, alertRule, WATCHED_CLOSES } from './rule.ts'

const MEMORY = `${RUNTIME_METRICS.residentMemory.name}{job="${JOBS.service}"}`
const START = `${RUNTIME_METRICS.startTime.name}{job="${JOBS.service}"}`
const FRONTEND = `{proxy="${BALANCER_PROXIES.frontend}"}`
const TRIMMED_ON_RETURN = `${M.gapsDeclared}{reason="trimmed",during!="live"}`

export const TICKETS: readonly AlertRule[] = [
  alertRule({
    alert: 'InstanceDown',
    severity: 'ticket',
    expr: `up{job="${JOBS.service}"} == 0`,
    for: '5m',
    summary: 'The instance {{ $labels.instance }} does not answer.',
    description:
      'Prometheus has reached {{ $labels.instance }} not once in 5 minutes, and still expects it. Its people went to the others within seconds; what is ' +
      'missing is its share of the capacity.',
  }),
  alertRule({
    alert: 'InstanceRestarting',
    severity: 'ticket',
    expr: `changes(${START}[30m]) > 3`,
    for: '0s',
    summary: '{{ $labels.instance_name }} starts again and again.',
    description:
      '{{ $labels.instance_name }} has started {{ $value }} times within 30 minutes. Each time its people are thrown out and come back elsewhere.',
  }),
  alertRule({
    alert: 'ConnectionsNearLimit',
    severity: 'ticket',
    expr: `
      max by (instance_name) (${M.connections} / ${M.connectionsLimit}) > ${SHARE_OF_CONNECTIONS_MAX}
      or
      max by (proxy) (${HAPROXY_METRICS.frontendSessions.name}${FRONTEND} / ${HAPROXY_METRICS.frontendSessionsMax.name}${FRONTEND}) > ${SHARE_OF_CONNECTIONS_MAX}`,
    for: '10m',
    summary: '{{ with $labels.instance_name }}{{ . }}{{ else }}The balancer{{ end }} is nearly full.',
    description:
      '{{ with $labels.instance_name }}The instance {{ . }}{{ else }}The balancer{{ end }} has {{ $value | humanizePercentage }} of the connections that it takes. ' +
      'When an instance dies the others need room for its people.',
  }),
  alertRule({
    alert: 'MemoryNearLimit',
    severity: 'ticket',
    // Of a process in its first hour it is not known yet whether it grows or warms up.
    expr: `
      ${MEMORY} / ${M.memoryLimit} > 0.9
      or
      (
        ${MEMORY} / ${M.memoryLimit} > 0.5
        and predict_linear(${MEMORY}[1h], 4 * 3600) > ${M.memoryLimit}
        and time() - ${START} > 3600
      )`,
    for: '10m',
    summary: '{{ $labels.instance_name }} grows toward the end of its memory.',
    description:
      '{{ $labels.instance_name }} has {{ $value | humanizePercentage }} of the memory that it may have, and is there, or will be within 4 hours if it goes on ' +
      'as in the last one. Then the kernel kills it: its people are thrown out and come back elsewhere.',
  }),
  alertRule({
    alert: 'SlowReaders',
    severity: 'ticket',
    expr: `
      sum by (instance_name) (increase(${M.closes}{code="${WATCHED_CLOSES.slowReader}"}[10m])) >= 20
      and
      sum by (instance_name) (increase(${M.closes}{code="${WATCHED_CLOSES.slowReader}"}[10m]))
        > 0.05 * sum by (instance_name) (avg_over_time(${M.connections}[10m]))`,
    for: '5m',
    summary: 'Many clients of {{ $labels.instance_name }} read too slowly.',
    description:
      '{{ $labels.instance_name }} has closed {{ $value | printf "%.0f" }} connections within 10 minutes that did not read what they were sent: more than one in ' +
      'twenty. They resume by pages, and may be closed again.',
  }),
  alertRule({
    alert: 'HistoryTooShort',
    severity: 'ticket',
    expr: `
      sum(increase(${TRIMMED_ON_RETURN}[1h])) >= 20
      and
      sum(increase(${TRIMMED_ON_RETURN}[1h])) > 0.05 * sum(increase(${M.resumes}[1h]))`,
    for: '10m',
    summary: 'Who comes back finds that messages are gone.',
    description:
      'Within an hour members who came back were told {{ $value | printf "%.0f" }} times that the log no longer has what they missed, more than once for ' +
      'twenty resumes. LOG_LENGTH_MAX is too small for these rooms.',
  }),
  alertRule({
    alert: 'RunLosesMessages',
    severity: 'ticket',
    expr: `
      ${HARNESS_METRICS.lost.name}
        * on (job, instance) group_left (scenario, seed, driver) ${HARNESS_METRICS.run.name} > 0`,
    for: '30s',
    summary: 'The run of {{ $labels.scenario }} misses messages.',
    description:
      'The harness has waited for {{ $value }} deliveries longer than the deadline of the scenario {{ $labels.scenario }} (seed {{ $labels.seed }}, driver ' +
      '{{ $labels.driver }}). Real clients of this cluster would miss them as well.',
  }),
]
