/** What the page of a comparison is made of besides the comparison. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPageParts as readReportParts } from '../reports/html/page-parts.ts'
import type { PageParts } from '../reports/html/render-report.ts'

/** The style and the library of a run's report, with a style on top and a script of its own. Throws where a file is missing. */
export function readPageParts(): PageParts {
  const own = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')
  const { style, library } = readReportParts()
  return { library, style: `${style}\n${own('page.css')}`, script: own('page.js') }
}
