/** How far repeated runs of one side lie apart, measure by measure, for people. Pure. */

import { alignColumns } from '../reports/columns.ts'
import type { RunResult } from '../reports/result.ts'
import { type Values, valuesOf } from './comparison.ts'
import { keyOf, type Measured, measuredValues } from './measured-values.ts'
import { rangeCoverage } from './rank-test.ts'
import { valueText } from './wording.ts'

/** Lines without line feeds. Counts that are 0 in every run are left out, and so is what was not measured in every run. */
export function spreadLines(results: readonly RunResult[]): string[] {
  const all = results.map(result => new Map(measuredValues(result).map(measured => [keyOf(measured), measured])))
  const rows = [...all[0]!.values()].flatMap(measured => {
    const runs = all.map(values => values.get(keyOf(measured)) ?? null)
    const values = valuesOf(runs)
    if (values === null || values.each.length < results.length || runs.some(isTooSmall)) return []
    if (values.lowest === 0 && values.highest === 0) return []
    return [rowOf(measured, values)]
  })
  const head = ['measure', 'phase', 'median', 'lowest', 'highest', 'apart', '']
  const sure = `${Math.round(rangeCoverage(results.length) * 100)} %`
  return [
    `how far ${results.length} runs lie apart (lowest to highest hold the true median with ${sure}):`,
    ...alignColumns([head, ...rows], ['left', 'left', 'right', 'right', 'right', 'right', 'right']).map(
      line => `  ${line}`,
    ),
  ]
}

function isTooSmall(measured: Measured | null): boolean {
  return measured === null || measured.samples < measured.samplesMin
}

function rowOf({ measure, phase, of, unit }: Measured, { median, lowest, highest }: Values): string[] {
  const apart = highest === lowest ? 0 : highest - lowest
  const share = median === 0 || !Number.isFinite(apart) ? '' : `${Math.round((apart / Math.abs(median)) * 100)} %`
  const texts = [median, lowest, highest, apart].map(value => valueText(value, unit))
  return [of === null ? measure : `${measure} of ${of}`, phase, ...texts, share]
}
