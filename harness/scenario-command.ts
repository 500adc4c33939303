/** The command line of `npm run scenario`, but for `explore`. */

import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import type { DriverName } from './cluster/cluster.ts'
import {
  COMPOSE_PROJECT_FLAG,
  DRIVER_FLAG,
  DRIVERS,
  type Flag,
  HELP_FLAG,
  type HelpCommand,
  helpOf,
  optionsFor,
  parseFlags,
  readChoice,
  readComposeProject,
  readOverrides,
  readRedisUrl,
  readText,
  readWhole,
  SEED_MAX,
  SERVICE_FLAG,
  UsageError,
  type Values,
  WORKERS_MAX,
} from './command-flags.ts'
import { REPETITION_FLAGS, type Repetition, readRepetition } from './compare-command.ts'
import { EXPLORE_FLAGS, EXPLORE_USAGE, type ExploreCommand, parseExplore } from './explore-command.ts'
import { IS_PACKAGE } from './project.ts'
import { REPORT_FLAG, readReports } from './report-choice.ts'
import type { ReportName } from './reports/report-writers.ts'
import type { Overrides } from './scenario/overrides.ts'
import { SET_NAMES, type SetName } from './scenario/sets.ts'

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
  /** Of `--driver compose`. Null: found by itself. */
  readonly composeProject: string | null
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
  /** Address of this machine where that port is. */
  readonly metricsHost: string
  /** As written, not resolved. Null: `service/` of this repository. */
  readonly serviceFolder: string | null
  /** Null: as many as the machine bears. */
  readonly workers: number | null
  /** `none`: another generator makes it; faults are injected, and the service alone is judged. */
  readonly load: LoadMaker
}

/** Who makes the load of a run. */
export type LoadMaker = 'harness' | 'none'

const PORT_MAX = 65_535
/** The metrics tell what runs here; nobody else's business unless somebody says so. */
const METRICS_HOST = '127.0.0.1'
/** Flags that a stack cannot follow. */
const OWN_CLUSTER_FLAGS = ['instances', 'redis-url', 'service']

const LOAD_MAKERS = ['none'] as const satisfies readonly LoadMaker[]

export const SCENARIO_USAGE = `npm run scenario                       list the scenarios
npm run scenario <name> [-- flags]     run one and judge it; the path of a file will do, too`

export const SCENARIO_FLAGS = {
  driver: DRIVER_FLAG,
  'compose-project': COMPOSE_PROJECT_FLAG,
  instances: { value: 'number', about: "Instances of the service, instead of the scenario's." },
  balancer: {
    value: 'haproxy|direct',
    about: "Who chooses the instance of a connection, instead of the scenario's: a balancer, or each client by itself.",
  },
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
  'metrics-port': { value: 'port', about: "Expose the harness's own metrics at this port." },
  'metrics-host': {
    value: 'address',
    about: `Where --metrics-port listens, such as 0.0.0.0 in a container that Prometheus asks. Default: ${METRICS_HOST}.`,
  },
  service: SERVICE_FLAG,
  workers: { value: 'number', about: 'Processes that carry the clients. Default: as many as the machine bears.' },
  load: { value: 'none', about: 'Make no load: inject the faults while another generator, k6 say, makes it.' },
  list: { value: 'quick|full', about: 'Run none; list those that a gate runs for every change, or every night.' },
  json: { value: null, about: 'List names, as a JSON array.' },
  ...REPETITION_FLAGS,
  help: HELP_FLAG,
} as const satisfies Record<string, Flag>

/** @throws UsageError with what was expected and what was found */
export function parseScenario(
  argv: readonly string[],
  drawSeed: () => number,
): HelpCommand | ListCommand | ScenarioCommand | ExploreCommand {
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
  const driver = readChoice(values, 'driver', DRIVERS)
  return {
    command: 'scenario',
    name,
    driver,
    composeProject: readComposeProject(values, driver, OWN_CLUSTER_FLAGS),
    overrides: readOverrides(values),
    budgetsFile: readText(values, 'budgets'),
    reports: readReports(values),
    seed: readWhole(values, 'seed', 0, SEED_MAX) ?? drawSeed(),
    out: readText(values, 'out'),
    redisUrl: readRedisUrl(values),
    metricsPort: readWhole(values, 'metrics-port', 1, PORT_MAX),
    metricsHost: readMetricsHost(values),
    serviceFolder: readText(values, 'service'),
    workers: readWhole(values, 'workers', 1, WORKERS_MAX),
    load: readChoice(values, 'load', LOAD_MAKERS) ?? 'harness',
    ...readRepetition(values),
  }
}

function readMetricsHost(values: Values): string {
  const host = readText(values, 'metrics-host')
  if (host === null) return METRICS_HOST
  if (isIP(host) === 0) throw new UsageError(`--metrics-host: found "${host}"; allowed is an address, such as 0.0.0.0`)
  if (values['metrics-port'] === undefined) {
    throw new UsageError('--metrics-host needs --metrics-port <port> beside it, found none')
  }
  return host
}

/** Whether the first word that is neither a flag nor a flag's value is `explore`. */
function isExplore(argv: readonly string[]): boolean {
  const options = optionsFor({ ...SCENARIO_FLAGS, ...EXPLORE_FLAGS })
  return parseArgs({ args: [...argv], options, strict: false }).positionals[0] === 'explore'
}
