/** The matrix of mutants and measures, as text for a terminal and for `docs/mutants.md`. */

import { budgetNames } from '../scenario/measures.ts'
import type { MutantOutcome } from './outcome.ts'

const CAUGHT = '●'
const BROKEN_TOO = '○'

/** How the mutants of a section were shown. */
export interface MatrixFacts {
  /** ISO 8601. */
  readonly date: string
  readonly revision: string
  readonly command: string
  readonly seconds: number
  /** What shows mutants, in a line each, by the name in {@link MutantOutcome.where}. */
  readonly abouts: ReadonlyMap<string, string>
}

/**
 * Rows are mutants, columns the measures that broke or had to: a table in Markdown for each place where mutants are shown, so that it has no
 * more columns than it needs. Aligned as plain text, too. What was not caught is told below.
 */
export function renderMatrix(outcomes: readonly MutantOutcome[], abouts: MatrixFacts['abouts'] = new Map()): string {
  const lines: string[] = []
  for (const [where, group] of Map.groupBy(outcomes, outcome => outcome.where)) {
    const about = abouts.get(where)
    lines.push(about === undefined ? `**${where}**` : `**${where}**: ${about}`, '', ...tableOf(group), '')
  }
  const missed = outcomes.filter(({ isCaught }) => !isCaught)
  if (missed.length > 0) lines.push('**Not caught**', '')
  lines.push(...missed.map(({ mutant, because }) => `- ${mutant}: ${because}`))
  return lines.join('\n').trimEnd()
}

function tableOf(outcomes: readonly MutantOutcome[]): string[] {
  const measures = measuresOf(outcomes)
  const rows = outcomes.map(outcome => [
    outcome.mutant,
    ...measures.map(measure => mark(outcome, measure)),
    outcome.isCaught ? 'caught' : '**not caught**',
    outcome.about,
  ])
  const head = ['mutant', ...measures, 'verdict', 'bug']
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join(' | ')} |`
  return [line(head), `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)]
}

function mark({ caughtBy, broken }: MutantOutcome, measure: string): string {
  if (!broken.includes(measure)) return ''
  return caughtBy.includes(measure) ? CAUGHT : BROKEN_TOO
}

/** In the order in which measures are declared. */
function measuresOf(outcomes: readonly MutantOutcome[]): string[] {
  const met = new Set(outcomes.flatMap(({ caughtBy, broken }) => [...caughtBy, ...broken]))
  const declared = budgetNames().filter(name => met.has(name))
  return [...new Set([...declared, ...met])]
}

/** `40 of 41 mutants caught`. */
export function summaryLine(outcomes: readonly MutantOutcome[]): string {
  return `${outcomes.filter(({ isCaught }) => isCaught).length} of ${outcomes.length} mutants caught`
}

const SECTION_TITLES: Readonly<Record<MutantOutcome['of'], string>> = {
  service: '## Bugs of the service',
  ledger: '## Bugs in a ledger',
}

/** The mutants of the service, or of ledgers, and how they were shown. */
export function renderSection(of: MutantOutcome['of'], outcomes: readonly MutantOutcome[], facts: MatrixFacts): string {
  const { date, revision, command, seconds, abouts } = facts
  const those = outcomes.filter(outcome => outcome.of === of)
  return [
    SECTION_TITLES[of],
    '',
    `\`${command}\` at ${revision}, ${date.slice(0, 10)}, in ${seconds} seconds: **${summaryLine(those)}**.`,
    '',
    renderMatrix(those, abouts),
    '',
  ].join('\n')
}

/** The whole page, of its sections. */
export function renderPage(service: string, ledger: string): string {
  return [
    '# Mutants',
    '',
    'Who judges has to be judged, too. A mutant is the service, or the ledger of a run, with one bug put into it; each has to be caught by',
    'the measure that names its bug. The service as it ships passes the same scenarios with the same plans. The bugs are patches to a copy of',
    'the source, in `harness/mutants/`; the service itself has no switch for them.',
    '',
    `${CAUGHT} the measure that has to catch it did · ${BROKEN_TOO} another one was broken, too`,
    '',
    service,
    ledger,
  ].join('\n')
}

/** The section on the service of a page, as it stands. Throws where the page has none. */
export function serviceSectionOf(page: string): string {
  const [from, to] = [page.indexOf(SECTION_TITLES.service), page.indexOf(SECTION_TITLES.ledger)]
  if (from < 0 || to < from)
    throw new Error(`the page has no "${SECTION_TITLES.service}" before "${SECTION_TITLES.ledger}"`)
  return page.slice(from, to - '\n'.length)
}
