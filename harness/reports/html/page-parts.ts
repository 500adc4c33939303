/** What a report is made of besides the run: our style and script as they stand, and uPlot with its licence. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { PageParts } from './render-report.ts'

const require = createRequire(import.meta.url)

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
