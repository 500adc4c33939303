/** What is measured: one subject at one point of one measurement in one round, with everything that was read there. */

export const MEASUREMENT_NAMES = [
  'fan-out',
  'cross-instance',
  'idle-memory',
  'open-loop',
  'generator',
  'growth',
  'scrape',
] as const
export type MeasurementName = (typeof MEASUREMENT_NAMES)[number]

export interface Sample {
  readonly measurement: MeasurementName
  /** Who was measured, such as `tuesday` or `naive`. */
  readonly subject: string
  /** Under which conditions, such as `W=64 N=1000`. */
  readonly point: string
  /** From 1. */
  readonly round: number
  /** Named with their units. Null: could not be told, such as a quantile among deliveries that never came. */
  readonly values: Readonly<Record<string, number | null>>
  /** The core that was the limit, in words; null where that was not asked. */
  readonly saturated: string | null
}
