/**
 * Draws the curves of both sides over each other with uPlot, which the page has loaded before. The browser runs this file as it stands; what it is handed has
 * the types of `overlaid-chart.ts`.
 *
 * @import { OverlaidChart, OverlaidLine } from './overlaid-chart.ts'
 * @import uPlot from 'uplot'
 */

const charts = /** @type {typeof uPlot} */ (Reflect.get(globalThis, 'uPlot'))
const data = /** @type {{ charts: OverlaidChart[] }} */ (JSON.parse(elementOf('data').textContent ?? ''))

const HEIGHT = 220
const AXIS_WIDTH = 58
const RIGHT = 14
/** With more lines, numbers of all of them under the pointer would be longer than the chart. */
const LEGEND_LINES_MAX = 4
const PERCENTILES = [50, 90, 99, 99.9, 99.99]
/** Their places on the axis, which is the distance from 100 in powers of ten. */
const TAILS = PERCENTILES.map(percentile => -Math.log10(1 - percentile / 100))

/** @type {uPlot[]} */
let drawn = []

function drawAll() {
  for (const chart of drawn) chart.destroy()
  drawn = data.charts.map(draw)
}

/** @param {OverlaidChart} chart */
function draw(chart) {
  const place = elementOf(chart.id)
  const isTime = chart.axis === 'time'
  const plot = new charts(
    {
      ...sizeOf(place),
      padding: [8, RIGHT, 0, 0],
      scales: {
        x: { time: false },
        y: chart.isLogarithmic ? { distr: 3 } : { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
      },
      axes: [isTime ? timeAxis() : percentileAxis(), valueAxis(chart)],
      series: [
        { label: isTime ? 'from' : 'percentile', value: (_, x) => whereText(x, isTime) },
        ...chart.lines.map(line => lineOf(line, isTime)),
      ],
      legend: { show: chart.lines.length <= LEGEND_LINES_MAX, markers: markersOf(chart) },
      cursor: { ...(isTime && { sync: { key: 'time', scales: ['x', null] } }), points: { size: 6 } },
    },
    [[...chart.x], ...chart.lines.map(({ values }) => [...values])],
    place,
  )
  plot.root.querySelector('.u-legend')?.setAttribute('aria-hidden', 'true')
  return plot
}

/**
 * @param {OverlaidLine} line
 * @param {boolean} isTime
 * @returns {uPlot.Series}
 */
function lineOf({ side, label, isDashed }, isTime) {
  return {
    label,
    stroke: colour(`--${side}`),
    width: isDashed ? 1.25 : 2,
    ...(isDashed && { dash: [4, 4] }),
    // Percentiles of two runs need not be the same ones; seconds without a value were not measured.
    spanGaps: !isTime,
    points: { show: false },
    value: (_, value) => (value === null ? '–' : numberText(value)),
  }
}

/**
 * Beside the names in the legend, as the lines themselves are. The first series is x.
 *
 * @param {OverlaidChart} chart
 * @returns {uPlot.Legend.Markers}
 */
function markersOf({ lines }) {
  return { width: 2, dash: (_, index) => (lines[index - 1]?.isDashed ? 'dashed' : 'solid') }
}

/** @returns {uPlot.Axis} */
function look() {
  const line = colour('--line')
  return { stroke: colour('--quiet'), grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } }
}

/** @returns {uPlot.Axis} */
function timeAxis() {
  return { ...look(), space: 60, values: (_, splits) => splits.map(split => `${split} s`) }
}

/** @returns {uPlot.Axis} */
function percentileAxis() {
  return {
    ...look(),
    splits: () => TAILS,
    values: (_, splits) => splits.map(split => `p${PERCENTILES[TAILS.indexOf(split)]}`),
  }
}

/**
 * @param {OverlaidChart} chart
 * @returns {uPlot.Axis}
 */
function valueAxis({ isLogarithmic }) {
  const values = { ...look(), size: AXIS_WIDTH }
  if (!isLogarithmic) return { ...values, values: (_, splits) => splits.map(numberText) }
  return { ...values, values: (_, splits) => splits.map(split => (isPowerOfTen(split) ? numberText(split) : '')) }
}

/** @param {number} value */
function isPowerOfTen(value) {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9
}

/**
 * @param {number | null} x
 * @param {boolean} isTime
 */
function whereText(x, isTime) {
  if (x === null) return '–'
  return isTime ? `${x} s` : `p${Number((100 * (1 - 10 ** -x)).toPrecision(5))}`
}

/** @param {number} value */
function numberText(value) {
  return Number(value.toPrecision(3)).toLocaleString('en-GB')
}

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** @param {Element} place */
function sizeOf(place) {
  return { width: place.clientWidth, height: HEIGHT }
}

/** @param {string} id */
function elementOf(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no element "${id}"`)
  return element
}

drawAll()
// Colours are the canvas's own, so that it has to be drawn again; its size is not.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
addEventListener('resize', () => {
  drawn.forEach((plot, index) => {
    plot.setSize(sizeOf(elementOf(/** @type {OverlaidChart} */ (data.charts[index]).id)))
  })
})
