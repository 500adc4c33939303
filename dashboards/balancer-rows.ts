/** Rows about HAProxy: its servers, and its clients. */

import {
  BytesPerSecondIEC,
  EventsPerSecond,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units'
import { SERVICE_METRICS } from '../service/metric-names.ts'
import type { Row } from './dashboard.ts'
import { HAPROXY_METRICS } from './haproxy-metrics.ts'
import { graph, type States, timeline } from './panels/panel.ts'
import { NONE_EXPECTED } from './panels/thresholds.ts'
import { balancer, maxBy, rate, service, sum, sumBy } from './promql.ts'

/** Of `UP + 2 × DRAIN + 3 × NOLB`. */
const SERVER_STATES: States = {
  0: { text: 'down', color: 'red' },
  1: { text: 'up', color: 'green' },
  2: { text: 'drain', color: 'orange' },
  3: { text: 'nobody new', color: 'orange' },
}

export function balancerRow(): Row {
  return {
    id: 400,
    title: 'Does the balancer find the instances?',
    panels: [
      timeline(
        {
          id: 401,
          title: 'Servers',
          answers:
            'Which instances does the balancer give new clients to? One that drains or has lost Redis answers its health check with 503, and is down here while it keeps the clients that it has.',
          ifBad:
            'Down here and ready on the timeline of the instances: the way between them. Places that no instance has taken yet are left out.',
          unit: Short,
          width: 12,
          queries: [{ expr: serverState(), legend: '{{server}}' }],
        },
        SERVER_STATES,
      ),
      graph({
        id: 402,
        title: 'Sessions by server',
        answers: 'Who has how many connections? The one with fewest gets the next.',
        ifBad:
          'One has none and is up: it is new, and fills as clients come. One has far more: the others were away, and connections last.',
        unit: Short,
        width: 12,
        isStacked: true,
        queries: [{ expr: sumBy('server', balancer(HAPROXY_METRICS.serverSessions, 'backend')), legend: '{{server}}' }],
      }),
      graph({
        id: 403,
        title: 'Connects to servers that failed',
        answers: 'What does the balancer do about an instance that cannot be reached?',
        ifBad:
          'Failed, tried again, sent elsewhere: no client notices. Failed without the others: retries are used up, and clients get 503.',
        unit: EventsPerSecond,
        width: 8,
        thresholds: NONE_EXPECTED,
        queries: [
          { expr: perServer(HAPROXY_METRICS.serverConnectionErrors), legend: 'failed {{server}}' },
          { expr: perServer(HAPROXY_METRICS.serverRetries), legend: 'tried again {{server}}' },
          { expr: perServer(HAPROXY_METRICS.serverRedispatches), legend: 'sent elsewhere {{server}}' },
        ],
      }),
      graph({
        id: 404,
        title: 'Connects to servers',
        answers: 'Whom do new clients go to?',
        ifBad:
          'A peak to one server after it came back is right. A needle to all: a wave of clients that were cut off together.',
        unit: EventsPerSecond,
        width: 8,
        isStacked: true,
        queries: [{ expr: perServer(HAPROXY_METRICS.serverConnectionAttempts), legend: '{{server}}' }],
      }),
      graph({
        id: 405,
        title: 'Health checks that failed',
        answers: 'Which server did the balancer find ill, and did it take it out?',
        ifBad:
          'Failing without going down, or up and down again and again: checks at the edge of their time limit, see how long they take.',
        unit: EventsPerSecond,
        width: 8,
        thresholds: NONE_EXPECTED,
        queries: [
          { expr: perServer(HAPROXY_METRICS.serverCheckFailures), legend: 'failed {{server}}' },
          { expr: perServer(HAPROXY_METRICS.serverUpDown), legend: 'went down {{server}}' },
        ],
      }),
      graph({
        id: 406,
        title: 'Health check duration',
        answers: 'How long does an instance take to say that it is ready?',
        ifBad: 'At a second the balancer takes it for dead. It is slow because its event loop is busy.',
        unit: Seconds,
        width: 8,
        queries: [
          { expr: maxBy('server', balancer(HAPROXY_METRICS.serverCheckDuration, 'backend')), legend: '{{server}}' },
        ],
      }),
      graph({
        id: 407,
        title: 'Waiting for a server',
        answers: 'Do requests wait in the balancer?',
        ifBad: 'They wait where no server is up, or all are full; after a second they get 503.',
        unit: Short,
        width: 8,
        thresholds: NONE_EXPECTED,
        queries: [{ expr: sum(balancer(HAPROXY_METRICS.queue, 'backend')), legend: 'waiting' }],
      }),
      graph({
        id: 408,
        title: 'Broken off',
        answers: 'Who ends connections without saying so, servers or clients?',
        ifBad: 'Servers: an instance was killed. Clients: people who closed their laptop, or whose network went.',
        unit: EventsPerSecond,
        width: 8,
        queries: [
          { expr: perServer(HAPROXY_METRICS.serverAborts), legend: 'by server {{server}}' },
          { expr: perServer(HAPROXY_METRICS.clientAborts), legend: 'by clients of {{server}}' },
        ],
      }),
    ],
  }
}

export function clientsRow(): Row {
  return {
    id: 500,
    title: 'What do clients get of the balancer?',
    panels: [
      graph({
        id: 501,
        title: 'Responses to clients',
        answers: 'How are requests answered? A WebSocket that was opened is 1xx.',
        ifBad:
          '5xx: no instance could be reached; beside, whether the instances or the balancer said so. 4xx: clients without tokens, or requests that nobody knows.',
        unit: RequestsPerSecond,
        width: 8,
        queries: [{ expr: sumBy('code', rate(balancer(HAPROXY_METRICS.responses, 'frontend'))), legend: '{{code}}' }],
      }),
      graph({
        id: 502,
        title: 'Errors of the instances',
        answers: 'Which instances answer with 5xx themselves?',
        ifBad: 'One that drains or has lost Redis, and was asked before the balancer had seen it. All: Redis.',
        unit: RequestsPerSecond,
        width: 8,
        thresholds: NONE_EXPECTED,
        queries: [
          {
            expr: sumBy('server', rate(balancer(HAPROXY_METRICS.serverResponses, 'backend', ['code="5xx"']))),
            legend: '{{server}}',
          },
        ],
      }),
      graph({
        id: 503,
        title: 'Connections',
        answers: 'How many are open, how many may be, and do balancer and instances agree?',
        ifBad:
          'At the limit new clients wait unseen: raise BALANCER_CONNECTIONS_MAX. More here than at the instances: connections that one side believes in.',
        unit: Short,
        width: 8,
        limitLines: 'limit',
        queries: [
          { expr: sum(balancer(HAPROXY_METRICS.frontendSessions, 'frontend')), legend: 'balancer' },
          { expr: sum(maxBy('instance_name', service(SERVICE_METRICS.connections))), legend: 'instances' },
          { expr: sum(balancer(HAPROXY_METRICS.frontendSessionsMax, 'frontend')), legend: 'limit' },
        ],
      }),
      graph({
        id: 504,
        title: 'New connections',
        answers: 'How many clients come in?',
        ifBad: 'Many more than stay open: they are refused, or do not get on; responses and closes by code.',
        unit: EventsPerSecond,
        width: 12,
        queries: [{ expr: sum(rate(balancer(HAPROXY_METRICS.frontendConnections, 'frontend'))), legend: 'new' }],
      }),
      graph({
        id: 505,
        title: 'Bytes',
        answers: 'How much goes in and out?',
        ifBad:
          'Level at the top: the line is full. Out without in is a room that listens; in without out, clients that are answered by nobody.',
        unit: BytesPerSecondIEC,
        width: 12,
        queries: [
          { expr: sum(rate(balancer(HAPROXY_METRICS.bytesIn, 'frontend'))), legend: 'from clients' },
          { expr: sum(rate(balancer(HAPROXY_METRICS.bytesOut, 'frontend'))), legend: 'to clients' },
        ],
      }),
    ],
  }
}

function perServer(counter: (typeof HAPROXY_METRICS)[keyof typeof HAPROXY_METRICS]): string {
  return sumBy('server', rate(balancer(counter, 'backend')))
}

/** A number for each server that is not a mere place for one. */
function serverState(): string {
  const inState = (state: string) =>
    sumBy('server', balancer(HAPROXY_METRICS.serverStatus, 'backend', [`state="${state}"`]))
  const state = `${inState('UP')} + 2 * ${inState('DRAIN')} + 3 * ${inState('NOLB')}`
  return `(${state}) unless (${inState('MAINT')} > 0)`
}
