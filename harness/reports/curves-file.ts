/** `curves.json` of a run's folder. */

import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CURVES_FILE, type Curves } from '../curves/curves.ts'
import { writeWhole } from './result.ts'

/** Text of the file. Fractions have three digits: microseconds, where the number is in milliseconds. */
export function formatCurves(curves: Curves): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(3)) : value
  return `${JSON.stringify(curves, rounded)}\n`
}

/** Writes the file, whole or not at all. Null: there are none, and those of an earlier judging go. */
export async function writeCurves(folder: string, curves: Curves | null): Promise<void> {
  const path = join(folder, CURVES_FILE)
  if (curves === null) await rm(path, { force: true })
  else await writeWhole(path, formatCurves(curves))
}

/** Of a run's folder; null where it has none of this schema. `npm run check` writes it again. */
export function readCurves(folder: string): Curves | null {
  try {
    const curves = JSON.parse(readFileSync(join(folder, CURVES_FILE), 'utf8')) as Curves
    return curves.schema === 1 ? curves : null
  } catch {
    return null
  }
}
