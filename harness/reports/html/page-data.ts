/**
 * What the page's script draws, as it stands in the page: types alone, which `page.js` imports. Everything that can be worked out beforehand is.
 */

import type { Series } from '../../curves/curves.ts'

export interface PageData {
  /** The axis of time, in milliseconds of the run's clock. */
  readonly fromMs: number
  readonly toMs: number
  readonly stepMs: number
  readonly loadMs: number
  readonly rollCallAtMs: number | null
  readonly windows: readonly PageWindow[]
  readonly charts: readonly PageChart[]
}

export interface PageWindow {
  readonly number: number
  readonly name: string
  readonly fromMs: number
  readonly toMs: number
}

export interface PageChart {
  /** Of the element that it is drawn into. */
  readonly id: string
  readonly title: string
  /** `time`: an element for each step. `percentile`: an element for each of `percentiles`. */
  readonly axis: 'time' | 'percentile'
  readonly unit: 'ms' | 'per second' | 'count'
  readonly isLogarithmic: boolean
  /** Which end tells of trouble. */
  readonly telling: 'highest' | 'lowest'
  readonly percentiles?: readonly number[]
  readonly series: readonly PageSeries[]
  readonly limits: readonly PageLimit[]
}

export interface PageSeries {
  readonly label: string
  readonly values: Series
  /** Which of the colours, and how the line is drawn: neither stands alone. */
  readonly look: Look
}

export type Look = 'typical' | 'high' | 'extreme' | 'other'

/** A level that must not, or cannot, be exceeded. */
export interface PageLimit {
  readonly label: string
  readonly value: number
}
