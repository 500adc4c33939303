/**
 * The dashboard *Redis and balancer*: Redis as the instances see it, without an exporter of its own, and HAProxy by its built-in endpoint. Without a
 * balancer its rows are empty.
 */

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { EventsPerSecond, NoUnit, OpsPerSecond, Seconds, Short } from '@grafana/grafana-foundation-sdk/units'
import { SERVICE_METRICS } from '../service/metric-names.ts'
import { balancerRow, clientsRow } from './balancer-rows.ts'
import { composeDashboard, type Row } from './dashboard.ts'
import { SCRAPE_METRICS } from './declared-metrics.ts'
import { HAPROXY_METRICS } from './haproxy-metrics.ts'
import { JOBS } from './jobs.ts'
import { graph, number, spread } from './panels/panel.ts'
import { publishBuckets, redisPanels } from './panels/redis.ts'
import { atLeast, atMost, NONE_EXPECTED, smokeBudgetSeconds } from './panels/thresholds.ts'
import { balancer, maxBy, quantile, rate, service, sum, sumBy } from './promql.ts'

const publishCount = service(SERVICE_METRICS.redisPublishDuration, [], '_count')

export function redisAndBalancerDashboard(): Dashboard {
  return composeDashboard({
    uid: 'tuesday-redis-and-balancer',
    title: 'Tuesday: Redis and balancer',
    description: 'What the instances depend on: Redis behind them, and the balancer in front of them.',
    rows: [atAGlanceRow(), redisRow(), publishRow(), balancerRow(), clientsRow()],
  })
}

function atAGlanceRow(): Row {
  return {
    id: 100,
    title: 'Is anything wrong?',
    panels: [
      number({
        id: 101,
        title: 'Links to Redis down',
        answers: 'How many of the links between instances and Redis cannot be used now?',
        ifBad: 'All of them: Redis. Those of one instance: its network.',
        unit: NoUnit,
        width: 4,
        thresholds: atMost(0),
        queries: [
          { expr: sum(`1 - ${maxBy('instance_name, link', service(SERVICE_METRICS.redisUp))}`), legend: 'down' },
        ],
      }),
      number({
        id: 102,
        title: 'Publish, P99',
        answers: 'How long does Redis take to append and publish?',
        ifBad:
          'A part of every acknowledgement, and its budget is that of the whole: see below whether it is all instances.',
        unit: Seconds,
        width: 4,
        thresholds: atMost(smokeBudgetSeconds('ackP99Ms')),
        queries: [{ expr: quantile(0.99, publishBuckets), legend: 'P99' }],
      }),
      number({
        id: 103,
        title: 'Failed commands',
        answers: 'Does Redis refuse or leave unanswered what it is asked?',
        ifBad: 'By instance and outcome below. Without a broken link: Redis is full, or too slow.',
        unit: EventsPerSecond,
        width: 4,
        thresholds: NONE_EXPECTED,
        queries: [{ expr: sum(rate(service(SERVICE_METRICS.redisFailures))), legend: 'failed' }],
      }),
      number({
        id: 104,
        title: 'Servers up',
        answers: 'How many instances does the balancer give new clients to?',
        ifBad:
          '0: nobody gets in, and the balancer answers 503 itself. Fewer than there are: one drains, has lost Redis, or is dead.',
        unit: NoUnit,
        width: 4,
        thresholds: atLeast(1),
        queries: [{ expr: sum(balancer(HAPROXY_METRICS.activeServers, 'backend')), legend: 'up' }],
      }),
      number({
        id: 105,
        title: 'Failed connects to servers',
        answers: 'Does the balancer try instances that are not there?',
        ifBad: 'Each costs a client some milliseconds, and goes elsewhere. For long: health checks that do not notice.',
        unit: EventsPerSecond,
        width: 4,
        thresholds: NONE_EXPECTED,
        queries: [{ expr: sum(rate(balancer(HAPROXY_METRICS.serverConnectionErrors, 'backend'))), legend: 'failed' }],
      }),
      number({
        id: 106,
        title: 'Targets that do not answer',
        answers: 'Whom can Prometheus not reach, of instances and balancer? What they do is not seen here then.',
        ifBad: 'The list of targets in Prometheus says which, and why.',
        unit: NoUnit,
        width: 4,
        thresholds: atMost(0),
        queries: [
          {
            expr: sum(`1 - ${SCRAPE_METRICS.up.name}{job=~"${JOBS.service}|${JOBS.balancer}"}`),
            legend: 'not reached',
          },
        ],
      }),
    ],
  }
}

function redisRow(): Row {
  return { id: 200, title: 'Does Redis answer?', panels: redisPanels(201) }
}

function publishRow(): Row {
  return {
    id: 300,
    title: 'What is asked of Redis?',
    panels: [
      spread({
        id: 301,
        title: 'Publish duration, all of them',
        answers: 'How are the times spread that Redis takes to answer the publish script?',
        ifBad:
          'A second band: a disk that is synced now and then, or one instance that is far away. All of it moves up: Redis is at its limit, it has one thread for all.',
        unit: Seconds,
        width: 12,
        queries: [{ expr: sumBy('le', rate(publishBuckets)), legend: '{{le}}' }],
      }),
      graph({
        id: 302,
        title: 'Publish scripts by instance',
        answers: 'How many scripts does Redis run for each instance?',
        ifBad: 'What Redis does most of its time. At its limit the durations rise, and messages share scripts, beside.',
        unit: OpsPerSecond,
        width: 6,
        isStacked: true,
        queries: [{ expr: sumBy('instance_name', rate(publishCount)), legend: '{{instance_name}}' }],
      }),
      graph({
        id: 303,
        title: 'Messages per script',
        answers: 'How many messages share a script, since they came for a room in the same turn?',
        ifBad:
          'Beneath 1: scripts that were refused or failed. It rises with the load, which is what keeps up with it.',
        unit: Short,
        width: 6,
        queries: [
          {
            expr: `${sum(rate(service(SERVICE_METRICS.accepted)))} / ${sum(rate(publishCount))}`,
            legend: 'messages per script',
          },
        ],
      }),
    ],
  }
}
