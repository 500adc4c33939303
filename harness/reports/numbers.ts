/** Numbers as people read them. */

import type { LatencySummary } from '../checkers/latency.ts'

/** Three digits that count. */
export function milliseconds(ms: number): string {
  if (ms >= 100) return grouped(Math.round(ms))
  if (ms >= 10) return ms.toFixed(1)
  return ms >= 0.01 ? ms.toFixed(2) : String(Number(ms.toPrecision(2)))
}

/** Thousands apart, and no digit lost. */
export function grouped(count: number): string {
  return count.toLocaleString('en-GB', { maximumFractionDigits: 20 })
}

/** With its unit, where it is known. */
export function knownMilliseconds(ms: number | null): string {
  return ms === null ? 'unknown' : `${milliseconds(ms)} ms`
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** What {@link quantileCells} are headed by. */
export const QUANTILE_HEADS = ['p50', 'p90', 'p99', 'p99.9', 'max']

/** In milliseconds. */
export function quantileCells({ p50, p90, p99, p999, max }: LatencySummary): string[] {
  return [p50, p90, p99, p999, max].map(value => (value === null ? '-' : milliseconds(value)))
}

/** A time span: whole milliseconds below a second, else seconds. */
export function seconds(ms: number): string {
  return Math.abs(ms) < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`
}

/** With the noun in its number: "1 delivery", "2,000 deliveries". */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`
  return `${grouped(count)} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`
}
