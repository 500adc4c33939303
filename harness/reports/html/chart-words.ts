/** A chart in words: for who does not see it, and for who wants numbers. */

import { grouped, milliseconds } from '../numbers.ts'
import type { FaultWindow } from './fault-windows.ts'
import { windowName, windowsDuring } from './fault-windows.ts'
import type { PageChart, PageData, PageSeries } from './page-data.ts'

/** One sentence for each series. */
export function chartWords(chart: PageChart, data: PageData, windows: readonly FaultWindow[]): string[] {
  if (chart.axis === 'percentile') return chart.series.map(series => percentileWords(series, chart.percentiles ?? []))
  return chart.series.map(series => seriesWords(series, chart, data, windows))
}

function seriesWords(
  { label, values }: PageSeries,
  { unit, telling }: PageChart,
  { fromMs, stepMs }: PageData,
  windows: readonly FaultWindow[],
): string {
  const known = values.filter(value => value !== null)
  if (known.length === 0) return `${label}: nothing was measured.`
  const sorted = [...known].sort((a, b) => a - b)
  const [least, most] = [sorted[0]!, sorted.at(-1)!]
  const text = (value: number) => withUnit(value, unit)
  if (least === most) return `${label}: always ${text(most)}.`
  const median = sorted[Math.floor((sorted.length - 1) / 2)]!
  const atMs = fromMs + values.indexOf(telling === 'highest' ? most : least) * stepMs
  const during = windowsDuring(windows, atMs, atMs + stepMs)
  const faults =
    during.length === 0 ? '' : ` (${during.map(window => `${window.number} ${windowName(window)}`).join('; ')})`
  const when = `at ${atMs / 1000} s${faults}`
  return telling === 'highest'
    ? `${label}: lowest ${text(least)}, median ${text(median)}, highest ${text(most)} ${when}.`
    : `${label}: lowest ${text(least)} ${when}, median ${text(median)}, highest ${text(most)}.`
}

function percentileWords({ label, values }: PageSeries, percentiles: readonly number[]): string {
  const shown = [50, 90, 99, 99.9, 99.99].flatMap(percentile => {
    const value = values[percentiles.indexOf(percentile)]
    return value == null ? [] : [`p${percentile} ${withUnit(value, 'ms')}`]
  })
  return shown.length === 0 ? `${label}: too few samples.` : `${label}: ${shown.join(', ')}.`
}

function withUnit(value: number, unit: PageChart['unit']): string {
  if (unit === 'ms') return `${milliseconds(value)} ms`
  const rounded = grouped(Number(value.toFixed(value < 10 ? 1 : 0)))
  return unit === 'per second' ? `${rounded}/s` : rounded
}
