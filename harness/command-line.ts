/**
 * Reads the command line into a {@link Command}. The flags of each command stand in one table, from which the parser, the help and
 * the guide in `docs/scenarios.md` follow.
 */

import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { DriverName } from './cluster/cluster.ts'
import {
  DRIVER_FLAG,
  DRIVERS,
  EXIT_CODES,
  type Flag,
  HELP_FLAG,
  helpOf,
  optionsFor,
  parseFlags,
  readChoice,
  readNumber,
  readOverrides,
  readRedisUrl,
  readText,
  readWhole,
  SEED_MAX,
  SERVICE_FLAG,
  UsageError,
} from './command-flags.ts'
import {
  type CompareCommand,
  parseCompare,
  REPETITION_FLAGS,
  type Repetition,
  readRepetition,
} from './compare-command.ts'
import { EXPLORE_FLAGS, EXPLORE_USAGE, type ExploreCommand, parseExplore } from './explore-command.ts'
import { K6_USAGE, type K6Command, parseK6 } from './k6/k6-command.ts'
import { IS_PACKAGE } from './project.ts'
import { REPORT_FLAG, readReports } from './report-choice.ts'
import type { ReportName } from './reports/report-writers.ts'
import { parseRuns, RUNS_USAGE, type RunsCommand } from './runs-command.ts'
import { MESSAGES_PER_SECOND_MAX, MESSAGES_PER_SECOND_MIN, type Rule } from './scenario/fields.ts'
import { suggestion } from './scenario/nearest.ts'
import type { Overrides } from './scenario/overrides.ts'
import { SET_NAMES, type SetName } from './scenario/sets.ts'

export { SEED_MAX, UsageError } from './command-flags.ts'
export { EXPLORE_FLAGS, type ExploreCommand } from './explore-command.ts'

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

export interface HelpCommand {
  readonly command: 'help'
  /** What to print, without a line feed at the end. */
  readonly text: string
}

/** `scenario` without a name. */
export interface ListCommand {
  readonly command: 'list'
  /** Null: all that there are. */
  readonly set: SetName | null
  /** The names alone, as a JSON array. */
  readonly isJson: boolean
}

export interface ScenarioCommand extends Repetition {
  readonly command: 'scenario'
  /** Of a scenario, or the path of its file. */
  readonly name: string
  /** Null: docker where an engine answers, else process. */
  readonly driver: DriverName | null
  readonly overrides: Overrides
  /** A file with budgets, as written. Null: `budgets.json` beside the scenario, where there is one. */
  readonly budgetsFile: string | null
  readonly reports: readonly ReportName[]
  /** From the command line or drawn; print it either way. */
  readonly seed: number
  /** As written, not resolved. Null: a new folder under `runs/`. */
  readonly out: string | null
  /** Null: start one. */
  readonly redisUrl: string | null
  /** Null: the harness exposes no metrics. */
  readonly metricsPort: number | null
  /** As written, not resolved. Null: `service/` of this repository. */
  readonly serviceFolder: string | null
  /** Null: as many as the machine bears. */
  readonly workers: number | null
  /** `none`: another generator makes it; faults are injected, and the service alone is judged. */
  readonly load: LoadMaker
}

export interface FindCapacityCommand {
  readonly command: 'find-capacity'
  /** Of a scenario, or the path of its file. */
  readonly name: string
  readonly driver: DriverName | null
  /** Neither the rate nor the seconds, which are the search's. */
  readonly overrides: Overrides
  /** Messages per second. Null: the scenario's. */
  readonly from: number | null
  /** Messages per second, beyond which nobody looks. Null: as far as a scenario may go. */
  readonly to: number | null
  readonly stepSeconds: number
  /** How far apart, as a share, the rate that held and the one that did not may be in the end. */
  readonly precision: number
  readonly seed: number
  /** As written, not resolved. Null: a new folder under `runs/`. */
  readonly out: string | null
  /** As written, not resolved. Null: `service/` of this repository. */
  readonly serviceFolder: string | null
  readonly workers: number | null
}

export interface CheckCommand {
  readonly command: 'check'
  /** As written, not resolved. */
  readonly folder: string
  readonly reports: readonly ReportName[]
}

/** Who makes the load of a run. */
export type LoadMaker = 'harness' | 'none'

const PORT_MAX = 65_535
/** Beyond one worker for each core they only take turns; no machine of today has more. */
const WORKERS_MAX = 256

/** A second of it is mostly the beginning and the end. */
const STEP_SECONDS_MIN = 3
const STEP_SECONDS_MAX = 600
const STEP_SECONDS = 10
/** Runs of the same rate differ by more than a hundredth. */
const PRECISION_MIN = 0.01
const PRECISION = 0.1

const LOAD_MAKERS = ['none'] as const satisfies readonly LoadMaker[]
const COMMANDS = ['scenario', 'find-capacity', 'check', 'compare', 'runs', 'k6'] as const

export const SCENARIO_FLAGS = {
  driver: DRIVER_FLAG,
  instances: { value: 'number', about: "Instances of the service, instead of the scenario's." },
  clients: { value: 'number', about: "Virtual clients, instead of the scenario's." },
  rooms: { value: 'number', about: "Rooms, instead of the scenario's." },
  'messages-per-second': { value: 'number', about: "Offered rate over all clients, instead of the scenario's." },
  seconds: { value: 'number', about: "Length of the load after the warm-up, instead of the scenario's." },
  budget: {
    value: 'measure=limit',
    about: 'Replace or add a budget; measure.phase=limit for one phase. Can be given several times.',
    isRepeatable: true,
  },
  budgets: {
    value: 'file',
    about:
      'Budgets by scenario, as JSON, over those of the scenario. Default: budgets.json beside the scenario, if there is one.',
  },
  report: REPORT_FLAG,
  seed: { value: 'number', about: 'Seed of the plan, 0 to 2147483647. Default: drawn and printed.' },
  out: { value: 'folder', about: "The run's folder. Default: a new one under runs/." },
  'redis-url': { value: 'url', about: 'Use this Redis server, redis://… or rediss://…, and start none.' },
  'metrics-port': { value: 'port', about: "Expose the harness's own metrics at this port of 127.0.0.1." },
  service: SERVICE_FLAG,
  workers: { value: 'number', about: 'Processes that carry the clients. Default: as many as the machine bears.' },
  load: { value: 'none', about: 'Make no load: inject the faults while another generator, k6 say, makes it.' },
  list: { value: 'quick|full', about: 'Run none; list those that a gate runs for every change, or every night.' },
  json: { value: null, about: 'List names, as a JSON array.' },
  ...REPETITION_FLAGS,
  help: HELP_FLAG,
} as const satisfies Record<string, Flag>

export const FIND_CAPACITY_FLAGS = {
  from: { value: 'rate', about: "Messages per second to begin with. Default: the scenario's." },
  to: { value: 'rate', about: `Messages per second to stop at. Default: ${MESSAGES_PER_SECOND_MAX}.` },
  'step-seconds': {
    value: 'number',
    about: `Length of the load at each rate, longer where budgets need more samples. Default: ${STEP_SECONDS}.`,
  },
  precision: {
    value: 'share',
    about: `Ends when the lowest rate that did not hold is at most this share above the highest that did. Default: ${PRECISION}.`,
  },
  driver: SCENARIO_FLAGS.driver,
  instances: SCENARIO_FLAGS.instances,
  clients: SCENARIO_FLAGS.clients,
  rooms: SCENARIO_FLAGS.rooms,
  budget: SCENARIO_FLAGS.budget,
  seed: SCENARIO_FLAGS.seed,
  out: { value: 'folder', about: 'Where to keep all runs and capacity.json. Default: a new one under runs/.' },
  service: SCENARIO_FLAGS.service,
  workers: SCENARIO_FLAGS.workers,
  help: HELP_FLAG,
} as const satisfies Record<string, Flag>

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

function parseScenario(argv: readonly string[], drawSeed: () => number): Command {
  if (isExplore(argv)) return parseExplore(argv)
  const { values, positionals } = parseFlags(argv, SCENARIO_FLAGS)
  if (values.help === true)
    return { command: 'help', text: helpOf(`${SCENARIO_USAGE}\n${EXPLORE_USAGE}`, SCENARIO_FLAGS) }
  const [name, ...more] = positionals
  if (more.length > 0) {
    throw new UsageError(
      `expected one scenario, found ${positionals.map(word => `"${word}"`).join(', ')}. ` +
        `${IS_PACKAGE ? 'Flags begin with --' : 'npm takes flags for itself unless they come after --'}: npm run scenario smoke -- --seed 7`,
    )
  }
  const set = readChoice(values, 'list', SET_NAMES)
  const isJson = values.json === true
  if (name === undefined) {
    const given = Object.keys(values).filter(flag => flag !== 'list' && flag !== 'json')
    if (given.length > 0) throw new UsageError(`--${given[0]} needs a scenario to apply to, found no name of one`)
    return { command: 'list', set, isJson }
  }
  if (set !== null || isJson) {
    throw new UsageError(`--${set === null ? 'json' : 'list'} is for the list of scenarios, found "${name}" to be run`)
  }
  return {
    command: 'scenario',
    name,
    driver: readChoice(values, 'driver', DRIVERS),
    overrides: readOverrides(values),
    budgetsFile: readText(values, 'budgets'),
    reports: readReports(values),
    seed: readWhole(values, 'seed', 0, SEED_MAX) ?? drawSeed(),
    out: readText(values, 'out'),
    redisUrl: readRedisUrl(values),
    metricsPort: readWhole(values, 'metrics-port', 1, PORT_MAX),
    serviceFolder: readText(values, 'service'),
    workers: readWhole(values, 'workers', 1, WORKERS_MAX),
    load: readChoice(values, 'load', LOAD_MAKERS) ?? 'harness',
    ...readRepetition(values),
  }
}

/** Whether the first word that is neither a flag nor a flag's value is `explore`. */
function isExplore(argv: readonly string[]): boolean {
  const options = optionsFor({ ...SCENARIO_FLAGS, ...EXPLORE_FLAGS })
  return parseArgs({ args: [...argv], options, strict: false }).positionals[0] === 'explore'
}

function parseFindCapacity(argv: readonly string[], drawSeed: () => number): HelpCommand | FindCapacityCommand {
  const { values, positionals } = parseFlags(argv, FIND_CAPACITY_FLAGS)
  if (values.help === true) return { command: 'help', text: helpOf(FIND_CAPACITY_USAGE, FIND_CAPACITY_FLAGS) }
  const [name, ...more] = positionals
  if (name === undefined || name === '' || more.length > 0) {
    const found = positionals.length === 0 ? 'nothing' : positionals.map(word => `"${word}"`).join(', ')
    throw new UsageError(`find-capacity expects one scenario, such as steady; found ${found}`)
  }
  const rate: Rule = { is: 'number', min: MESSAGES_PER_SECOND_MIN, max: MESSAGES_PER_SECOND_MAX, isWhole: false }
  const [from, to] = [readNumber(values, 'from', rate), readNumber(values, 'to', rate)]
  if (from !== null && to !== null && from > to) {
    throw new UsageError(`--to: found "${to}"; allowed is a rate from that of --from on, which is ${from}`)
  }
  const share: Rule = { is: 'number', min: PRECISION_MIN, max: 1, isWhole: false }
  return {
    command: 'find-capacity',
    name,
    driver: readChoice(values, 'driver', DRIVERS),
    overrides: readOverrides(values),
    from,
    to,
    stepSeconds: readWhole(values, 'step-seconds', STEP_SECONDS_MIN, STEP_SECONDS_MAX) ?? STEP_SECONDS,
    precision: readNumber(values, 'precision', share) ?? PRECISION,
    seed: readWhole(values, 'seed', 0, SEED_MAX) ?? drawSeed(),
    out: readText(values, 'out'),
    serviceFolder: readText(values, 'service'),
    workers: readWhole(values, 'workers', 1, WORKERS_MAX),
  }
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

const SCENARIO_USAGE = `npm run scenario                       list the scenarios
npm run scenario <name> [-- flags]     run one and judge it; the path of a file will do, too`

const FIND_CAPACITY_USAGE = `npm run find-capacity <scenario>       raise the rate until a budget breaks; its load without its faults

Exit codes of it: 0 found, 1 nothing held, 3 the generator or something else was the limit, so the service may bear more.`

const CHECK_USAGE = 'npm run check <run folder>             judge a saved run again, and write its reports'

const OVERVIEW = `${SCENARIO_USAGE}
${EXPLORE_USAGE}
npm run find-capacity <scenario>       raise its rate until a budget breaks
${CHECK_USAGE}
npm run compare <old> <new>            what is worse, and what is better
${RUNS_USAGE}${IS_PACKAGE ? '' : `\n${K6_USAGE}`}

Each tells more with --help: npm run scenario -- --help
${EXIT_CODES}`
