/** The text of RESULTS.md. Pure. */

import type { Judged } from './judgement.ts'
import { targetTable } from './report.ts'
import type { MeasurementName } from './sample.ts'

interface ResultsPage {
  /** Machine, versions, revision and date, one line each. */
  readonly facts: readonly string[]
  readonly judged: readonly Judged[]
  readonly sections: readonly { readonly name: MeasurementName; readonly about: string; readonly tables: string }[]
  readonly disturbed: string | null
  /** What LIMITS.md says, which people write. */
  readonly limits: string
}

export function resultsPage({ facts, judged, sections, disturbed, limits }: ResultsPage): string {
  const parts = [
    '# Results of the bench',
    'Written by `npm run bench`; the last part is `LIMITS.md`, written by hand. What each measurement does is told in `README.md`.',
    facts.map(fact => `- ${fact}`).join('\n'),
    'Cells: median (range over the rounds), the core that was saturated, and ! where others used too much of the core of the server. Ratios are of the same round.',
    ...(disturbed === null ? [] : [`**${disturbed}**`]),
    '## Targets',
    targetTable(judged),
    ...sections.map(({ name, about, tables }) => `## ${name}\n\n${about}.\n\n${tables}`),
    limits.trim(),
  ]
  return `${parts.join('\n\n')}\n`
}
