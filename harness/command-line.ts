/**
 * Reads the command line into a {@link Command}. The flags of each command stand in one table, from which the parser, the help and
 * the guide in `docs/scenarios.md` follow.
 */

import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { DriverName } from './cluster/cluster.ts'
import {
  EXIT_CODES,
  type Flag,
  helpOf,
  optionsFor,
  parseFlags,
  readChoice,
  readNumber,
  readOverrides,
  readRedisUrl,
  readText,
  readWhole,
  UsageError,
} from './command-flags.ts'
import {
  type CompareCommand,
  parseCompare,
  REPETITION_FLAGS,
  type Repetition,
  readRepetition,
} from './compare-command.ts'
import { MESSAGES_PER_SECOND_MAX, MESSAGES_PER_SECOND_MIN, type Rule } from './scenario/fields.ts'
import { suggestion } from './scenario/nearest.ts'
import type { Overrides } from './scenario/overrides.ts'

export { UsageError } from './command-flags.ts'

export type Command =
  | HelpCommand
  | ListCommand
  | ScenarioCommand
  | ExploreCommand
  | FindCapacityCommand
  | CheckCommand
  | CompareCommand

export interface HelpCommand {
  readonly command: 'help'
  /** What to print, without a line feed at the end. */
  readonly text: string
}

/** `scenario` without a name. */
export interface ListCommand {
  readonly command: 'list'
}

export interface ScenarioCommand extends Repetition {
  readonly command: 'scenario'
  /** Of a scenario, or the path of its file. */
  readonly name: string
  /** Null: docker where an engine answers, else process. */
  readonly driver: DriverName | null
  readonly overrides: Overrides
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
}

/** `scenario explore`. */
export interface ExploreCommand {
  readonly command: 'explore'
  readonly runs: number
  /** Null: that of the exploration that is gone on with, or else drawn. */
  readonly seed: number | null
  readonly driver: DriverName | null
  /** For each run that failed. */
  readonly shrinkMinutes: number
  /** As written, not resolved. Null: a new folder under `runs/`. */
  readonly out: string | null
  /** As written, not resolved. Null: `service/` of this repository. */
  readonly serviceFolder: string | null
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
}

export const SEED_MAX = 2 ** 31 - 1
const PORT_MAX = 65_535
/** Beyond one worker for each core they only take turns; no machine of today has more. */
const WORKERS_MAX = 256

/** At half a minute each this is a month. */
const EXPLORED_RUNS_MAX = 100_000
const EXPLORED_RUNS = 20
/** Most of what fails every time is small after half of that. */
const SHRINK_MINUTES = 10
const SHRINK_MINUTES_MAX = 24 * 60

/** A second of it is mostly the beginning and the end. */
const STEP_SECONDS_MIN = 3
const STEP_SECONDS_MAX = 600
const STEP_SECONDS = 10
/** Runs of the same rate differ by more than a hundredth. */
const PRECISION_MIN = 0.01
const PRECISION = 0.1

const DRIVERS = ['docker', 'process'] as const satisfies readonly DriverName[]
const COMMANDS = ['scenario', 'find-capacity', 'check', 'compare'] as const

const HELP_FLAG: Flag = { value: null, about: 'Tell what the command does and which flags it has.' }

export const SCENARIO_FLAGS = {
  driver: {
    value: 'docker|process',
    about: 'How instances run. Default: docker where an engine answers, else process.',
  },
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
  seed: { value: 'number', about: 'Seed of the plan, 0 to 2147483647. Default: drawn and printed.' },
  out: { value: 'folder', about: "The run's folder. Default: a new one under runs/." },
  'redis-url': { value: 'url', about: 'Use this Redis server, redis://… or rediss://…, and start none.' },
  'metrics-port': { value: 'port', about: "Expose the harness's own metrics at this port of 127.0.0.1." },
  service: { value: 'folder', about: 'Source of the service under test. Default: service/ of this repository.' },
  workers: { value: 'number', about: 'Processes that carry the clients. Default: as many as the machine bears.' },
  ...REPETITION_FLAGS,
  help: HELP_FLAG,
} as const satisfies Record<string, Flag>

export const EXPLORE_FLAGS = {
  runs: { value: 'number', about: `Scenarios to draw and run. Default: ${EXPLORED_RUNS}.` },
  seed: { value: 'number', about: 'What the scenarios are drawn from, 0 to 2147483647. Default: drawn and printed.' },
  driver: SCENARIO_FLAGS.driver,
  'shrink-minutes': {
    value: 'number',
    about: `Time to shrink a scenario that failed; 0 leaves it as it is. Default: ${SHRINK_MINUTES}.`,
  },
  out: { value: 'folder', about: 'Where to keep everything; goes on where it holds an exploration already.' },
  service: SCENARIO_FLAGS.service,
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

const CHECK_FLAGS = { help: HELP_FLAG } as const satisfies Record<string, Flag>

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
        'npm takes flags for itself unless they come after --: npm run scenario smoke -- --seed 7',
    )
  }
  if (name === undefined) {
    const given = Object.keys(values)
    if (given.length > 0) throw new UsageError(`--${given[0]} needs a scenario to apply to, found no name of one`)
    return { command: 'list' }
  }
  return {
    command: 'scenario',
    name,
    driver: readChoice(values, 'driver', DRIVERS),
    overrides: readOverrides(values),
    seed: readWhole(values, 'seed', 0, SEED_MAX) ?? drawSeed(),
    out: readText(values, 'out'),
    redisUrl: readRedisUrl(values),
    metricsPort: readWhole(values, 'metrics-port', 1, PORT_MAX),
    serviceFolder: readText(values, 'service'),
    workers: readWhole(values, 'workers', 1, WORKERS_MAX),
    ...readRepetition(values),
  }
}

/** Whether the first word that is neither a flag nor a flag's value is `explore`. */
function isExplore(argv: readonly string[]): boolean {
  const options = optionsFor({ ...SCENARIO_FLAGS, ...EXPLORE_FLAGS })
  return parseArgs({ args: [...argv], options, strict: false }).positionals[0] === 'explore'
}

function parseExplore(argv: readonly string[]): HelpCommand | ExploreCommand {
  const { values, positionals } = parseFlags(argv, EXPLORE_FLAGS)
  if (values.help === true) return { command: 'help', text: helpOf(EXPLORE_USAGE, EXPLORE_FLAGS) }
  const [, ...more] = positionals
  if (more.length > 0) throw new UsageError(`explore takes flags alone, found "${more[0]}"`)
  const minutes: Rule = { is: 'number', min: 0, max: SHRINK_MINUTES_MAX, isWhole: false }
  return {
    command: 'explore',
    runs: readWhole(values, 'runs', 1, EXPLORED_RUNS_MAX) ?? EXPLORED_RUNS,
    seed: readWhole(values, 'seed', 0, SEED_MAX),
    driver: readChoice(values, 'driver', DRIVERS),
    shrinkMinutes: readNumber(values, 'shrink-minutes', minutes) ?? SHRINK_MINUTES,
    out: readText(values, 'out'),
    serviceFolder: readText(values, 'service'),
  }
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
  return { command: 'check', folder }
}

// Help --------------------------------------------------------------------------------------------------------------------

const SCENARIO_USAGE = `npm run scenario                       list the scenarios
npm run scenario <name> [-- flags]     run one and judge it; the path of a file will do, too`

const EXPLORE_USAGE = 'npm run scenario explore [-- flags]    draw scenarios, run them, and shrink those that fail'

const FIND_CAPACITY_USAGE = `npm run find-capacity <scenario>       raise the rate until a budget breaks; its load without its faults

Exit codes of it: 0 found, 1 nothing held, 3 the generator or something else was the limit, so the service may bear more.`

const CHECK_USAGE = 'npm run check <run folder>             judge a saved run again'

const OVERVIEW = `${SCENARIO_USAGE}
${EXPLORE_USAGE}
npm run find-capacity <scenario>       raise its rate until a budget breaks
${CHECK_USAGE}
npm run compare <old> <new>            what is worse, and what is better

Each takes --help after two dashes: npm run scenario -- --help
${EXIT_CODES}`
