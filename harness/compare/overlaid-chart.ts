/** What the page's script draws, as it stands in the page. `page.js` imports these types alone. */

import type { Series } from '../curves/curves.ts'

export interface OverlaidChart {
  /** Of the element that it is drawn into. */
  readonly id: string
  readonly title: string
  readonly unit: 'ms' | 'per second' | 'count'
  readonly isLogarithmic: boolean
  /** `time`: x is in seconds. `percentile`: x is the percentile's distance from 100, see {@link tailOf}. */
  readonly axis: 'time' | 'percentile'
  /** Rising, the same for all lines. */
  readonly x: readonly number[]
  readonly lines: readonly OverlaidLine[]
}

export interface OverlaidLine {
  readonly side: 'old' | 'new'
  readonly label: string
  /** What is usual is dashed, what is high is not: the colours are the sides. */
  readonly isDashed: boolean
  readonly values: Series
}
