/** What the page of a comparison is made of besides the comparison. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Texts of the files that are put into the page. */
export interface PageParts {
  /** That of a run's report, and what is on top of it. */
  readonly style: string
  /** The chart library, with its licence. */
  readonly library: string
  readonly script: string
}

const require = createRequire(import.meta.url)

/** Throws where a file is missing. */
export function readPageParts(): PageParts {
  const own = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')
  const uplot = (name: string) => readFileSync(require.resolve(`uplot/${name}`), 'utf8')
  const licence = uplot('LICENSE').replaceAll('*/', '* /')
  return {
    style: [uplot('dist/uPlot.min.css'), own('../reports/html/page.css'), own('compare-page.css')].join('\n'),
    library: `/*!\n${licence}*/\n${uplot('dist/uPlot.iife.min.js')}`,
    script: own('compare-page.js'),
  }
}
