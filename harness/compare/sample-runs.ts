/** Test support: sides of a comparison, made of a small run whose measures are set. */

import type { LatencyPeriod, LatencySummary } from '../checkers/latency.ts'
import type { RunResult } from '../reports/result.ts'
import { sampleResult } from '../reports/sample-result.ts'
import type { LatencyKind } from '../scenario/measures.ts'
import type { Side } from './side.ts'

/** What is set in a run; what is left out is the same in all of them. */
export interface SampleChanges {
  readonly latencies?: readonly (Partial<LatencySummary> & {
    readonly phase: LatencyPeriod
    readonly kind: LatencyKind
  })[]
  readonly counts?: Partial<RunResult['counts']>
  readonly noiseFloorMs?: RunResult['generator']['noiseFloorMs']
  readonly reconnectMs?: number | null
  readonly invalidBecause?: readonly string[]
  readonly abortedBecause?: string
  readonly result?: Partial<RunResult>
}

/** Without a change: the sample run of the reports, in which chat-2 is killed. Its P50, P90 and P99 across instances are 8 ms. */
export function sampleRun(changes: SampleChanges = {}): RunResult {
  const result = structuredClone(sampleResult({ lost: 0, crossInstanceP99Ms: { steady: 100 } }))
  for (const { phase, kind, ...summary } of changes.latencies ?? []) {
    Object.assign(result.latencyMs[phase][kind], summary)
  }
  Object.assign(result.counts, changes.counts)
  if (changes.noiseFloorMs !== undefined) Object.assign(result.generator, { noiseFloorMs: changes.noiseFloorMs })
  if (changes.reconnectMs !== undefined) Object.assign(result.faults[0]!.recovery, { reconnectMs: changes.reconnectMs })
  if (changes.invalidBecause !== undefined) {
    Object.assign(result, { verdict: 'invalid', exitCode: 3, invalidBecause: changes.invalidBecause })
  }
  if (changes.abortedBecause !== undefined)
    Object.assign(result, { verdict: 'fail', exitCode: 1, abortedBecause: changes.abortedBecause })
  return { ...result, ...changes.result }
}

/** A run in which the median across instances in the steady phase is this. */
export function runWithMedian(p50: number, changes: SampleChanges = {}): RunResult {
  return sampleRun({ ...changes, latencies: [{ phase: 'steady', kind: 'cross', p50 }] })
}

export function sideOf(name: string, results: readonly RunResult[]): Side {
  const path = `/runs/${name}`
  const isGroup = results.length > 1
  return {
    ...{ name: `runs/${name}`, path, isGroup },
    runs: results.map((result, index) => ({
      path: isGroup ? `${path}/${index + 1}` : path,
      result,
      scenario: null,
      curves: null,
    })),
  }
}
