/**
 * Reads the command line into a {@link Command}. The flags of each command stand in one table, from which the parser, the help and
 * the guide in `docs/scenarios.md` follow.
 */

import { randomInt } from 'node:crypto'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { DriverName } from './cluster/cluster.ts'
import { describeRule, keepsRule, type Rule } from './scenario/fields.ts'
import { suggestion } from './scenario/nearest.ts'
import { type BudgetOverride, OVERRIDDEN_FIELDS, type Overrides } from './scenario/overrides.ts'

export type Command = HelpCommand | ListCommand | ScenarioCommand | ExploreCommand | CheckCommand

export interface HelpCommand {
  readonly command: 'help'
  /** What to print, without a line feed at the end. */
  readonly text: string
}

/** `scenario` without a name. */
export interface ListCommand {
  readonly command: 'list'
}

export interface ScenarioCommand {
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

export interface CheckCommand {
  readonly command: 'check'
  /** As written, not resolved. */
  readonly folder: string
}

/** The command line cannot be understood: exit 2 with this message, no stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

interface Flag {
  /** What stands for its value in the help; null: it has none. */
  readonly value: string | null
  readonly about: string
  readonly isRepeatable?: boolean
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

const DRIVERS = ['docker', 'process'] as const satisfies readonly DriverName[]
const COMMANDS = ['scenario', 'check'] as const

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

const CHECK_FLAGS = { help: HELP_FLAG } as const satisfies Record<string, Flag>

/** Values as parseArgs gives them. */
type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

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
  if (command === 'check') return parseCheck(rest)
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

function optionsFor(flags: Readonly<Record<string, Flag>>): ParseArgsOptionsConfig {
  const options: ParseArgsOptionsConfig = {}
  for (const [name, flag] of Object.entries(flags)) {
    options[name] = { type: flag.value === null ? 'boolean' : 'string', multiple: flag.isRepeatable === true }
  }
  return options
}

function parseFlags(argv: readonly string[], flags: Readonly<Record<string, Flag>>) {
  const options = optionsFor(flags)
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true })
    return { values: values as Values, positionals }
  } catch (error) {
    throw explain(error, flags)
  }
}

/** Node's own sentences are for programmers; the flag's name is in quotes in each of them. */
function explain(error: unknown, flags: Readonly<Record<string, Flag>>): unknown {
  const { code, message } = error as { code?: string; message: string }
  const name = /'(?:-[a-z], )?--?([A-Za-z0-9-]*)/.exec(message)?.[1] ?? ''
  const written = name.length === 1 ? `-${name}` : `--${name}`
  const list = Object.keys(flags).map(flag => `--${flag}`)
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return new UsageError(`${written} is not a flag.${suggestion(written, list)} Flags: ${list.join(', ')}`)
  }
  if (code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return error
  const value = flags[name]?.value ?? null
  if (value === null) return new UsageError(`${written} takes no value`)
  return new UsageError(
    `${written} needs a value, <${value}>, found none. One that begins with a dash is written ${written}=<${value}>.`,
  )
}

function readOverrides(values: Values): Overrides {
  const numbers: Record<string, number> = {}
  for (const [field, { flag, rule }] of Object.entries(OVERRIDDEN_FIELDS)) {
    const value = readNumber(values, flag.slice('--'.length), rule)
    if (value !== null) numbers[field] = value
  }
  const budgets = values.budget as readonly string[] | undefined
  return budgets === undefined ? numbers : { ...numbers, budgets: budgets.map(readBudget) }
}

/** Whether measure and phase exist is checked with the scenario that they apply to. */
function readBudget(text: string): BudgetOverride {
  const [, measure, phase, limit] = /^([A-Za-z0-9]+)(?:\.([A-Za-z0-9]+))?=(.*)$/.exec(text) ?? []
  const value = toNumber(limit ?? '')
  if (measure === undefined || value === null) {
    const allowed = 'measure=limit or measure.phase=limit with a number from 0, such as crossInstanceP99Ms.steady=50'
    throw new UsageError(`--budget: found "${text}"; allowed is ${allowed}`)
  }
  return { measure, phase: phase ?? null, limit: value }
}

function readNumber(values: Values, flag: string, rule: Rule): number | null {
  const text = readText(values, flag)
  if (text === null) return null
  const value = toNumber(text)
  if (value === null || !keepsRule(rule, value)) {
    throw new UsageError(`--${flag}: found "${text}"; allowed is ${describeRule(rule)}`)
  }
  return value
}

function readWhole(values: Values, flag: string, min: number, max: number): number | null {
  return readNumber(values, flag, { is: 'number', min, max, isWhole: true })
}

/** Plain decimal notation only: `Number` would take "", " 7", "0x10" and "1e3" too. */
function toNumber(text: string): number | null {
  return /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : null
}

function readText(values: Values, flag: string): string | null {
  const text = values[flag]
  if (text === undefined) return null
  if (text === '') throw new UsageError(`--${flag}: found an empty value`)
  return text as string
}

function readChoice<Choice extends string>(values: Values, flag: string, choices: readonly Choice[]): Choice | null {
  const text = readText(values, flag)
  if (text === null) return null
  const choice = choices.find(candidate => candidate === text)
  if (choice !== undefined) return choice
  throw new UsageError(`--${flag}: found "${text}"; allowed is ${choices.join(' or ')}.${suggestion(text, choices)}`)
}

function readRedisUrl(values: Values): string | null {
  const text = readText(values, 'redis-url')
  if (text === null) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '') return text
  // The address may hold a password, so only its beginning is repeated.
  const found = url === null ? 'no URL' : `a URL that begins with ${url.protocol}`
  throw new UsageError(`--redis-url: found ${found}; allowed is redis://host:port or rediss://host:port`)
}

// Help --------------------------------------------------------------------------------------------------------------------

const EXIT_CODES = 'Exit codes: 0 pass, 1 fail, 2 bad usage, scenario or environment, 3 invalid, 130 interrupted.'

const SCENARIO_USAGE = `npm run scenario                       list the scenarios
npm run scenario <name> [-- flags]     run one and judge it; the path of a file will do, too`

const EXPLORE_USAGE = 'npm run scenario explore [-- flags]    draw scenarios, run them, and shrink those that fail'

const CHECK_USAGE = 'npm run check <run folder>             judge a saved run again'

const OVERVIEW = `${SCENARIO_USAGE}
${EXPLORE_USAGE}
${CHECK_USAGE}

Each takes --help after two dashes: npm run scenario -- --help
${EXIT_CODES}`

function helpOf(usage: string, flags: Readonly<Record<string, Flag>>): string {
  const names = Object.entries(flags).map(([name, { value }]) => `--${name}${value === null ? '' : ` <${value}>`}`)
  const width = Math.max(...names.map(name => name.length))
  const lines = Object.values(flags).map((flag, index) => `  ${names[index]!.padEnd(width)}  ${flag.about}`)
  return [usage, '', ...lines, '', EXIT_CODES].join('\n')
}
