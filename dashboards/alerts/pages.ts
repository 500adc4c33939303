/**
 * What wakes a person: what people notice now, or will within minutes, and does not mend itself. A rolling restart and the death of one instance
 * do mend themselves; dashboards/alerts/alerts.test.yml has both, and nothing fires.
 */

import { METRIC_NAMES as M } from '../../service/metric-names.ts'
import { HAPROXY_METRICS } from '../haproxy-metrics.ts'
import { BALANCER_PROXIES, JOBS } from '../jobs.ts'
import { EVENT_LOOP_UTILIZATION_MAX } from '../limits.ts'
import { type AlertRule, alertRule, WATCHED_CLOSES } from './rule.ts'

const ACTIVE_SERVERS = `${HAPROXY_METRICS.activeServers.name}{proxy="${BALANCER_PROXIES.backend}"}`
const INSTANCES_UP = `count(up{job="${JOBS.service}"} == 1)`

/** Below so many connections a few clients that are restarted again and again are a large share. */
const HERD_CONNECTIONS_MIN = 100

const DELIVERY: readonly AlertRule[] = [
  alertRule({
    alert: 'MessagesLost',
    severity: 'page',
    // Who comes back after very long is told of a gap, too, and nothing is wrong.
    expr: `sum by (reason) (increase(${M.gapsDeclared}{during!="resume"}[10m])) > 0`,
    for: '0s',
    summary: 'Members of rooms have lost messages.',
    description:
      'Within 10 minutes connected members were told of {{ $value | printf "%.0f" }} gaps with the reason {{ $labels.reason }}: messages that ' +
      'were acknowledged are gone for them, and nothing brings them back.',
  }),
  alertRule({
    alert: 'NoCrossInstanceDeliveries',
    severity: 'page',
    // The heartbeat finds in the log what did not come over the channel. Rooms whose members all talk on one instance are never behind, so their silence is none.
    expr: `
      (
        sum by (instance_name) (increase(${M.gapRepairs}{cause="heartbeat"}[3m])) >= 5
        unless
        sum by (instance_name) (increase(${M.crossInstanceLatency}_count[3m])) > 0
      )
      and
      sum by (instance_name) (increase(${M.accepted}[3m])) < scalar(sum(increase(${M.accepted}[3m])))`,
    for: '2m',
    summary: 'Nothing comes live from other instances on {{ $labels.instance_name }}.',
    description:
      'For 3 minutes nothing has come over the channels from other instances, where messages are accepted, and the heartbeat of ' +
      '{{ $labels.instance_name }} has had to read the log {{ $value | printf "%.0f" }} times instead. People there hear of everything up to ' +
      '3 s late, in bursts.',
  }),
  alertRule({
    alert: 'GapRepairsRising',
    severity: 'page',
    // After a link was away all rooms are looked at once; that is `reconnect`, and no sign of anything.
    expr: `
      sum by (instance_name) (increase(${M.gapRepairs}{cause=~"hole|heartbeat"}[5m])) >= 20
      and
      sum by (instance_name) (increase(${M.gapRepairs}{cause=~"hole|heartbeat"}[5m]))
        > 0.01 * sum by (instance_name) (increase(${M.messagesPerBatch}_sum[5m]))`,
    for: '5m',
    summary: '{{ $labels.instance_name }} mends holes all the time.',
    description:
      '{{ $labels.instance_name }} has read the log {{ $value | printf "%.0f" }} times within 5 minutes for messages that did not come over the ' +
      'channel: more than one for each hundred that came. Nothing is lost yet; people get messages late, and the log is read for each.',
  }),
  alertRule({
    alert: 'DeliveryLate',
    severity: 'page',
    expr: `
      histogram_quantile(0.99, sum by (le) (rate(${M.crossInstanceLatency}_bucket[5m]))) > 1
      and
      sum(increase(${M.crossInstanceLatency}_count[5m])) > 100`,
    for: '5m',
    summary: 'One message in a hundred takes more than a second to the other instances.',
    description:
      'The slowest hundredth of the messages takes {{ $value | humanizeDuration }} and more from the instance that accepted it to those that ' +
      'fan it out. People talk past each other.',
  }),
  alertRule({
    alert: 'SendsFailing',
    severity: 'page',
    expr: `
      (
        sum(rate(${M.sendDuration}_count{outcome="unconfirmed"}[2m]))
        + sum(rate(${M.refused}{code="unavailable"}[2m]))
      )
      / sum(rate(${M.sendDuration}_count[2m])) > 0.05`,
    for: '5m',
    summary: 'Sends are not accepted, or nobody knows whether they are.',
    description:
      '{{ $value | humanizePercentage }} of all sends are answered with unconfirmed or unavailable. Clients try again by themselves, so people see ' +
      'messages that stay unsent for long.',
  }),
]

const INSTANCES: readonly AlertRule[] = [
  alertRule({
    alert: 'NobodyServes',
    severity: 'page',
    expr: `(sum(${M.ready}) or vector(0)) == 0`,
    for: '1m',
    summary: 'No instance is ready.',
    description:
      'For a minute the number of instances that answer /readyz with 200 has been {{ $value }}: either none can be reached, or all of them have lost ' +
      'Redis. Nobody can connect, and nothing is accepted.',
  }),
  alertRule({
    alert: 'RedisLinkDown',
    severity: 'page',
    expr: `max by (instance_name, link) (${M.redisUp}) == 0`,
    for: '2m',
    summary: '{{ $labels.instance_name }} has no {{ $labels.link }} link to Redis.',
    description:
      'The link {{ $labels.link }} of {{ $labels.instance_name }} has been away for two minutes. The instance gets no new connections, its people ' +
      'cannot send (commands) or hear nothing live (subscriber).',
  }),
  alertRule({
    alert: 'EventLoopSaturated',
    severity: 'page',
    expr: `max by (instance_name) (avg_over_time(${M.eventLoopUtilization}[5m])) > ${EVENT_LOOP_UTILIZATION_MAX}`,
    for: '3m',
    summary: '{{ $labels.instance_name }} has no time left.',
    description:
      'The event loop of {{ $labels.instance_name }} has been busy {{ $value | humanizePercentage }} of the last 5 minutes. Everything on it gets ' +
      'slower from here on: deliveries, acks, and the heartbeats that keep its people counted.',
  }),
  alertRule({
    alert: 'StuckDrain',
    severity: 'page',
    // After its deadline an instance has 3 s to let go of Redis, then it exits.
    expr: `time() - max by (instance_name) (${M.drainDeadline} > 0) > 15`,
    for: '30s',
    summary: '{{ $labels.instance_name }} should have gone and has not.',
    description:
      '{{ $labels.instance_name }} drains {{ $value | humanizeDuration }} longer than it may. It takes nobody new, holds up the deployment, and ' +
      'whoever is still on it is going to be cut off.',
  }),
  alertRule({
    alert: 'Ghosts',
    severity: 'page',
    // What the least informed knows. An instance without members has no lease, so that there may be fewer, but never more for long.
    expr: `min(${M.leases}) - ${INSTANCES_UP} > 0`,
    for: '5m',
    summary: 'Redis counts participants of instances that are not there.',
    description:
      'Redis counts the participants of {{ $value }} more than Prometheus can reach of the instances. Either rooms show people who are gone, or an ' +
      'instance serves that nobody watches.',
  }),
  alertRule({
    alert: 'ReconnectHerd',
    severity: 'page',
    // Short visits open connections without resuming, members of many rooms resume often with one connection: only together they are people thrown out.
    expr: `
      sum(increase(${M.connectionsOpened}[5m]))
        / clamp_min(sum(avg_over_time(${M.connections}[5m])), ${HERD_CONNECTIONS_MIN}) > 3
      and
      sum(increase(${M.resumes}[5m]))
        / clamp_min(sum(avg_over_time(${M.connections}[5m])), ${HERD_CONNECTIONS_MIN}) > 3`,
    for: '3m',
    summary: 'Clients come back again and again.',
    description:
      'Within 5 minutes {{ $value | printf "%.1f" }} connections were opened for each that is open, and they resumed rooms: people are thrown out and come ' +
      'back, over and over. A rolling restart makes it one or two.',
  }),
  alertRule({
    alert: 'RefusedByCapacity',
    severity: 'page',
    expr: `
      sum by (instance_name) (rate(${M.closes}{code="${WATCHED_CLOSES.tooMany}"}[2m])) > 0.1
      and
      max by (instance_name) (${M.connections} / ${M.connectionsLimit}) >= 0.99`,
    for: '2m',
    summary: '{{ $labels.instance_name }} is full and turns people away.',
    description:
      '{{ $labels.instance_name }} has as many connections as it takes, and turns {{ $value | printf "%.1f" }} away each second with close code ' +
      `${WATCHED_CLOSES.tooMany}. They try again until another instance has room, or one has gone.`,
  }),
]

const BALANCER: readonly AlertRule[] = [
  alertRule({
    alert: 'BalancerDown',
    severity: 'page',
    expr: `up{job="${JOBS.balancer}"} == 0`,
    for: '1m',
    summary: 'The balancer {{ $labels.instance }} does not answer.',
    description:
      'Prometheus has reached the balancer {{ $labels.instance }} not once in a minute. If it is gone, so is every connection through it, and nobody can ' +
      'come back, however well the instances are.',
  }),
  alertRule({
    alert: 'BalancerFewServers',
    severity: 'page',
    expr: `${ACTIVE_SERVERS} <= max_over_time(${ACTIVE_SERVERS}[1h]) / 2`,
    for: '2m',
    summary: 'Servers left behind the balancer {{ $labels.instance }}: {{ $value }}.',
    description:
      'Instances that the balancer {{ $labels.instance }} can still send people to: {{ $value }}. Within the last hour there were twice as many or more. Those that ' +
      'are left carry everybody; with none nobody can connect.',
  }),
]

export const PAGES: readonly AlertRule[] = [...DELIVERY, ...INSTANCES, ...BALANCER]
