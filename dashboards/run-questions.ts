/** Rows of *Run* that are looked at first: is anything lost, how late, who is disconnected, is what is sent delivered. */

import { EventsPerSecond, MessagesPerSecond, NoUnit, Seconds, Short } from '@grafana/grafana-foundation-sdk/units'
import { HARNESS_METRICS } from '../harness/reports/metric-names.ts'
import type { Row } from './dashboard.ts'
import { BUDGET_LINES, budgetLines, FAULT_STATES, latencyBuckets, PHASE_STATES } from './panels/harness.ts'
import { instancesPanel } from './panels/instance.ts'
import { graph, number, spread, timeline } from './panels/panel.ts'
import { atMost, NONE_EXPECTED, smokeBudget, smokeBudgetSeconds } from './panels/thresholds.ts'
import { harness, maxBy, quantile, rate, sum, sumBy } from './promql.ts'

export function lostRow(): Row {
  return {
    id: 100,
    title: 'Is anything lost?',
    panels: [
      number({
        id: 101,
        title: 'Run',
        answers: 'What runs? The seed reproduces the plan, not the interleaving.',
        ifBad: 'No data: no run goes on with its metrics where Prometheus looks for them, see --metrics-port.',
        unit: NoUnit,
        width: 8,
        isNameOnly: true,
        noValue: 'no run',
        queries: [{ expr: harness(HARNESS_METRICS.run), legend: '{{scenario}} on {{driver}}, seed {{seed}}' }],
      }),
      number({
        id: 102,
        title: 'Lost so far',
        answers: 'How many deliveries are owed for longer than the deadline of the scenario?',
        ifBad:
          'They may still come; what never came is in the report, each with the fault that it belongs to. Beside an active fault: wait for its healing.',
        unit: NoUnit,
        width: 4,
        thresholds: atMost(smokeBudget('lost')),
        queries: [{ expr: sum(harness(HARNESS_METRICS.lost)), legend: 'lost so far' }],
      }),
      number({
        id: 103,
        title: 'Outstanding',
        answers: 'How many deliveries are owed now, and have not come yet?',
        ifBad:
          'It rises while clients are disconnected and has to fall to about 0 once they are back. Level above 0: somebody is deaf.',
        unit: Short,
        width: 4,
        queries: [{ expr: sum(harness(HARNESS_METRICS.outstanding)), legend: 'outstanding' }],
      }),
      number({
        id: 104,
        title: 'Late across instances, P99',
        answers: 'How late are deliveries on another instance, from the intended send?',
        ifBad: 'Beyond the budget without a fault: is the generator honest (below)? Then the dashboard of the service.',
        unit: Seconds,
        width: 4,
        thresholds: atMost(smokeBudgetSeconds('crossInstanceP99Ms')),
        queries: [{ expr: quantile(0.99, latencyBuckets('cross')), legend: 'P99' }],
      }),
      number({
        id: 105,
        title: 'Clients disconnected',
        answers: 'How many of the clients that were here have no connection now?',
        ifBad: 'Below: whether they come back, and whether somebody refuses them.',
        unit: NoUnit,
        width: 4,
        thresholds: NONE_EXPECTED,
        queries: [{ expr: disconnected(), legend: 'disconnected' }],
      }),
      timeline(
        {
          id: 106,
          title: 'Step of the run',
          answers: 'What is the harness doing?',
          ifBad: 'A step that does not end: the terminal of the run says what it waits for.',
          unit: Short,
          width: 8,
          queries: [{ expr: maxBy('phase', harness(HARNESS_METRICS.phase)), legend: '{{phase}}' }],
        },
        PHASE_STATES,
      ),
      timeline(
        {
          id: 107,
          title: 'Faults',
          answers: 'What is being broken, and where? Every graph shows the same times as red marks.',
          ifBad: 'A fault that stays active after its time has not healed: the run will be invalid.',
          unit: Short,
          width: 8,
          queries: [
            { expr: maxBy('kind, target', harness(HARNESS_METRICS.faultActive)), legend: '{{kind}} {{target}}' },
          ],
        },
        FAULT_STATES,
      ),
      instancesPanel({ id: 108, width: 8 }),
    ],
  }
}

export function runLateRow(): Row {
  return {
    id: 200,
    title: 'How late is it?',
    panels: [
      graph({
        id: 201,
        title: 'Across instances',
        answers:
          "How late are deliveries on another instance than the sender's, from the intended send? Dashed: the budgets of the scenario.",
        ifBad:
          'Within a fault: what was caught up counts from its intended send, so it has to be late. After it: Redis, then the event loops of the instances.',
        unit: Seconds,
        width: 12,
        height: 9,
        limitLines: BUDGET_LINES,
        thresholds: atMost(smokeBudgetSeconds('crossInstanceP99Ms')),
        queries: [
          { expr: quantile(0.5, latencyBuckets('cross')), legend: 'P50' },
          { expr: quantile(0.99, latencyBuckets('cross')), legend: 'P99' },
          budgetLines('crossInstanceP99Ms'),
        ],
      }),
      spread({
        id: 202,
        title: 'Across instances, all of them',
        answers: 'How are the times of deliveries on another instance spread?',
        ifBad:
          'A second band higher up are those who were cut off and caught up. A band that climbs: something cannot keep up with the load.',
        unit: Seconds,
        width: 12,
        height: 9,
        queries: [{ expr: sumBy('le', rate(latencyBuckets('cross'))), legend: '{{le}}' }],
      }),
      graph({
        id: 203,
        title: 'On the same instance',
        answers: 'How late are deliveries that need not cross?',
        ifBad:
          'As late as those across: not the link between the instances, but Redis or the instance. It also goes through Redis.',
        unit: Seconds,
        width: 12,
        limitLines: BUDGET_LINES,
        queries: [
          { expr: quantile(0.5, latencyBuckets('same')), legend: 'P50' },
          { expr: quantile(0.99, latencyBuckets('same')), legend: 'P99' },
          budgetLines('sameInstanceP99Ms'),
        ],
      }),
      graph({
        id: 204,
        title: 'Acknowledgement',
        answers: 'How long until a sender knows that the message is in the log?',
        ifBad: 'Late acknowledgements and quick deliveries: retries, whose first attempt was unconfirmed.',
        unit: Seconds,
        width: 12,
        limitLines: BUDGET_LINES,
        thresholds: atMost(smokeBudgetSeconds('ackP99Ms')),
        queries: [
          { expr: quantile(0.5, latencyBuckets('ack')), legend: 'P50' },
          { expr: quantile(0.99, latencyBuckets('ack')), legend: 'P99' },
          budgetLines('ackP99Ms'),
        ],
      }),
    ],
  }
}

export function disconnectedRow(): Row {
  return {
    id: 300,
    title: 'Who is disconnected, and do they come back?',
    panels: [
      graph({
        id: 301,
        title: 'Clients connected',
        answers: 'How many virtual clients have a connection?',
        ifBad: 'A step down at a fault is right. It has to be back within the budget for reconnecting, some seconds.',
        unit: Short,
        width: 8,
        queries: [
          { expr: sum(harness(HARNESS_METRICS.clientsConnected)), legend: 'connected' },
          { expr: mostConnected(), legend: 'most so far' },
        ],
      }),
      graph({
        id: 302,
        title: 'Reconnects and failed tries',
        answers: 'How fast do clients come back, and are they let in?',
        ifBad:
          'One needle: they all come at once, which the next instance may not stand. Failed tries after healing: the address is not served, or the balancer sends them to somebody who is gone.',
        unit: EventsPerSecond,
        width: 8,
        queries: [
          { expr: sum(rate(harness(HARNESS_METRICS.reconnects))), legend: 'connected again' },
          { expr: sum(rate(harness(HARNESS_METRICS.connectsFailed))), legend: 'failed' },
        ],
      }),
      number({
        id: 303,
        title: 'Stranded',
        answers:
          'How many clients have been without a connection, or without an answer to a join, for longer than the deadline?',
        ifBad:
          'They cannot get back by themselves: failed tries, beside. The report has all of them, those who only cannot hear or say anything as well.',
        unit: NoUnit,
        width: 8,
        height: 8,
        thresholds: atMost(smokeBudget('stranded')),
        queries: [{ expr: sum(harness(HARNESS_METRICS.stranded)), legend: 'stranded' }],
      }),
      graph({
        id: 304,
        title: 'Mended by the clients',
        answers:
          'What did the clients see that they should not have: duplicates that they removed, holes that they repaired?',
        ifBad:
          'Duplicates on the wire come with resumes, and are harmless. A hole is a fault of the service, even though the client mends it.',
        unit: EventsPerSecond,
        width: 12,
        thresholds: NONE_EXPECTED,
        queries: [
          { expr: sum(rate(harness(HARNESS_METRICS.duplicatedOnWire))), legend: 'duplicates removed' },
          { expr: sum(rate(harness(HARNESS_METRICS.holes))), legend: 'holes repaired' },
        ],
      }),
      graph({
        id: 305,
        title: 'Gaps declared',
        answers: 'How many clients were told that messages are gone for them?',
        ifBad: 'Right only where the scenario makes Redis lose data.',
        unit: EventsPerSecond,
        width: 12,
        thresholds: NONE_EXPECTED,
        queries: [{ expr: sum(rate(harness(HARNESS_METRICS.declaredGaps))), legend: 'gaps declared' }],
      }),
    ],
  }
}

export function deliveryRow(): Row {
  return {
    id: 400,
    title: 'Is what is sent delivered?',
    panels: [
      graph({
        id: 401,
        title: 'Load',
        answers: 'Is as much sent as was planned, and acknowledged as is sent?',
        ifBad:
          'Sent below intended: the generator does not keep up, or its clients are disconnected. Acknowledged below sent: the service.',
        unit: MessagesPerSecond,
        width: 8,
        queries: [
          { expr: sum(rate(harness(HARNESS_METRICS.intended))), legend: 'intended' },
          { expr: sum(rate(harness(HARNESS_METRICS.sent))), legend: 'sent' },
          { expr: sum(rate(harness(HARNESS_METRICS.acked))), legend: 'acknowledged' },
        ],
      }),
      graph({
        id: 402,
        title: 'Delivered',
        answers: 'How many deliveries come in per second, over all clients?',
        ifBad:
          'It dips while clients are away, and has a peak when they catch up. A level below that of before: somebody gets nothing any more.',
        unit: MessagesPerSecond,
        width: 8,
        queries: [{ expr: sum(rate(harness(HARNESS_METRICS.delivered))), legend: 'delivered' }],
      }),
      graph({
        id: 403,
        title: 'Owed',
        answers: 'How much of what is owed has not come yet, and how much is beyond the deadline?',
        ifBad:
          'A staircase that does not come down: a room or an instance that nobody hears. Lost in the end is what the report says.',
        unit: Short,
        width: 8,
        queries: [
          { expr: sum(harness(HARNESS_METRICS.outstanding)), legend: 'outstanding' },
          { expr: sum(harness(HARNESS_METRICS.lost)), legend: 'lost so far' },
        ],
      }),
      graph({
        id: 404,
        title: 'Not acknowledged',
        answers: 'Which messages were refused for good, and of which does nobody know what became?',
        ifBad:
          'Refused: by code on the dashboard of the service. Unknown: the client gave up asking; whether it is in the log is found at the end.',
        unit: MessagesPerSecond,
        width: 24,
        height: 6,
        thresholds: NONE_EXPECTED,
        queries: [
          { expr: sum(rate(harness(HARNESS_METRICS.rejected))), legend: 'refused' },
          { expr: sum(rate(harness(HARNESS_METRICS.unknown))), legend: 'unknown' },
        ],
      }),
    ],
  }
}

/** Over the time that is looked at: of a run that has several sizes, the largest. */
function mostConnected(): string {
  return sum(`max_over_time(${harness(HARNESS_METRICS.clientsConnected)}[$__range])`)
}

function disconnected(): string {
  return `${mostConnected()} - ${sum(harness(HARNESS_METRICS.clientsConnected))}`
}
