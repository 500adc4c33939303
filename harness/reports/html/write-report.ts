/** `report.html` of a run's folder. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { writeWhole } from '../result.ts'
import { type PageParts, renderReport } from './render-report.ts'
import type { ReportInput } from './report-input.ts'

export const REPORT_FILE = 'report.html'

const require = createRequire(import.meta.url)

/** Writes the file, whole or not at all, and resolves with its path. */
export function writeReport(folder: string, input: ReportInput): Promise<string> {
  return writeWhole(join(folder, REPORT_FILE), renderReport(input, readPageParts()))
}

/** What the page is made of: our style and script as they stand, and uPlot with its licence. */
export function readPageParts(): PageParts {
  const own = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')
  const uplot = (name: string) => readFileSync(require.resolve(`uplot/${name}`), 'utf8')
  const licence = uplot('LICENSE').replaceAll('*/', '* /')
  return {
    style: `${uplot('dist/uPlot.min.css')}\n${own('page.css')}`,
    library: `/*!\n${licence}*/\n${uplot('dist/uPlot.iife.min.js')}`,
    script: own('page.js'),
  }
}
