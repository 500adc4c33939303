import { expect, test } from 'vitest'
import type { Curves, LatencyCurves } from '../curves/curves.ts'
import type { UsedSide } from './compare-sides.ts'
import { overlaidCharts, tailOf } from './overlaid-curves.ts'
import { sampleRun, sideOf } from './sample-runs.ts'

const latency = (p99: readonly number[]): LatencyCurves => ({ p50: p99, p99, max: p99, count: p99.map(() => 9) })

function curves(fromMs: number, p99: readonly number[], percentiles: Curves['percentiles']['cross'] = []): Curves {
  const of = latency(p99)
  return {
    schema: 1,
    stepMs: 1000,
    fromMs,
    latencyMs: { cross: of, same: of, ack: of, sendLag: of },
    perSecond: { sent: p99, acked: p99, delivered: p99 },
    connected: p99,
    outstanding: p99.map(() => null),
    instances: [],
    percentiles: { cross: percentiles, same: [], ack: [] },
  }
}

function side(name: string, ...each: readonly (Curves | null)[]): UsedSide {
  const plain = sideOf(
    name,
    each.map(() => sampleRun()),
  )
  return { ...plain, used: plain.runs.map((run, index) => ({ ...run, curves: each[index]! })), leftOut: [] }
}

const chart = (charts: ReturnType<typeof overlaidCharts>, id: string) => charts.find(each => each.id === id)!

test('both sides stand on one axis, with nothing where one has nothing', () => {
  const { x, lines } = chart(
    overlaidCharts(side('old', curves(-1000, [1, 2])), side('new', curves(0, [3, 4]))),
    'delivered',
  )
  expect(x).toEqual([-1, 0, 1])
  expect(lines.map(({ label, values }) => [label, values])).toEqual([
    ['old', [1, 2, null]],
    ['new', [null, 3, 4]],
  ])
})

test('a latency has p50 dashed and p99 solid, of each run of a group', () => {
  const { lines } = chart(
    overlaidCharts(side('old', curves(0, [1])), side('new', curves(0, [3]), curves(0, [4]))),
    'latency-cross',
  )
  expect(lines.map(({ label, isDashed }) => [label, isDashed])).toEqual([
    ...[
      ['old p50', true],
      ['old p99', false],
    ],
    ...[
      ['new 1 p50', true],
      ['new 1 p99', false],
    ],
    ...[
      ['new 2 p50', true],
      ['new 2 p99', false],
    ],
  ])
})

test('percentiles stand at their distance from 100', () => {
  expect([0, 90, 99, 99.99].map(tailOf).map(tail => Number(tail.toFixed(9)))).toEqual([0, 1, 2, 4])
  const [old, fresh] = [
    side(
      'old',
      curves(
        0,
        [1],
        [
          [0, 1],
          [90, 5],
        ],
      ),
    ),
    side(
      'new',
      curves(
        0,
        [1],
        [
          [0, 2],
          [99, 9],
        ],
      ),
    ),
  ]
  const { x, lines } = chart(overlaidCharts(old, fresh), 'percentiles-cross')
  expect(x).toEqual([0, 1, 2])
  expect(lines.map(({ values }) => values)).toEqual([
    [1, 5, null],
    [2, null, 9],
  ])
})

test('what has nothing to draw is left out', () => {
  const ids = overlaidCharts(side('old', curves(0, [1])), side('new', null)).map(({ id }) => id)
  expect(ids).toContain('latency-ack')
  expect(ids).not.toContain('outstanding')
  expect(ids).not.toContain('percentiles-same')
  expect(overlaidCharts(side('old', null), side('new', null))).toEqual([])
})
