/**
 * Reads the command line into a {@link Command}. The flags of each command stand in one table, from which the parser, the help and
 * the guide in `docs/scenarios.md` follow.
 */

import { randomInt } from 'node:crypto'
import {
  EXIT_CODES,
  type Flag,
  HELP_FLAG,
  type HelpCommand,
  helpOf,
  parseFlags,
  SEED_MAX,
  UsageError,
} from './command-flags.ts'
import { type CompareCommand, parseCompare } from './compare-command.ts'
import { EXPLORE_USAGE, type ExploreCommand } from './explore-command.ts'
import { type FindCapacityCommand, parseFindCapacity } from './find-capacity-command.ts'
import { K6_USAGE, type K6Command, parseK6 } from './k6/k6-command.ts'
import { IS_PACKAGE } from './project.ts'
import { REPORT_FLAG, readReports } from './report-choice.ts'
import type { ReportName } from './reports/report-writers.ts'
import { parseRuns, RUNS_USAGE, type RunsCommand } from './runs-command.ts'
import { suggestion } from './scenario/nearest.ts'
import { type ListCommand, parseScenario, SCENARIO_USAGE, type ScenarioCommand } from './scenario-command.ts'

export { UsageError } from './command-flags.ts'

export type Command =
  | HelpCommand
  | ListCommand
  | ScenarioCommand
  | ExploreCommand
  | FindCapacityCommand
  | CheckCommand
  | RunsCommand
  | K6Command
  | CompareCommand

export interface CheckCommand {
  readonly command: 'check'
  /** As written, not resolved. */
  readonly folder: string
  readonly reports: readonly ReportName[]
}

const COMMANDS = ['scenario', 'find-capacity', 'check', 'compare', 'runs', 'k6'] as const

const CHECK_FLAGS = { report: REPORT_FLAG, help: HELP_FLAG } as const satisfies Record<string, Flag>

/**
 * @param argv arguments after the program's own, as in `process.argv.slice(2)`
 * @param drawSeed where `--seed` is not given
 * @throws UsageError with what was expected and what was found
 */
export function parseCommandLine(argv: readonly string[], drawSeed = () => randomInt(SEED_MAX + 1)): Command {
  const [command, ...rest] = argv
  if (command === undefined || command === '--help' || command === '-h' || command === 'help') {
    return { command: 'help', text: OVERVIEW }
  }
  if (command === 'scenario') return parseScenario(rest, drawSeed)
  if (command === 'find-capacity') return parseFindCapacity(rest, drawSeed)
  if (command === 'check') return parseCheck(rest)
  if (command === 'compare') return parseCompare(rest)
  if (command === 'runs') return parseRuns(rest)
  if (command === 'k6') return parseK6(rest)
  throw new UsageError(
    `"${command}" is not a command.${suggestion(command, COMMANDS)} Commands: ${COMMANDS.join(', ')}; --help tells more.`,
  )
}

function parseCheck(argv: readonly string[]): HelpCommand | CheckCommand {
  const { values, positionals } = parseFlags(argv, CHECK_FLAGS)
  if (values.help === true) return { command: 'help', text: helpOf(CHECK_USAGE, CHECK_FLAGS) }
  const [folder, ...more] = positionals
  if (folder === undefined || folder === '' || more.length > 0) {
    const found = positionals.length === 0 ? 'nothing' : positionals.map(word => `"${word}"`).join(', ')
    throw new UsageError(`check expects one run folder, such as runs/latest; found ${found}`)
  }
  return { command: 'check', folder, reports: readReports(values) }
}

// Help --------------------------------------------------------------------------------------------------------------------

const CHECK_USAGE = 'npm run check <run folder>             judge a saved run again, and write its reports'

const OVERVIEW = `${SCENARIO_USAGE}
${EXPLORE_USAGE}
npm run find-capacity <scenario>       raise its rate until a budget breaks
${CHECK_USAGE}
npm run compare <old> <new>            what is worse, and what is better
${RUNS_USAGE}${IS_PACKAGE ? '' : `\n${K6_USAGE}`}

Each tells more with --help: npm run scenario -- --help
${EXIT_CODES}`
