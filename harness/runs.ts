/** `npm run runs`: lists the run folders, removes old ones, tells where a report is. */

import { resolve } from 'node:path'
import { RUNS_FOLDER } from './project.ts'
import { findRun, listRuns, pruneRuns, reportOf } from './run-list/list-runs.ts'
import type { ListedRun } from './run-list/listed-run.ts'
import { runTable } from './run-list/run-table.ts'
import type { PruneRunsCommand, RunsCommand } from './runs-command.ts'

/** Throws `RunFolderError` where there is no such run, or a folder cannot be read or removed. */
export function manageRuns(command: RunsCommand, print: (line: string) => void): void {
  const within = command.within === null ? RUNS_FOLDER : resolve(command.within)
  switch (command.do) {
    case 'list':
      list(listRuns(within), within, command.isJson, print)
      break
    case 'prune':
      prune(within, command, print)
      break
    case 'open': {
      const run = findRun(listRuns(within), command.which, within)
      const report = reportOf(run)
      print(command.isJson ? JSON.stringify({ ...run, report }, null, 2) : report)
    }
  }
}

function list(runs: readonly ListedRun[], within: string, isJson: boolean, print: (line: string) => void): void {
  if (isJson) {
    print(
      JSON.stringify(
        runs.map((run, index) => ({ number: index + 1, ...run })),
        null,
        2,
      ),
    )
    return
  }
  if (runs.length === 0) {
    print(`${within}: no runs in it yet. Make one: npm run scenario smoke`)
    return
  }
  const { isTTY, columns } = process.stdout
  const options = { width: isTTY ? columns : null, useColours: isTTY === true && !process.env.NO_COLOR }
  for (const line of runTable(runs, options)) print(line)
}

function prune(within: string, { keep, isJson }: PruneRunsCommand, print: (line: string) => void): void {
  const { removed, running, keptCount } = pruneRuns(within, keep)
  if (isJson) {
    const names = (runs: readonly ListedRun[]) => runs.map(({ name }) => name)
    print(JSON.stringify({ removed: names(removed), running: names(running), keptCount }, null, 2))
    return
  }
  for (const { name } of removed) print(`removed ${name}`)
  for (const { name } of running) print(`kept    ${name}, which is going on`)
  print(`${removed.length} removed, ${keptCount} kept in ${within}`)
}
