/** `npm run dashboards`: writes the dashboards as JSON. A test fails while what is committed is not what this writes. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DASHBOARDS, dashboardText } from './dashboards.ts'

const folder = join(import.meta.dirname, 'json')

mkdirSync(folder, { recursive: true })
for (const [name, dashboard] of Object.entries(DASHBOARDS)) {
  writeFileSync(join(folder, `${name}.json`), dashboardText(dashboard))
  console.log(`dashboards/json/${name}.json: ${dashboard.panels?.length ?? 0} panels and rows`)
}
