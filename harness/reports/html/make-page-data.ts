/** From a run to what the page's script draws. */

import type { Curves, LatencyCurves, Series } from '../../curves/curves.ts'
import { type LATENCY_KINDS, parseLatencyBudget } from '../../scenario/measures.ts'
import type { BudgetResult } from '../../verdict/judgement.ts'
import { faultWindows, windowName } from './fault-windows.ts'
import type { PageChart, PageData } from './page-data.ts'
import type { ReportInput } from './report-input.ts'

/** Null where there are no curves. */
export function pageData({ result, plan, curves, rollCallAtMs }: ReportInput): PageData | null {
  if (curves === null) return null
  const { fromMs, stepMs } = curves
  const toMs = fromMs + curves.connected.length * stepMs
  const windows = faultWindows(plan, result.faults, toMs).map(window => ({
    number: window.number,
    name: windowName(window),
    fromMs: window.fromMs,
    toMs: window.toMs,
  }))
  const { loadMs } = plan
  const charts = [...timeCharts(curves, result.budgets, result.size.clients), percentileChart(curves)]
  return { fromMs, toMs, stepMs, loadMs, rollCallAtMs, windows, charts }
}

function timeCharts(curves: Curves, budgets: readonly BudgetResult[], clients: number): PageChart[] {
  const { latencyMs, perSecond, connected, outstanding } = curves
  const linear = { axis: 'time', isLogarithmic: false, telling: 'highest', limits: [] } as const
  return [
    latencyChart('cross', 'Latency across instances', latencyMs.cross, budgets),
    latencyChart('same', 'Latency within instances', latencyMs.same, budgets),
    latencyChart('ack', 'Latency of acknowledgements', latencyMs.ack, budgets),
    {
      ...linear,
      id: 'messages',
      title: 'Messages',
      unit: 'per second',
      series: [
        { label: 'sent', values: perSecond.sent, look: 'typical' },
        { label: 'acknowledged', values: perSecond.acked, look: 'high' },
      ],
    },
    {
      ...linear,
      id: 'deliveries',
      title: 'Deliveries',
      unit: 'per second',
      series: [{ label: 'delivered', values: perSecond.delivered, look: 'typical' }],
    },
    {
      ...linear,
      id: 'outstanding',
      title: 'Deliveries owed and not there yet',
      unit: 'count',
      series: [{ label: 'outstanding', values: outstanding, look: 'high' }],
    },
    {
      ...linear,
      id: 'connected',
      title: 'Clients connected, the fewest of each moment',
      unit: 'count',
      telling: 'lowest',
      series: [{ label: 'connected', values: connected, look: 'typical' }],
      limits: [{ label: 'all clients', value: clients }],
    },
    latencyChart('sendLag', "The generator's own lateness", latencyMs.sendLag, budgets),
  ]
}

function latencyChart(
  id: keyof typeof LATENCY_KINDS,
  title: string,
  { p50, p99, max }: LatencyCurves,
  budgets: readonly BudgetResult[],
): PageChart {
  return {
    id,
    title,
    axis: 'time',
    unit: 'ms',
    isLogarithmic: true,
    telling: 'highest',
    series: [
      { label: 'p50', values: p50, look: 'typical' },
      { label: 'p99', values: p99, look: 'high' },
      { label: 'max', values: max, look: 'extreme' },
    ],
    limits: budgets.flatMap(({ measure, phase, limit }) => {
      const budget = parseLatencyBudget(measure)
      if (budget === null || budget.kind !== id) return []
      const quantile = budget.quantile === 'P999' ? 'p99.9' : budget.quantile.toLowerCase()
      return [{ label: `${quantile} budget${phase === 'run' ? '' : `, ${phase}`}`, value: limit }]
    }),
  }
}

function percentileChart({ percentiles: { cross, same, ack } }: Curves): PageChart {
  // All are the beginning of one grid, each as far as its samples reach.
  const longest = [cross, same, ack].reduce((long, points) => (points.length > long.length ? points : long))
  const values = (points: typeof cross): Series => longest.map((_, index) => points[index]?.[1] ?? null)
  return {
    id: 'percentiles',
    title: 'Latency by percentile, over the whole load',
    axis: 'percentile',
    unit: 'ms',
    isLogarithmic: true,
    telling: 'highest',
    percentiles: longest.map(([percentile]) => percentile),
    series: [
      { label: 'across instances', values: values(cross), look: 'high' },
      { label: 'within instances', values: values(same), look: 'typical' },
      { label: 'acknowledgements', values: values(ack), look: 'other' },
    ],
    limits: [],
  }
}
