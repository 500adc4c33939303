/**
 * The command line: `npm run scenario <name>`, `npm run check <run folder>`.
 *
 * Exit codes: 0 pass · 1 fail · 2 bad usage, scenario or environment · 3 invalid · 130 interrupted.
 */

import { ClusterError } from './cluster/cluster.ts'
import { parseCommandLine, UsageError } from './command-line.ts'
import { Interrupted, Interruption } from './interruption.ts'
import { judgeRun } from './judge-run.ts'
import { LedgerError } from './ledger/read-ledger.ts'
import { LoadFailed } from './load/fleet.ts'
import { MetricsPortError } from './reports/metrics.ts'
import { runScenario, SCENARIO_FOLDER } from './run.ts'
import { openRunFolder, RunFolderError } from './run-folder.ts'
import { listScenarios } from './scenario/catalogue.ts'
import { ScenarioError } from './scenario/problem.ts'

const EXIT_UNUSABLE = 2
const EXIT_INVALID = 3
const EXIT_INTERRUPTED = 130

/** What the user can put right; shown without a stack trace. */
const USER_ERRORS = [UsageError, ScenarioError, ClusterError, RunFolderError, LedgerError, MetricsPortError]

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
    case 'scenario': {
      using interruption = new Interruption(why => print(`${why}: healing and clearing away …`))
      return await runScenario(command, interruption, print)
    }
  }
}

async function printScenarios(): Promise<void> {
  const scenarios = await listScenarios(SCENARIO_FOLDER)
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
