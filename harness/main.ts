/**
 * The command line: `npm run scenario <name>`, `npm run scenario explore`, `npm run find-capacity <scenario>`, `npm run check <run folder>`,
 * `npm run compare <old> <new>`.
 *
 * Exit codes: 0 pass · 1 fail · 2 bad usage, scenario or environment · 3 invalid · 130 interrupted.
 */

import { findCapacity } from './capacity/find-capacity.ts'
import { ClusterError } from './cluster/cluster.ts'
import { parseCommandLine, UsageError } from './command-line.ts'
import { type CompareSurroundings, compare, NotComparable } from './compare/compare.ts'
import { FloorError } from './compare/floors.ts'
import { explore } from './explore/explore.ts'
import { Interrupted, Interruption } from './interruption.ts'
import { judgeRun } from './judge-run.ts'
import { LedgerError } from './ledger/read-ledger.ts'
import { LoadFailed } from './load/fleet.ts'
import { RUNS_FOLDER, runScenarios } from './repeat-runs.ts'
import { MetricsPortError } from './reports/metrics.ts'
import { SCENARIO_FOLDER } from './run-context.ts'
import { openRunFolder, RunFolderError } from './run-folder.ts'
import { listRegressions, listScenarios } from './scenario/catalogue.ts'
import { ScenarioError } from './scenario/problem.ts'

/** For the list of scenarios. */
const ABOUT_EXPLORE =
  'Draws scenarios at random, runs them, and shrinks those that fail. Takes flags of its own: --help.'

const EXIT_UNUSABLE = 2
const EXIT_INVALID = 3
const EXIT_INTERRUPTED = 130

/** What the user can put right; shown without a stack trace. */
const USER_ERRORS = [
  UsageError,
  ScenarioError,
  ClusterError,
  RunFolderError,
  LedgerError,
  MetricsPortError,
  NotComparable,
  FloorError,
]

// Whoever read the output may be gone: a terminal that was closed, a pager that was left. The run has to heal all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<number> {
  const command = parseCommandLine(process.argv.slice(2))
  switch (command.command) {
    case 'help':
      print(command.text)
      return 0
    case 'list':
      await printScenarios()
      return 0
    case 'check':
      return judgeRun(openRunFolder(command.folder), print)
    case 'compare':
      return compare(command, surroundings())
    case 'scenario': {
      using interruption = startInterruption()
      return await runScenarios(command, interruption, surroundings())
    }
    case 'find-capacity': {
      using interruption = startInterruption()
      return await findCapacity({ ...command, interruption: interruption.signal, print })
    }
    case 'explore': {
      using interruption = startInterruption()
      return await explore({ ...command, interruption: interruption.signal, print })
    }
  }
}

/** For a comparison: where runs are, and what it is shown on. */
function surroundings(): CompareSurroundings {
  const isTerminal = process.stdout.isTTY === true
  return {
    runsFolder: RUNS_FOLDER,
    print,
    columns: isTerminal ? process.stdout.columns : Number.POSITIVE_INFINITY,
    useColours: isTerminal && !process.env.NO_COLOR,
    stepSummary: process.env.GITHUB_STEP_SUMMARY || null,
  }
}

function startInterruption(): Interruption {
  return new Interruption(why => print(`${why}: healing and clearing away …`))
}

async function printScenarios(): Promise<void> {
  const scenarios = await listScenarios(SCENARIO_FOLDER)
  printList([...scenarios, { name: 'explore', about: ABOUT_EXPLORE }])
  const regressions = await listRegressions(SCENARIO_FOLDER)
  if (regressions.length === 0) return
  print('\nWhat explore has found:\n')
  printList(regressions)
}

function printList(scenarios: readonly { readonly name: string; readonly about: string }[]): void {
  const width = Math.max(...scenarios.map(({ name }) => name.length))
  for (const { name, about } of scenarios) print(`${name.padEnd(width)}  ${about}`)
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return EXIT_INTERRUPTED
  const isUsers = USER_ERRORS.some(kind => error instanceof kind)
  if (isUsers || error instanceof LoadFailed) {
    process.stderr.write(`${(error as Error).message}\n`)
    return isUsers ? EXIT_UNUSABLE : EXIT_INVALID
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  return EXIT_UNUSABLE
}

process.exitCode = await main().catch(exitCodeOf)
