/** The curves of both sides on the same axes, as the page's script draws them. Pure. */

import type { CurveKind, Curves, PercentilePoint, Series } from '../curves/curves.ts'
import type { UsedSide } from './compare-sides.ts'
import type { OverlaidChart, OverlaidLine } from './overlaid-chart.ts'

const KIND_TITLES: Readonly<Record<CurveKind, string>> = {
  cross: 'across instances',
  same: 'within instances',
  ack: 'of acknowledgements',
}

type Points = readonly (readonly [x: number, value: number | null])[]

interface Drawn {
  readonly side: 'old' | 'new'
  /** Of a group, which run; empty for a run alone. */
  readonly run: string
  readonly curves: Curves
}

interface Draft extends Omit<OverlaidLine, 'values'> {
  readonly points: Points
}

/** Empty where no run of either side has curves. */
export function overlaidCharts(old: UsedSide, fresh: UsedSide): OverlaidChart[] {
  const drawn = [...drawnOf('old', old), ...drawnOf('new', fresh)]
  if (drawn.length === 0) return []
  const kinds = Object.entries(KIND_TITLES) as [CurveKind, string][]
  const time = { axis: 'time', isLogarithmic: false } as const
  const charts = [
    ...kinds.map(([kind, title]) => ({
      ...({ id: `latency-${kind}`, title: `Latency ${title}`, unit: 'ms', axis: 'time', isLogarithmic: true } as const),
      lines: drawn.flatMap(run => latencyLines(run, kind)),
    })),
    ...kinds.map(([kind, title]) => ({
      ...({ id: `percentiles-${kind}`, title: `Latency ${title}, by percentile`, unit: 'ms' } as const),
      ...({ axis: 'percentile', isLogarithmic: true } as const),
      lines: drawn.map(run => line(run, '', false, percentilePoints(run.curves.percentiles[kind]))),
    })),
    {
      ...({ ...time, id: 'delivered', title: 'Deliveries', unit: 'per second' } as const),
      lines: drawn.map(run => line(run, '', false, timePoints(run.curves, run.curves.perSecond.delivered))),
    },
    {
      ...({ ...time, id: 'outstanding', title: 'Deliveries owed and not there yet', unit: 'count' } as const),
      lines: drawn.map(run => line(run, '', false, timePoints(run.curves, run.curves.outstanding))),
    },
    {
      ...({ ...time, id: 'connected', title: 'Clients connected', unit: 'count' } as const),
      lines: drawn.map(run => line(run, '', false, timePoints(run.curves, run.curves.connected))),
    },
  ]
  return charts.map(({ lines, ...chart }) => ({ ...chart, ...onOneAxis(lines) })).filter(hasSomething)
}

/** How far a percentile is from 100, in powers of ten: 90 is 1, 99 is 2, 99.9 is 3. */
export function tailOf(percentile: number): number {
  return -Math.log10(1 - percentile / 100)
}

function drawnOf(side: Drawn['side'], { used, isGroup }: UsedSide): Drawn[] {
  return used.flatMap(({ curves, path }) =>
    curves === null ? [] : [{ side, run: isGroup ? ` ${path.split('/').at(-1)}` : '', curves }],
  )
}

function latencyLines(run: Drawn, kind: CurveKind): Draft[] {
  const { p50, p99 } = run.curves.latencyMs[kind]
  return [line(run, ' p50', true, timePoints(run.curves, p50)), line(run, ' p99', false, timePoints(run.curves, p99))]
}

function line({ side, run }: Drawn, what: string, isDashed: boolean, points: Points): Draft {
  return { side, label: `${side}${run}${what}`, isDashed, points }
}

function timePoints({ fromMs, stepMs }: Curves, values: Series): Points {
  return values.map((value, index) => [(fromMs + index * stepMs) / 1000, value] as const)
}

function percentilePoints(points: readonly PercentilePoint[]): Points {
  return points.map(([percentile, ms]) => [Number(tailOf(percentile).toFixed(4)), ms] as const)
}

/** Where a run has no point, it has null. */
function onOneAxis(lines: readonly Draft[]): Pick<OverlaidChart, 'x' | 'lines'> {
  const x = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b)
  return {
    x,
    lines: lines.map(({ points, ...rest }) => {
      const values = new Map(points)
      return { ...rest, values: x.map(at => values.get(at) ?? null) }
    }),
  }
}

function hasSomething({ lines }: OverlaidChart): boolean {
  return lines.some(({ values }) => values.some(value => value !== null))
}
