import { expect, test } from 'vitest'
import { chartWords } from './chart-words.ts'
import type { FaultWindow } from './fault-windows.ts'
import type { PageChart, PageData } from './page-data.ts'

const KILL: FaultWindow = {
  number: 1,
  kind: 'kill-instance',
  targets: ['chat-1'],
  fromMs: 1_200,
  toMs: 1_900,
  hasEnded: true,
  faults: [0],
}

const DATA: PageData = {
  fromMs: -1_000,
  toMs: 4_000,
  stepMs: 1_000,
  loadMs: 4_000,
  rollCallAtMs: null,
  windows: [],
  charts: [],
}

function chart(values: readonly (number | null)[], more: Partial<PageChart> = {}): PageChart {
  return {
    id: 'x',
    title: 'x',
    axis: 'time',
    unit: 'ms',
    isLogarithmic: true,
    telling: 'highest',
    series: [{ label: 'p99', values, look: 'high' }],
    limits: [],
    ...more,
  }
}

test('lowest, median and highest, when, and in which fault', () => {
  expect(chartWords(chart([4, 3, 250, null, 5]), DATA, [KILL])).toEqual([
    'p99: lowest 3.00 ms, median 4.00 ms, highest 250 ms at 1 s (1 kill-instance chat-1).',
  ])
  expect(chartWords(chart([4, 3, 5, null, 250]), DATA, [KILL])[0]).toContain('highest 250 ms at 3 s.')
})

test('where the low tells of trouble, its time is told', () => {
  const connected = chart([80, 80, 41, 80, 80], { unit: 'count', telling: 'lowest' })
  expect(chartWords(connected, DATA, [KILL])).toEqual([
    'p99: lowest 41 at 1 s (1 kill-instance chat-1), median 80, highest 80.',
  ])
})

test('nothing measured, and nothing but one value', () => {
  expect(chartWords(chart([null, null]), DATA, [])).toEqual(['p99: nothing was measured.'])
  expect(chartWords(chart([7, 7], { unit: 'per second' }), DATA, [])).toEqual(['p99: always 7/s.'])
})

test('percentiles, as far as they are known', () => {
  const percentiles = [0, 50, 90, 95, 99]
  const words = chartWords(chart([1, 2, 3, 4, 5], { axis: 'percentile', percentiles }), DATA, [])
  expect(words).toEqual(['p99: p50 2.00 ms, p90 3.00 ms, p99 5.00 ms.'])
  const none = chart([null, null, null, null, null], { axis: 'percentile', percentiles })
  expect(chartWords(none, DATA, [])).toEqual(['p99: too few samples.'])
})
