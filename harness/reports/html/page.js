/**
 * Draws the charts of a report with uPlot, which the page has loaded before. The browser runs this file as it stands; what it is handed has the
 * types of `page-data.ts`.
 *
 * @import { Look, PageChart, PageData } from './page-data.ts'
 * @import uPlot from 'uplot'
 */

const charts = /** @type {typeof uPlot} */ (Reflect.get(globalThis, 'uPlot'))
const data = /** @type {PageData} */ (JSON.parse(elementOf('data').textContent ?? ''))

const HEIGHT = 190
/** Above the plot, for the numbers and names of what is shaded. In CSS pixels. */
const BAND = 20
const RIGHT = 14
const LABEL_GAP = 4
const BADGE_PADDING = 5
/** For colour-blind eyes and for print: no two looks differ by their colour alone. */
const LOOKS = /** @type {const} */ ({
  typical: { colour: '--typical', width: 1.5, dash: [], border: 'solid' },
  high: { colour: '--high', width: 2.5, dash: [], border: 'solid' },
  extreme: { colour: '--extreme', width: 1.5, dash: [2, 3], border: 'dotted' },
  other: { colour: '--other', width: 2, dash: [7, 4], border: 'dashed' },
})

/** @type {uPlot[]} */
let drawn = []

function drawAll() {
  for (const chart of drawn) chart.destroy()
  drawn = data.charts.map(chart => {
    const plot = chart.axis === 'time' ? timePlot(chart) : percentilePlot(chart)
    // Without a word, nobody hears of the numbers below the pointer twice.
    plot.root.querySelector('.u-legend')?.setAttribute('aria-hidden', 'true')
    return plot
  })
}

/** @param {PageChart} chart */
function timePlot(chart) {
  const { fromMs, toMs, stepMs } = data
  const place = elementOf(chart.id)
  const count = chart.series[0]?.values.length ?? 0
  const atSeconds = Array.from({ length: count }, (_, step) => (fromMs + step * stepMs) / 1000)
  // The end of the last step.
  const values = chart.series.map(series => [...series.values, null])
  return new charts(
    {
      ...sizeOf(place),
      padding: [BAND, RIGHT, 0, 0],
      scales: { x: { time: false, range: (_, min, max) => [min, max] }, y: scaleOf(chart) },
      axes: [axis({ size: 28, space: 60, values: (_, splits) => splits.map(secondsText) }), yAxis(chart)],
      series: [
        { label: 'second', value: (_, seconds) => (seconds === null ? '–' : secondsText(seconds)) },
        ...chart.series.map(({ label, look }) => ({ ...lineOf(label, look, chart.unit), paths: steps })),
      ],
      legend: legendOf(chart),
      cursor: { sync: { key: 'time', scales: ['x', null] }, points: { size: 6 } },
      hooks: {
        drawClear: [shade],
        draw: [label, plot => drawLimits(plot, chart)],
        setScale: [(plot, scale) => scale === 'x' && moveLanes(plot)],
      },
    },
    [[...atSeconds, toMs / 1000], ...values],
    place,
  )
}

/** @param {PageChart} chart */
function percentilePlot(chart) {
  const place = elementOf(chart.id)
  const percentiles = chart.percentiles ?? []
  const marks = [0, 50, 90, 99, 99.9, 99.99].filter(percentile => percentile <= (percentiles.at(-1) ?? 0))
  const rarity = (/** @type {number} */ percentile) => 100 / (100 - percentile)
  return new charts(
    {
      ...sizeOf(place),
      padding: [BAND, RIGHT + 16, 0, 0],
      scales: { x: { time: false, distr: 3, range: (_, min, max) => [min, max] }, y: scaleOf(chart) },
      axes: [
        axis({
          size: 28,
          splits: () => marks.map(rarity),
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map(split => `${Number((100 - 100 / split).toFixed(2))} %`),
        }),
        yAxis(chart),
      ],
      series: [
        {
          label: 'percentile',
          value: (_, value) => (value === null ? '–' : `${Number((100 - 100 / value).toFixed(3))} %`),
        },
        ...chart.series.map(({ label, look }) => lineOf(label, look, chart.unit)),
      ],
      legend: legendOf(chart),
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    },
    [percentiles.map(rarity), ...chart.series.map(series => [...series.values])],
    place,
  )
}

// Scales and axes ---------------------------------------------------------------------------------------------------------

/**
 * @param {PageChart} chart
 * @returns {uPlot.Scale}
 */
function scaleOf({ isLogarithmic, limits }) {
  const levels = limits.map(({ value }) => value)
  if (!isLogarithmic) {
    return { range: (_, __, max) => [0, Math.max(1, max ?? 0, ...levels) * 1.15] }
  }
  return {
    distr: 3,
    // Whole decades, and every budget in sight.
    range: (_, min, max) => {
      const low = Math.min(min ?? 1, ...levels)
      const high = Math.max(max ?? 1, ...levels)
      const bottom = 10 ** Math.floor(Math.log10(low))
      return [bottom, Math.max(10 ** Math.ceil(Math.log10(high)), bottom * 10)]
    },
  }
}

/**
 * @param {PageChart} chart
 * @returns {uPlot.Axis}
 */
function yAxis({ unit, isLogarithmic }) {
  const decades = (/** @type {number[]} */ splits) =>
    splits.map(split => (Number.isInteger(round(Math.log10(split))) ? split : null))
  return axis({
    size: Number.parseFloat(cssValue('--gutter')),
    space: 34,
    ...(isLogarithmic && { filter: (_, splits) => decades(splits) }),
    values: (_, splits) => splits.map(split => (split === null ? '' : valueText(split, unit))),
  })
}

/**
 * @param {uPlot.Axis} more
 * @returns {uPlot.Axis}
 */
function axis(more) {
  const line = { stroke: cssValue('--line'), width: 1 }
  // Of a logarithmic axis the decades alone.
  const { filter } = more
  return {
    stroke: cssValue('--quiet'),
    font: fontOf(12),
    grid: { ...line, ...(filter && { filter }) },
    ticks: { ...line, size: 4 },
    gap: 4,
    ...more,
  }
}

/**
 * Each value holds for its whole step, and nothing is said of a step without one.
 *
 * @type {uPlot.Series.PathBuilder}
 */
function steps(plot, series, first, last) {
  const stroke = new Path2D()
  const xs = plot.data[0]
  const values = plot.data[series] ?? []
  let isDrawing = false
  for (let step = Math.max(0, first - 1); step <= last; step++) {
    const value = values[step]
    if (value != null) {
      const from = plot.valToPos(xs[step] ?? 0, 'x', true)
      const to = plot.valToPos(xs[step + 1] ?? xs[step] ?? 0, 'x', true)
      const y = plot.valToPos(value, 'y', true)
      if (isDrawing) stroke.lineTo(from, y)
      else stroke.moveTo(from, y)
      stroke.lineTo(to, y)
    }
    isDrawing = value != null
  }
  return { stroke }
}

/**
 * @param {string} label
 * @param {Look} look
 * @param {PageChart['unit']} unit
 * @returns {uPlot.Series}
 */
function lineOf(label, look, unit) {
  const { colour, width, dash } = LOOKS[look]
  return {
    label,
    stroke: cssValue(colour),
    width,
    dash: [...dash],
    points: { show: false },
    value: (_, value) => (value === null ? '–' : valueText(value, unit)),
  }
}

/**
 * @param {PageChart} chart
 * @returns {uPlot.Legend}
 */
function legendOf({ series }) {
  const lookOf = (/** @type {number} */ index) => LOOKS[series[index - 1]?.look ?? 'typical']
  return { markers: { width: (_, index) => lookOf(index).width + 0.5, dash: (_, index) => lookOf(index).border } }
}

// Shading -----------------------------------------------------------------------------------------------------------------

/**
 * What is not the load, and the windows of faults, behind the lines.
 *
 * @param {uPlot} plot
 */
function shade(plot) {
  const { ctx } = plot
  const { top, height } = plot.bbox
  ctx.save()
  for (const { fromMs, toMs } of outside()) {
    const [left, right] = span(plot, fromMs, toMs)
    ctx.fillStyle = cssValue('--outside')
    ctx.fillRect(left, top, right - left, height)
  }
  for (const { fromMs, toMs } of data.windows) {
    const [left, right] = span(plot, fromMs, toMs)
    if (right < plot.bbox.left || left > plot.bbox.left + plot.bbox.width) continue
    ctx.fillStyle = cssValue('--fault-shade')
    ctx.fillRect(left, top, Math.max(right - left, charts.pxRatio * 2), height)
    ctx.fillStyle = cssValue('--fault')
    ctx.fillRect(left, top, charts.pxRatio, height)
  }
  ctx.restore()
}

/**
 * In the band above the plot: numbers of faults, with their names where there is room up to the next.
 *
 * @param {uPlot} plot
 */
function label(plot) {
  const { ctx } = plot
  const ratio = charts.pxRatio
  const { left, width, top } = plot.bbox
  const middle = top - (BAND / 2) * ratio
  ctx.save()
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'left'
  const labels = labelsOf(plot)
  let free = left
  labels.forEach(({ at, number, text }, index) => {
    const end = left + width + RIGHT * ratio
    const from = Math.max(at, free)
    if (at < left - 1 || from > end) return
    const badge = number === null ? 0 : badgeWidth(ctx, number)
    if (from + badge > end) return
    if (number !== null) drawBadge(ctx, String(number), from, middle)
    free = from + badge + LABEL_GAP * ratio
    ctx.font = fontOf(11 * ratio)
    const until = Math.min(end, labels[index + 1]?.at ?? end)
    const textWidth = ctx.measureText(text).width
    if (free + textWidth > until) return
    ctx.fillStyle = cssValue('--quiet')
    ctx.fillText(text, free, middle)
    free += textWidth + 2 * LABEL_GAP * ratio
  })
  ctx.restore()
}

/** @param {uPlot} plot */
function labelsOf(plot) {
  const position = (/** @type {number} */ ms) => plot.valToPos(ms / 1000, 'x', true)
  const ofTime = outside().map(({ fromMs, name }) => ({ at: position(fromMs), number: null, text: name }))
  const ofFaults = data.windows.map(({ fromMs, number, name }) => ({ at: position(fromMs), number, text: name }))
  return [...ofTime, ...ofFaults].sort((a, b) => a.at - b.at)
}

/** What of the axis is not the load. */
function outside() {
  const { fromMs, toMs, loadMs, rollCallAtMs } = data
  const settledMs = rollCallAtMs ?? toMs
  return [
    { fromMs, toMs: 0, name: 'warm-up' },
    { fromMs: loadMs, toMs: settledMs, name: 'settling' },
    { fromMs: settledMs, toMs, name: 'roll call' },
  ].filter(part => part.toMs > part.fromMs)
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} number
 */
function badgeWidth(ctx, number) {
  ctx.font = fontOf(11 * charts.pxRatio, 'bold')
  return ctx.measureText(String(number)).width + 2 * BADGE_PADDING * charts.pxRatio
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} left
 * @param {number} middle
 */
function drawBadge(ctx, text, left, middle) {
  const ratio = charts.pxRatio
  const height = 15 * ratio
  ctx.fillStyle = cssValue('--fault')
  ctx.beginPath()
  ctx.roundRect(left, middle - height / 2, badgeWidth(ctx, Number(text)), height, 3 * ratio)
  ctx.fill()
  ctx.fillStyle = cssValue('--paper')
  ctx.fillText(text, left + BADGE_PADDING * ratio, middle + ratio / 2)
}

/**
 * @param {uPlot} plot
 * @param {PageChart} chart
 */
function drawLimits(plot, { limits, unit }) {
  const { ctx } = plot
  const ratio = charts.pxRatio
  const { left, width } = plot.bbox
  ctx.save()
  ctx.fillStyle = cssValue('--limit')
  ctx.font = fontOf(11 * ratio)
  ctx.textAlign = 'right'
  ctx.textBaseline = 'bottom'
  for (const { label, value } of limits) {
    const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5
    ctx.strokeStyle = cssValue('--limit')
    ctx.lineWidth = ratio
    ctx.setLineDash([6 * ratio, 4 * ratio])
    ctx.beginPath()
    ctx.moveTo(left, y)
    ctx.lineTo(left + width, y)
    ctx.stroke()
    const text = `${label} ${valueText(value, unit)}`
    const at = /** @type {const} */ ([left + width - LABEL_GAP * ratio, y - 2 * ratio])
    // Lines may run below it.
    ctx.setLineDash([])
    ctx.lineWidth = 4 * ratio
    ctx.strokeStyle = cssValue('--paper')
    ctx.strokeText(text, ...at)
    ctx.fillText(text, ...at)
  }
  ctx.restore()
}

/**
 * The lanes of the instances show what the charts show.
 *
 * @param {uPlot} plot
 */
function moveLanes(plot) {
  const { min, max } = plot.scales.x ?? {}
  const lanes = /** @type {HTMLElement | null} */ (document.querySelector('.lanes'))
  if (lanes === null || min == null || max == null) return
  lanes.style.setProperty('--from', String(min * 1000))
  lanes.style.setProperty('--length', String((max - min) * 1000))
}

/**
 * Left and right in pixels of the canvas, within the plot.
 *
 * @param {uPlot} plot
 * @param {number} fromMs
 * @param {number} toMs
 * @returns {[left: number, right: number]}
 */
function span(plot, fromMs, toMs) {
  const { left, width } = plot.bbox
  const clamp = (/** @type {number} */ at) => Math.min(left + width, Math.max(left, at))
  const position = (/** @type {number} */ ms) => plot.valToPos(ms / 1000, 'x', true)
  return [clamp(position(fromMs)), clamp(position(toMs))]
}

// Text --------------------------------------------------------------------------------------------------------------------

/**
 * @param {number} value
 * @param {PageChart['unit']} unit
 */
function valueText(value, unit) {
  if (unit !== 'ms') return value >= 10_000 ? `${round(value / 1000)}k` : String(round(value))
  if (value >= 1000) return `${round(value / 1000)} s`
  return `${value >= 100 ? Math.round(value) : round(value)} ms`
}

/** @param {number} seconds */
function secondsText(seconds) {
  return `${round(seconds)} s`
}

/** @param {number} value */
function round(value) {
  return Number(value.toFixed(2))
}

/**
 * @param {number} size
 * @param {string} weight
 */
function fontOf(size, weight = 'normal') {
  return `${weight} ${size}px ${cssValue('--sans')}`
}

/** @param {string} name */
function cssValue(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** @param {HTMLElement} place */
function sizeOf(place) {
  return { width: Math.max(200, place.clientWidth), height: HEIGHT }
}

/** @param {string} id */
function elementOf(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no element "${id}"`)
  return element
}

drawAll()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
new ResizeObserver(() => {
  for (const [index, chart] of data.charts.entries()) drawn[index]?.setSize(sizeOf(elementOf(chart.id)))
}).observe(elementOf('time'))
