/** All runs of a folder: listed, found, and removed when they are old. */

import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RunFolderError, whyNotMade } from '../run-folder.ts'
import { suggestion } from '../scenario/nearest.ts'
import { type ListedRun, readListedRun } from './listed-run.ts'

/** What a report's path is told of, the best first. */
const REPORTS_FOR_PEOPLE = ['report.html', 'summary.md']
/** Leads to the newest run, see `createRunFolder`. */
const LATEST = 'latest'

/** Newest first. Folders that hold something else (an exploration, a search for the capacity) are left out. Throws {@link RunFolderError}. */
export function listRuns(within: string): ListedRun[] {
  return foldersIn(within)
    .map(name => readListedRun(join(within, name)))
    .filter(run => run !== null)
    .sort((a, b) => (a.startedAt === b.startedAt ? (a.name < b.name ? 1 : -1) : a.startedAt < b.startedAt ? 1 : -1))
}

/** None where there is no such folder: nothing has run yet. */
function foldersIn(within: string): string[] {
  try {
    return readdirSync(within, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => name)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    const found = code === 'ENOTDIR' ? 'a file' : (error as Error).message
    throw new RunFolderError(`${within}: expected a folder with runs in it, found ${found}`)
  }
}

export interface Pruned {
  readonly removed: readonly ListedRun[]
  /** Would have been removed, but are going on. */
  readonly running: readonly ListedRun[]
  readonly keptCount: number
}

/** Removes all runs but the newest `keep` and those that are going on. Throws {@link RunFolderError} where one cannot be removed. */
export function pruneRuns(within: string, keep: number): Pruned {
  const runs = listRuns(within)
  const old = runs.slice(keep)
  const running = old.filter(({ state }) => state === 'running')
  const removed = old.filter(({ state }) => state !== 'running')
  for (const { folder } of removed) remove(folder)
  const latest = join(within, LATEST)
  // A link that leads nowhere any more.
  if (isLink(latest) && !existsSync(latest)) rmSync(latest)
  return { removed, running, keptCount: runs.length - removed.length }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true })
  } catch (error) {
    throw new RunFolderError(`${folder}: cannot be removed: ${whyNotMade(error as NodeJS.ErrnoException)}`)
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

/**
 * The run that is meant: by its number in the list, by its folder, or the newest of a scenario; null: the newest of all. Throws
 * {@link RunFolderError} where there is none.
 */
export function findRun(runs: readonly ListedRun[], which: string | null, within: string): ListedRun {
  const newest = runs[0]
  if (newest === undefined) {
    throw new RunFolderError(`${within}: expected a run in it, found none. Make one: npm run scenario smoke`)
  }
  if (which === null || which === LATEST) return newest
  if (/^\d+$/.test(which)) {
    const run = runs[Number(which) - 1]
    if (run !== undefined) return run
    throw new RunFolderError(
      `run ${which}: found ${runs.length} in ${within}; allowed is a number from 1 to ${runs.length}`,
    )
  }
  const plain = which.replace(/\/+$/, '')
  const run =
    runs.find(({ name }) => name === plain.split('/').at(-1)) ?? runs.find(({ scenario }) => scenario === plain)
  if (run !== undefined) return run
  const near = suggestion(plain, [...new Set(runs.map(({ scenario }) => scenario)), ...runs.map(({ name }) => name)])
  throw new RunFolderError(
    `run "${which}": found none in ${within} whose folder or scenario is called so.${near} The list: npm run runs`,
  )
}

/** Absolute path of what a person would read of the run. Throws {@link RunFolderError} where it has no such report. */
export function reportOf({ folder, state }: ListedRun): string {
  const report = REPORTS_FOR_PEOPLE.map(file => join(folder, file)).find(existsSync)
  if (report !== undefined) return report
  const why = state === 'running' ? 'the run is still going on' : `found none of ${REPORTS_FOR_PEOPLE.join(', ')}`
  const todo = state === 'running' ? '' : `. If the run came to its end, this writes them: npm run check ${folder}`
  throw new RunFolderError(`${folder}: expected a report in it, ${why}${todo}`)
}
