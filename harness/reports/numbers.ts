/** Numbers as people read them. */

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
