/** Rows of *Service* that are looked at first: is anything wrong, which instance, how late, and what becomes of what people send. */

import {
  MessagesPerSecond,
  NoUnit,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units'
import { SERVICE_METRICS } from '../service/metric-names.ts'
import type { Row } from './dashboard.ts'
import { connectionsPanel, instancesPanel } from './panels/instance.ts'
import { graph, number, spread } from './panels/panel.ts'
import { atMost, NO_LIMIT, NONE_EXPECTED, smokeBudget, smokeBudgetSeconds } from './panels/thresholds.ts'
import { increaseOverRange, maxBy, quantile, rate, service, sum, sumBy } from './promql.ts'

const ROOM_SIZE = 'room_size=~"$room_size"'
const crossBuckets = service(SERVICE_METRICS.crossInstanceLatency, [ROOM_SIZE], '_bucket')
const sendCount = service(SERVICE_METRICS.sendDuration, [], '_count')

export function atAGlanceRow(): Row {
  return {
    id: 100,
    title: 'Is anything wrong?',
    panels: [
      number({
        id: 101,
        title: 'Instances ready',
        answers: 'How many instances take clients now?',
        ifBad: 'Fewer than were started: the timeline of the instances below says which, and since when.',
        unit: NoUnit,
        width: 4,
        noValue: 'none',
        queries: [{ expr: sum(maxBy('instance_name', service(SERVICE_METRICS.ready))), legend: 'ready' }],
      }),
      number({
        id: 102,
        title: 'Messages gone for somebody',
        answers: 'How many members who were there were told of a gap, over the time that is looked at?',
        ifBad:
          'Only a Redis that has lost data makes any. Who comes back after very long is told of a gap, too, and is not counted here: gaps by reason below.',
        unit: NoUnit,
        width: 4,
        noValue: '0',
        thresholds: atMost(smokeBudget('lost')),
        queries: [
          {
            expr: sum(increaseOverRange(service(SERVICE_METRICS.gapsDeclared, ['during!="resume"']))),
            legend: 'gaps declared',
          },
        ],
      }),
      number({
        id: 103,
        title: 'Late across instances, P99',
        answers: 'How late are messages that come from another instance?',
        ifBad: 'Beyond the budget: one instance or all (below)? All: Redis. One: its event loop.',
        unit: Seconds,
        width: 4,
        thresholds: atMost(smokeBudgetSeconds('crossInstanceP99Ms')),
        queries: [{ expr: quantile(0.99, crossBuckets), legend: 'P99' }],
      }),
      number({
        id: 104,
        title: 'Sends not accepted',
        answers: 'Which share of what people send is refused, or answered with "nobody knows"?',
        ifBad: 'Refusals by code below. Clients send again by themselves, so that a short rise is no loss.',
        unit: PercentUnit,
        width: 4,
        thresholds: NONE_EXPECTED,
        queries: [
          {
            expr: `1 - ${sum(rate(service(SERVICE_METRICS.sendDuration, ['outcome="accepted"'], '_count')))} / ${sum(rate(sendCount))}`,
            legend: 'not accepted',
          },
        ],
      }),
      number({
        id: 105,
        title: 'Connections',
        answers: 'How many WebSockets are open, over all instances?',
        ifBad: 'A step down that does not come back: people who are disconnected.',
        unit: Short,
        width: 4,
        thresholds: NO_LIMIT,
        queries: [{ expr: sum(maxBy('instance_name', service(SERVICE_METRICS.connections))), legend: 'connections' }],
      }),
      number({
        id: 106,
        title: 'Links to Redis down',
        answers: 'How many of the links between instances and Redis cannot be used now?',
        ifBad:
          'Sends wait, then are refused; nothing is acknowledged that Redis does not have. One instance: its network. All: Redis itself.',
        unit: NoUnit,
        width: 4,
        thresholds: atMost(0),
        queries: [
          { expr: sum(`1 - ${maxBy('instance_name, link', service(SERVICE_METRICS.redisUp))}`), legend: 'down' },
        ],
      }),
    ],
  }
}

export function instancesRow(): Row {
  return {
    id: 200,
    title: 'Which instance?',
    panels: [
      instancesPanel({ id: 201, width: 12 }),
      connectionsPanel({ id: 202, width: 6 }),
      graph({
        id: 203,
        title: 'Drain: still to close',
        answers: 'How far is an instance that was told to stop?',
        ifBad:
          'It has to reach 0 before the deadline of the drain, 20 s unless set otherwise. A line that stays level: a send that is not settled, which Redis has to answer.',
        unit: Short,
        width: 6,
        queries: [
          { expr: maxBy('instance_name', service(SERVICE_METRICS.drainRemaining)), legend: '{{instance_name}}' },
        ],
      }),
    ],
  }
}

export function lateRow(): Row {
  const thresholds = atMost(smokeBudgetSeconds('crossInstanceP99Ms'))
  return {
    id: 300,
    title: 'How late is it across instances?',
    panels: [
      spread({
        id: 301,
        title: 'Cross-instance latency',
        answers: "From the sender's instance to this one: how are the times spread?",
        ifBad:
          'A second band higher up: one instance or one room size is late, see beside. Everything moves up together: Redis or the network.',
        unit: Seconds,
        width: 12,
        height: 9,
        queries: [{ expr: sumBy('le', rate(crossBuckets)), legend: '{{le}}' }],
      }),
      graph({
        id: 302,
        title: 'By room size',
        answers: 'Are large rooms later than small ones?',
        ifBad:
          'Only large rooms: the fan-out takes the time, see what goes out. All alike: Redis, or the event loop. The dashed line is the budget.',
        unit: Seconds,
        width: 6,
        height: 9,
        thresholds,
        queries: [
          { expr: quantile(0.5, crossBuckets, 'room_size'), legend: 'P50 {{room_size}}' },
          { expr: quantile(0.99, crossBuckets, 'room_size'), legend: 'P99 {{room_size}}' },
        ],
      }),
      graph({
        id: 303,
        title: 'P99 by receiving instance',
        answers: 'Is one instance later than the others?',
        ifBad:
          'One alone: its event loop, memory and connections. Clocks that differ between machines show here, too, as a constant.',
        unit: Seconds,
        width: 6,
        height: 9,
        thresholds,
        queries: [{ expr: quantile(0.99, crossBuckets, 'instance_name'), legend: '{{instance_name}}' }],
      }),
    ],
  }
}

export function sendsRow(): Row {
  const buckets = service(SERVICE_METRICS.sendDuration, [], '_bucket')
  const thresholds = atMost(smokeBudgetSeconds('ackP99Ms'))
  return {
    id: 400,
    title: 'What becomes of what people send? Rate, errors, duration',
    panels: [
      graph({
        id: 401,
        title: 'Rate: accepted by instance',
        answers: 'How many messages does each instance put into the log?',
        ifBad: 'A drop without fewer connections: refusals beside, then Redis.',
        unit: MessagesPerSecond,
        width: 8,
        isStacked: true,
        queries: [
          { expr: sumBy('instance_name', rate(service(SERVICE_METRICS.accepted))), legend: '{{instance_name}}' },
        ],
      }),
      graph({
        id: 402,
        title: 'Errors: refused and unconfirmed',
        answers: 'Why are sends not accepted?',
        ifBad:
          '"unavailable" and "unconfirmed": Redis. "too-fast" and "too-many-in-flight": a client that floods. "out-of-order" after a restart mends itself.',
        unit: MessagesPerSecond,
        width: 8,
        queries: [
          { expr: sumBy('code', rate(service(SERVICE_METRICS.refused))), legend: '{{code}}' },
          { expr: sum(rate(service(SERVICE_METRICS.unconfirmed))), legend: 'unconfirmed' },
        ],
      }),
      graph({
        id: 403,
        title: 'Duration: P99 by instance',
        answers: 'How long does it take to answer a send?',
        ifBad: 'Compare it with the publish duration under Redis: what is beyond that is spent in the instance.',
        unit: Seconds,
        width: 8,
        thresholds,
        queries: [{ expr: quantile(0.99, buckets, 'instance_name'), legend: '{{instance_name}}' }],
      }),
      graph({
        id: 404,
        title: 'Duration by outcome',
        answers: 'Does it take long to accept, or to refuse?',
        ifBad:
          'Unconfirmed ones take as long as their deadline. Slow accepts over HTTP alone: the keys that make a repeated request harmless.',
        unit: Seconds,
        width: 8,
        thresholds,
        queries: [
          { expr: quantile(0.5, buckets, 'outcome, via'), legend: 'P50 {{outcome}} {{via}}' },
          { expr: quantile(0.99, buckets, 'outcome, via'), legend: 'P99 {{outcome}} {{via}}' },
        ],
      }),
      graph({
        id: 405,
        title: 'Frames answered with error',
        answers: 'What do clients send that cannot be understood or allowed?',
        ifBad:
          'A new version of a client, or somebody who tries things out. "unavailable" is no fault of the client: Redis.',
        unit: MessagesPerSecond,
        width: 8,
        queries: [{ expr: sumBy('code', rate(service(SERVICE_METRICS.errors))), legend: '{{code}}' }],
      }),
      graph({
        id: 406,
        title: 'HTTP requests refused',
        answers: 'What is refused of what comes over HTTP?',
        ifBad:
          '"bad-token": expired tokens, or a key that was changed. "unavailable" and "unconfirmed": Redis. "draining": a balancer that has not seen the 503 yet.',
        unit: RequestsPerSecond,
        width: 8,
        queries: [{ expr: sumBy('code', rate(service(SERVICE_METRICS.httpRefusals))), legend: '{{code}}' }],
      }),
    ],
  }
}
