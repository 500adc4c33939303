/** The list of runs as a table, as wide as the terminal. */

import { type Alignment, alignColumns } from '../reports/columns.ts'
import type { ListedRun } from './listed-run.ts'

export interface TableOptions {
  /** Characters in a line. Null: no limit, since it is no terminal. */
  readonly width: number | null
  readonly useColours: boolean
}

interface Column {
  readonly head: string
  readonly alignment: Alignment
  readonly cell: (run: ListedRun, number: number) => string
  /** Where the width does not suffice, those with the lowest number go first. Missing: it stays. */
  readonly leftOut?: number
}

const COLUMNS: readonly Column[] = [
  { head: '', alignment: 'right', cell: (_, number) => String(number) },
  {
    head: 'started, UTC',
    alignment: 'left',
    cell: ({ startedAt }) => startedAt.slice(0, 16).replace('T', ' '),
    leftOut: 3,
  },
  { head: 'scenario', alignment: 'left', cell: ({ scenario }) => scenario },
  { head: 'driver', alignment: 'left', cell: ({ driver }) => driver ?? '', leftOut: 2 },
  { head: 'verdict', alignment: 'left', cell: wordOf },
  { head: 'took', alignment: 'right', cell: tookOf, leftOut: 1 },
  { head: 'because', alignment: 'left', cell: ({ because }) => because.join('; ') },
]
const BECAUSE = COLUMNS.at(-1)!

/** For the reasons; below that, other columns make room. */
const BECAUSE_WIDTH_MIN = 24
const GAP_WIDTH = 2
const COLOURS: Readonly<Record<string, number>> = {
  pass: 32,
  fail: 31,
  invalid: 33,
  running: 36,
  unfinished: 33,
  damaged: 31,
}
const DIM = 2

/** One line for each run, numbered from 1, under a head. No line is longer than the width. */
export function runTable(runs: readonly ListedRun[], { width, useColours }: TableOptions): string[] {
  const columns = columnsThatFit(runs, width)
  const room = width === null ? Number.POSITIVE_INFINITY : width - widthBefore(BECAUSE, columns, runs)
  const paint = (code: number, text: string) => (useColours && room > 0 ? `\x1b[${code}m${text}\x1b[0m` : text)
  const head = columns.map(({ head }) => paint(DIM, head))
  const rows = runs.map((run, index) =>
    columns.map(column => {
      const text = textOf(column, run, index + 1)
      if (column === BECAUSE) return shorten(text, Math.max(1, room))
      return column.cell === wordOf ? paint(COLOURS[text]!, text) : text
    }),
  )
  const lines = alignColumns(
    [head, ...rows],
    columns.map(({ alignment }) => alignment),
  )
  // A terminal too narrow for the rest: it has no colours, so nothing is cut within a code.
  return room > 0 ? lines : lines.map(line => shorten(line, width!))
}

function columnsThatFit(runs: readonly ListedRun[], width: number | null): readonly Column[] {
  let columns = COLUMNS
  if (width === null) return columns
  const order = COLUMNS.filter(({ leftOut }) => leftOut !== undefined).sort((a, b) => a.leftOut! - b.leftOut!)
  for (const next of order) {
    if (widthBefore(BECAUSE, columns, runs) + BECAUSE_WIDTH_MIN <= width) break
    columns = columns.filter(column => column !== next)
  }
  return columns
}

function widthBefore(last: Column, columns: readonly Column[], runs: readonly ListedRun[]): number {
  return columns
    .filter(column => column !== last)
    .map(column =>
      Math.max(column.head.length, ...runs.map((run, index) => [...textOf(column, run, index + 1)].length)),
    )
    .reduce((sum, width) => sum + width + GAP_WIDTH, 0)
}

/** Names and reasons come from files: nothing in them moves the cursor. */
function textOf({ cell }: Column, run: ListedRun, number: number): string {
  return cell(run, number).replace(/[\s\x00-\x1f\x7f-\x9f]+/g, ' ')
}

function wordOf({ verdict, state }: ListedRun): string {
  return verdict ?? state
}

function tookOf({ durationSeconds }: ListedRun): string {
  return durationSeconds === null ? '' : `${Math.round(durationSeconds)} s`
}

function shorten(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`
}
