/** A comparison as Markdown: for a job's summary, a pull request, or `compare.md`. Pure. */

import type { Comparison } from './compare-sides.ts'
import { type Compared, floorText, OUTCOMES, type Outcome } from './comparison.ts'
import {
  changeText,
  nameText,
  notesOf,
  OUTCOME_TITLES,
  relativeText,
  sideText,
  subjectText,
  valuesText,
  verdictText,
} from './wording.ts'

/** Open at once; the others are folded. */
const OPEN: readonly Outcome[] = ['worse', 'uncertain', 'better']
const VERDICT_MARKS = { worse: '✗', invalid: '?', 'no-regression': '✓' } as const

/** Ends with a line feed. */
export function renderMarkdown(comparison: Comparison): string {
  const { verdict, refused, warned, compared, certainty } = comparison
  const blocks = [
    `## ${VERDICT_MARKS[verdict]} ${escaped(verdictText(comparison))}`,
    escaped(subjectText(comparison)),
    [`- old: ${escaped(sideText(comparison.old))}`, `- new: ${escaped(sideText(comparison.new))}`].join('\n'),
    [...refused.map(text => `> **Not the same:** ${escaped(text)}`), ...warned.map(text => `> ${escaped(text)}`)].join(
      '  \n',
    ),
    ...OUTCOMES.map(outcome =>
      tableOf(
        outcome,
        compared.filter(one => one.outcome === outcome),
      ),
    ),
    `*${escaped(certainty)}*`,
  ]
  return `${blocks.filter(block => block !== '').join('\n\n')}\n`
}

function tableOf(outcome: Outcome, compared: readonly Compared[]): string {
  if (compared.length === 0) return ''
  const rows = compared.map(one => [
    code(nameText(one)),
    one.phase,
    valuesText(one.old, one.unit),
    valuesText(one.new, one.unit),
    changeText(one),
    relativeText(one),
    floorText(one),
    notesOf(one).join('; '),
  ])
  const table = [
    '| measure | phase | old | new | change | | floors | |',
    '|---|---|--:|--:|--:|--:|---|---|',
    ...rows.map(row => `| ${row.map(escaped).join(' | ')} |`),
  ].join('\n')
  const title = `${OUTCOME_TITLES[outcome]} (${compared.length})`
  if (OPEN.includes(outcome)) return `### ${title}\n\n${table}`
  return `<details><summary>${title}</summary>\n\n${table}\n\n</details>`
}

function code(text: string): string {
  return `\`${text}\``
}

/** Of what could end a cell or begin a tag; within code marks nothing else means anything. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')
}
