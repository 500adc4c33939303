/** Rows of *Run* about what is beside the messages: the instances, whether the generator can be believed, HTTP, and the budgets. */

import { NoUnit, PercentUnit, RequestsPerSecond, Seconds } from '@grafana/grafana-foundation-sdk/units'
import { HARNESS_METRICS } from '../harness/reports/metric-names.ts'
import { HTTP_PATHS, LATENCY_KINDS } from '../harness/scenario/measures.ts'
import { HANDED_SHARE_MIN, SEND_LAG_SHARE_MAX } from '../harness/verdict/generator.ts'
import type { Row } from './dashboard.ts'
import { BUDGET_LINES } from './panels/harness.ts'
import { connectionsPanel, eventLoopPanel } from './panels/instance.ts'
import { graph, list } from './panels/panel.ts'
import { atLeast, atMost, smokeBudget } from './panels/thresholds.ts'
import { harness, maxBy, quantile, rate, sum, sumBy } from './promql.ts'

export function instancesMeanwhileRow(): Row {
  return {
    id: 500,
    title: 'What do the instances do meanwhile?',
    panels: [connectionsPanel({ id: 501, width: 12 }), eventLoopPanel({ id: 502, width: 12 })],
  }
}

export function generatorRow(): Row {
  const { sendLag: _, ...ofService } = LATENCY_KINDS
  const latencyBudgets = harness(HARNESS_METRICS.budget, [`measure=~"(${Object.values(ofService).join('|')}).*Ms"`])
  const percent = SEND_LAG_SHARE_MAX * 100
  return {
    id: 600,
    title: 'Can the generator be believed?',
    panels: [
      graph({
        id: 601,
        title: 'Send lag, P99 by worker',
        answers: `How late does each worker hand over its sends? Dashed: ${percent} % of the tightest latency budget, beyond which a run is invalid.`,
        ifBad:
          "The latencies above are the generator's own then. Fewer clients, more workers, or another machine for the load.",
        unit: Seconds,
        width: 8,
        limitLines: 'limit',
        thresholds: atMost((smokeBudget('crossInstanceP99Ms') * SEND_LAG_SHARE_MAX) / 1000),
        queries: [
          {
            expr: quantile(0.99, harness(HARNESS_METRICS.workerSendLag, [], '_bucket'), 'worker'),
            legend: 'worker {{worker}}',
          },
          { expr: `min(${latencyBudgets}) / 1000 * ${SEND_LAG_SHARE_MAX}`, legend: 'limit' },
        ],
      }),
      graph({
        id: 602,
        title: 'Event loop of the workers, busy',
        answers: 'How much of its time does each load worker work?',
        ifBad: 'Near 100 % it reads late what came in time: more workers, or a smaller load.',
        unit: PercentUnit,
        width: 8,
        max: 1,
        queries: [
          { expr: maxBy('worker', harness(HARNESS_METRICS.workerEventLoopUtilization)), legend: 'worker {{worker}}' },
        ],
      }),
      graph({
        id: 603,
        title: 'Sent of what was intended',
        answers: 'Is the planned load the one that the service gets?',
        ifBad: `Beneath ${HANDED_SHARE_MIN * 100} % over the run it was another load than planned, and the run is invalid. Short dips are made up for at once: above 100 %.`,
        unit: PercentUnit,
        width: 8,
        thresholds: atLeast(HANDED_SHARE_MIN),
        queries: [
          {
            expr: `${sum(rate(harness(HARNESS_METRICS.sent)))} / ${sum(rate(harness(HARNESS_METRICS.intended)))}`,
            legend: 'sent of intended',
          },
        ],
      }),
    ],
  }
}

export function httpRow(): Row {
  const budgets = harness(HARNESS_METRICS.budget, [`measure=~"(${Object.keys(HTTP_PATHS).join('|')})P99Ms"`])
  return {
    id: 700,
    title: 'Is HTTP quick beside the load? Only in scenarios that ask for it',
    panels: [
      graph({
        id: 701,
        title: 'Requests by path and outcome',
        answers: 'How many requests are answered with 2xx, and how many are not?',
        ifBad:
          'Errors of readyz while an instance drains are what it is for. Others: the refusals on the dashboard of the service.',
        unit: RequestsPerSecond,
        width: 12,
        queries: [
          { expr: sumBy('path, outcome', rate(harness(HARNESS_METRICS.httpRequests))), legend: '{{path}} {{outcome}}' },
        ],
      }),
      graph({
        id: 702,
        title: 'Latency, P99 by path',
        answers: 'How long does an answer take? Dashed: the budgets of the scenario.',
        ifBad: 'A readyz that is slow makes a balancer take out an instance that only has much to do: its event loop.',
        unit: Seconds,
        width: 12,
        limitLines: BUDGET_LINES,
        queries: [
          { expr: quantile(0.99, harness(HARNESS_METRICS.httpLatency, [], '_bucket'), 'path'), legend: '{{path}}' },
          { expr: `${maxBy('measure', budgets)} / 1000`, legend: `${BUDGET_LINES} {{measure}}` },
        ],
      }),
    ],
  }
}

export function budgetsRow(): Row {
  return {
    id: 800,
    title: 'What has to hold?',
    panels: [
      list(
        {
          id: 801,
          title: 'Budgets of the scenario',
          answers:
            'What is the most that is allowed, in the unit that each measure ends with? The phase "all" is the whole run.',
          ifBad: 'Whether they held is judged at the end: in the report, result.json and the exit code.',
          unit: NoUnit,
          width: 24,
          height: 10,
          queries: [{ expr: maxBy('measure, phase', harness(HARNESS_METRICS.budget)), legend: '{{measure}}' }],
        },
        ['measure', 'phase'],
      ),
    ],
  }
}
