#!/usr/bin/env node
/**
 * The command line: `npm run scenario <name>`, `npm run scenario explore`, `npm run find-capacity <scenario>`, `npm run check <run folder>`,
 * `npm run compare <old> <new>`, `npm run runs`, `npm run k6 -- <scenario>`.
 *
 * Exit codes: 0 pass · 1 fail · 2 bad usage, scenario or environment · 3 invalid · 130 interrupted.
 */

import { asCalled } from './called.ts'
import { findCapacity } from './capacity/find-capacity.ts'
import { ClusterError } from './cluster/cluster.ts'
import { findStack } from './cluster/compose-stack.ts'
import { parseCommandLine, UsageError } from './command-line.ts'
import { type CompareSurroundings, compare, NotComparable } from './compare/compare.ts'
import { FloorError } from './compare/floors.ts'
import { explore } from './explore/explore.ts'
import { Interrupted, Interruption } from './interruption.ts'
import { judgeRun } from './judge-run.ts'
import { writeK6Script } from './k6/write-script.ts'
import { LedgerError } from './ledger/read-ledger.ts'
import { LoadFailed } from './load/fleet.ts'
import { IS_PACKAGE, PROJECT_FOLDER, RUNS_FOLDER, SCENARIO_FOLDER } from './project.ts'
import { runScenarios } from './repeat-runs.ts'
import { MetricsPortError } from './reports/metrics.ts'
import { Screen } from './reports/screen.ts'
import { openRunFolder, RunFolderError } from './run-folder.ts'
import { manageRuns } from './runs.ts'
import { allScenarioNames, listRegressions, listScenarios } from './scenario/catalogue.ts'
import { ScenarioError } from './scenario/problem.ts'
import { scenariosOf } from './scenario/sets.ts'
import type { ListCommand } from './scenario-command.ts'

/** They import the client and the harness as source, which the package does not hold. */
const K6_IN_REPOSITORY = 'scripts of k6 are written in a working copy of Tuesday'
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

const screen = new Screen()
const { print } = screen

async function main(): Promise<number> {
  const command = parseCommandLine(process.argv.slice(2))
  switch (command.command) {
    case 'help':
      print(asCalled(command.text))
      return 0
    case 'list':
      await printScenarios(command)
      return 0
    case 'check':
      return judgeRun(openRunFolder(command.folder), { reports: command.reports, print })
    case 'compare':
      return compare(command, surroundings())
    case 'runs':
      manageRuns(command, line => print(asCalled(line)))
      return 0
    case 'k6':
      if (IS_PACKAGE) throw new UsageError(`k6: found the npm package; ${K6_IN_REPOSITORY}`)
      print(await writeK6Script(command.name, PROJECT_FOLDER))
      return 0
    case 'scenario': {
      using interruption = startInterruption()
      return await runScenarios(command, interruption, screen, surroundings())
    }
    case 'find-capacity': {
      // Before anything is made: at the first rate it would be one run that could not begin.
      if (command.driver === 'compose') await findStack(command.composeProject, () => {})
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

async function printScenarios({ set, isJson }: ListCommand): Promise<void> {
  const ofSet = set === null ? null : await scenariosOf(set, SCENARIO_FOLDER)
  if (isJson) {
    print(JSON.stringify(ofSet ?? (await allScenarioNames(SCENARIO_FOLDER))))
    return
  }
  const scenarios = await listScenarios(SCENARIO_FOLDER)
  if (ofSet !== null) {
    const all = [...scenarios, ...(await listRegressions(SCENARIO_FOLDER))]
    printList(ofSet.flatMap(name => all.filter(listed => listed.name === name)))
    return
  }
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
    process.stderr.write(`${asCalled((error as Error).message)}\n`)
    return isUsers ? EXIT_UNUSABLE : EXIT_INVALID
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  return EXIT_UNUSABLE
}

process.exitCode = await main().catch(exitCodeOf)
