/** `npm run compare <old> <new>`: reads both sides, compares them, writes `compare.md` and `compare.html`, and tells the outcome. */

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { RunFolderError, whyNotMade } from '../run-folder.ts'
import { renderComparePage } from './compare-page.ts'
import { compareSides } from './compare-sides.ts'
import { type Floors, overrideFloors } from './floors.ts'
import { renderMarkdown } from './markdown.ts'
import { openSide, type Side } from './side.ts'
import { renderTerminalTable } from './terminal-table.ts'

export const MARKDOWN_FILE = 'compare.md'
export const PAGE_FILE = 'compare.html'

export interface CompareOptions {
  /** As written: a folder, a name under `runs`, or a number, 1 for the newest there. */
  readonly old: string
  readonly new: string
  /** As in `latencyP99=50%,20`. */
  readonly floors: readonly string[]
  /** Compare what is not the same scenario, size or driver, too. */
  readonly isForced: boolean
  /** Markdown to standard output in place of the table. */
  readonly asMarkdown: boolean
  readonly showAll: boolean
  /** As written. Null: the folder of the new side. */
  readonly out: string | null
}

export interface CompareSurroundings {
  /** Where names and numbers of runs are looked up. */
  readonly runsFolder: string
  readonly print: (line: string) => void
  /** Infinity: no terminal. */
  readonly columns: number
  readonly useColours: boolean
  /** File that the summary of a job is appended to, as GitHub Actions names it. Null: none. */
  readonly stepSummary: string | null
}

/** The two cannot be compared: exit 2 with this message. */
export class NotComparable extends Error {
  override readonly name = 'NotComparable'
}

/** The exit code: 0 without a regression, 1 with one, 3 where a side is invalid. Throws `RunFolderError`, {@link NotComparable}, `FloorError`. */
export function compare(options: CompareOptions, surroundings: CompareSurroundings): number {
  const floors = overrideFloors(options.floors)
  const old = openSide(options.old, surroundings.runsFolder)
  const fresh = openSide(options.new, surroundings.runsFolder)
  return compareAndReport(old, fresh, floors, options, surroundings)
}

/** The same for sides that are open already. */
export function compareAndReport(
  old: Side,
  fresh: Side,
  floors: Floors,
  { isForced, asMarkdown, showAll, out }: Pick<CompareOptions, 'isForced' | 'asMarkdown' | 'showAll' | 'out'>,
  { print, columns, useColours, stepSummary }: CompareSurroundings,
): number {
  const comparison = compareSides(old, fresh, floors)
  if (!isForced) refuse(comparison.refused, old.name)
  const markdown = renderMarkdown(comparison)
  const folder = out === null ? fresh.path : resolve(out)
  writeReports(folder, { [MARKDOWN_FILE]: markdown, [PAGE_FILE]: renderComparePage(comparison) })
  if (stepSummary !== null) appendTo(stepSummary, markdown, print)
  if (asMarkdown) {
    print(markdown.trimEnd())
  } else {
    print(
      `${renderTerminalTable(comparison, { columns, useColours, showAll })}report:  ${shown(join(folder, PAGE_FILE))}`,
    )
  }
  return comparison.exitCode
}

/** Throws {@link NotComparable} with every reason. */
export function refuse(reasons: readonly string[], oldName: string): void {
  if (reasons.length === 0) return
  const lines = reasons.map(reason => `  ${reason}`)
  throw new NotComparable(
    `expected runs of the same scenario, size and driver as ${oldName}, found:\n${lines.join('\n')}\n--force compares them all the same.`,
  )
}

function writeReports(folder: string, files: Readonly<Record<string, string>>): void {
  try {
    mkdirSync(folder, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  } catch (error) {
    const found = whyNotMade(error as NodeJS.ErrnoException)
    throw new RunFolderError(
      `${shown(folder)}: expected to write ${Object.keys(files).join(' and ')} there, found ${found}. Name another place with --out <folder>.`,
    )
  }
}

/** No error: the runs have been compared. */
function appendTo(file: string, text: string, print: (line: string) => void): void {
  try {
    appendFileSync(file, `${text}\n`)
  } catch (error) {
    print(`GITHUB_STEP_SUMMARY: the comparison could not be added to it: ${(error as Error).message}`)
  }
}

function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
