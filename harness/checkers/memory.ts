/** How much the instances' memory grew: the most that each had, over what was usual before the first fault. */

import type { Ledger } from '../ledger/ledger.ts'

const MIB = 2 ** 20

export interface MemoryGrowth {
  readonly instance: string
  /** Median of the samples before the first fault; of all of them where there was no fault. */
  readonly usualMiB: number
  readonly highestMiB: number
  readonly growthMiB: number
  readonly samples: number
}

/** One for each instance that was looked at before the first fault, in order of their names. Null: nobody looked. */
export function measureMemory({ memory, faults }: Pick<Ledger, 'memory' | 'faults'>): MemoryGrowth[] | null {
  if (memory === undefined) return null
  const firstFaultAtMs = Math.min(Infinity, ...faults.map(({ firedAtMs }) => firedAtMs ?? Infinity))
  const byInstance = Map.groupBy(memory, ({ instance }) => instance)
  const growths = [...byInstance].flatMap(([instance, samples]) => {
    const before = samples.filter(({ atMs }) => atMs < firstFaultAtMs)
    if (before.length === 0) return []
    const usualMiB = median(before.map(({ residentBytes }) => residentBytes)) / MIB
    const highestMiB = samples.reduce((highest, { residentBytes }) => Math.max(highest, residentBytes), 0) / MIB
    return [{ instance, usualMiB, highestMiB, growthMiB: highestMiB - usualMiB, samples: samples.length }]
  })
  return growths.sort((a, b) => (a.instance < b.instance ? -1 : 1))
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
