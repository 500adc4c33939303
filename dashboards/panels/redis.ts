/** Redis as the instances see it: panels that two dashboards have. */

import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { EventsPerSecond, Seconds, Short } from '@grafana/grafana-foundation-sdk/units'
import { SERVICE_METRICS } from '../../service/metric-names.ts'
import { maxBy, quantile, rate, service, sumBy } from '../promql.ts'
import { graph, type States, timeline } from './panel.ts'
import { atMost, NONE_EXPECTED, smokeBudgetSeconds } from './thresholds.ts'

const LINK_STATES: States = { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } }

export const publishBuckets = service(SERVICE_METRICS.redisPublishDuration, [], '_bucket')

/** Four panels that fill two lines of the grid; their numbers follow the first. */
export function redisPanels(firstId: number): Panel[] {
  return [
    timeline(
      {
        id: firstId,
        title: 'Links to Redis',
        answers: 'Which instance has lost which of its links to Redis, and when?',
        ifBad:
          'All at once: Redis died or was restarted. One instance: its network. Only the links of subscribers: Redis throws out who reads too slowly.',
        unit: Short,
        width: 12,
        queries: [
          {
            expr: maxBy('instance_name, link', service(SERVICE_METRICS.redisUp)),
            legend: '{{instance_name}} {{link}}',
          },
        ],
      },
      LINK_STATES,
    ),
    graph({
      id: firstId + 1,
      title: 'Publish duration',
      answers: 'How long does Redis take to answer the script that appends and publishes?',
      ifBad:
        'It is a part of every acknowledgement, whose budget is the dashed line. High for all: Redis or its disk (appendfsync). High for one: its network, or its event loop.',
      unit: Seconds,
      width: 12,
      thresholds: atMost(smokeBudgetSeconds('ackP99Ms')),
      queries: [
        { expr: quantile(0.5, publishBuckets, 'instance_name'), legend: 'P50 {{instance_name}}' },
        { expr: quantile(0.99, publishBuckets, 'instance_name'), legend: 'P99 {{instance_name}}' },
      ],
    }),
    graph({
      id: firstId + 2,
      title: 'Links lost',
      answers: 'How often do links to Redis break?',
      ifBad:
        'Now and then a needle is a restart. Without end: a limit of Redis for clients or memory, or something between that ends idle connections.',
      unit: EventsPerSecond,
      width: 12,
      thresholds: NONE_EXPECTED,
      queries: [
        {
          expr: sumBy('instance_name, link', rate(service(SERVICE_METRICS.redisReconnects))),
          legend: '{{instance_name}} {{link}}',
        },
      ],
    }),
    graph({
      id: firstId + 3,
      title: 'Commands that failed',
      answers: 'What came of the commands that Redis did not answer well?',
      ifBad:
        '"not_run": refused, the clients were told so. "unconfirmed": nobody knows, the clients ask again. Either without a broken link: Redis is full or too slow, see the logs of the instances.',
      unit: EventsPerSecond,
      width: 12,
      thresholds: NONE_EXPECTED,
      queries: [
        {
          expr: sumBy('instance_name, outcome', rate(service(SERVICE_METRICS.redisFailures))),
          legend: '{{instance_name}} {{outcome}}',
        },
      ],
    }),
  ]
}
