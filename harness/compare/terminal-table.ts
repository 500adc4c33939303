/** A comparison as text for a terminal: what is worse first, the verdict last. Pure. */

import { alignColumns } from '../reports/columns.ts'
import type { Comparison } from './compare-sides.ts'
import { type Compared, floorText, OUTCOMES, type Outcome } from './comparison.ts'
import {
  changeText,
  nameText,
  notesOf,
  OUTCOME_MARKS,
  OUTCOME_TITLES,
  relativeText,
  sideText,
  subjectText,
  valuesText,
  verdictText,
} from './wording.ts'

export interface TerminalTableOptions {
  /** Of the terminal; Infinity where it is none. What does not fit is left out from the right, ranges last. */
  readonly columns: number
  readonly useColours: boolean
  /** Every measure, also those that are the same and have no budget. */
  readonly showAll: boolean
}

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold'
type Paint = (colour: Colour, text: string) => string

const CODES: Record<Colour, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }
const COLOURS: Readonly<Record<Outcome, Colour>> = {
  worse: 'red',
  uncertain: 'yellow',
  better: 'green',
  same: 'dim',
  'not-compared': 'dim',
  informs: 'dim',
}
const VERDICT_COLOURS = { worse: 'red', invalid: 'yellow', 'no-regression': 'green' } as const
const INDENT = '  '
/** Of lines that are sentences. */
const SENTENCE_COLUMNS_MAX = 100

/** Ends with a line feed. */
export function renderTerminalTable(comparison: Comparison, options: TerminalTableOptions): string {
  const { columns, useColours, showAll } = options
  const paint: Paint = (colour, text) => (useColours ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text)
  const wrapped = (text: string) => wrap(text, Math.min(columns, SENTENCE_COLUMNS_MAX))
  const { refused, warned, verdict } = comparison
  const sections = [
    [
      ...wrapped(paint('bold', subjectText(comparison))),
      `${INDENT}old  ${sideText(comparison.old)}`,
      `${INDENT}new  ${sideText(comparison.new)}`,
    ],
    [
      ...refused.map(text => `${paint('yellow', '!')} not the same: ${text}`),
      ...warned.map(text => `${paint('yellow', '!')} ${text}`),
    ].flatMap(wrapped),
    ...tableSections(comparison, showAll, columns, paint),
    wrapped(comparison.certainty).map(line => paint('dim', line)),
    wrapped(`verdict: ${verdictText(comparison)}`).map(line => paint(VERDICT_COLOURS[verdict], line)),
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function tableSections({ compared }: Comparison, showAll: boolean, columns: number, paint: Paint): string[][] {
  const shown = compared.filter(one => showAll || isShown(one))
  const lines = fittingLines(shown, columns, paint)
  return OUTCOMES.flatMap(outcome => {
    const rows = shown.flatMap((one, index) => (one.outcome === outcome ? [lines.rows[index]!] : []))
    const left = compared.filter(one => one.outcome === outcome).length - rows.length
    const more =
      left === 0 ? [] : [paint('dim', `${INDENT}${rows.length === 0 ? '' : 'and '}${left} more; --all shows them`)]
    if (rows.length === 0 && left === 0) return []
    const head = rows.length === 0 ? [] : [lines.head]
    return [[paint('bold', OUTCOME_TITLES[outcome]), ...head, ...rows.flat(), ...more]]
  })
}

/** What somebody looks at first: all that changed, what is limited, and how the generator did. */
function isShown({ outcome, budget, unit, old, measure }: Compared): boolean {
  if (outcome === 'same') return budget !== null && (unit !== '' || (old?.median ?? 0) !== 0)
  if (outcome === 'informs') return !measure.endsWith('MaxMs')
  return outcome !== 'not-compared' || budget !== null
}

type Alignments = Parameters<typeof alignColumns>[1]

interface Lines {
  readonly head: string
  /** For each measure its line, and its notes beneath. */
  readonly rows: readonly (readonly string[])[]
}

/** All tables share their columns, as wide as fits. */
function fittingLines(shown: readonly Compared[], columns: number, paint: Paint): Lines {
  const variants = [
    { hasFloor: true, hasRange: true },
    { hasFloor: false, hasRange: true },
    { hasFloor: false, hasRange: false },
  ]
  const drawn = variants.map(variant => drawLines(shown, variant, paint))
  return drawn.find(({ width }) => width <= columns) ?? drawn.at(-1)!
}

function drawLines(
  shown: readonly Compared[],
  { hasFloor, hasRange }: { readonly hasFloor: boolean; readonly hasRange: boolean },
  paint: Paint,
): Lines & { readonly width: number } {
  const head = ['', 'measure', 'phase', 'old', 'new', 'change', '', ...(hasFloor ? ['floors'] : [])]
  const cells = shown.map(one => [
    paint(COLOURS[one.outcome], OUTCOME_MARKS[one.outcome]),
    nameText(one),
    one.phase,
    valuesText(one.old, one.unit, hasRange),
    valuesText(one.new, one.unit, hasRange),
    one.outcome === 'worse' ? paint('red', changeText(one)) : changeText(one),
    relativeText(one),
    ...(hasFloor ? [floorText(one)] : []),
  ])
  const alignments: Alignments = ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'left']
  const [first, ...lines] = alignColumns([head.map(title => paint('dim', title)), ...cells], alignments)
  const indented = lines.map(line => INDENT + line)
  return {
    head: INDENT + first!,
    rows: indented.map((line, index) => [line, ...notesOf(shown[index]!).map(note => `${INDENT}   ${note}`)]),
    width: Math.max(0, ...[first!, ...lines].map(line => INDENT.length + widthOf(line))),
  }
}

function widthOf(line: string): number {
  return [...line.replaceAll(/\x1b\[[0-9;]*m/g, '')].length
}

/** At blanks; a longer word stands alone. Later lines are indented. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  // A number keeps its sign of percent.
  for (const word of text.split(/ (?!%)/)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && widthOf(longer) > columns) {
      lines.push(line)
      line = INDENT + word
    } else {
      line = longer
    }
  }
  return [...lines, line]
}
