/** The command line of `npm run find-capacity`. */

import type { CapacitySearch } from './capacity/find-capacity.ts'
import {
  COMPOSE_PROJECT_FLAG,
  DRIVERS,
  type Flag,
  HELP_FLAG,
  type HelpCommand,
  helpOf,
  parseFlags,
  readChoice,
  readComposeProject,
  readNumber,
  readOverrides,
  readText,
  readWhole,
  SEED_MAX,
  UsageError,
  WORKERS_MAX,
} from './command-flags.ts'
import { MESSAGES_PER_SECOND_MAX, MESSAGES_PER_SECOND_MIN, type Rule } from './scenario/fields.ts'
import { SCENARIO_FLAGS } from './scenario-command.ts'

export interface FindCapacityCommand extends CapacitySearch {
  readonly command: 'find-capacity'
}

/** A second of it is mostly the beginning and the end. */
const STEP_SECONDS_MIN = 3
const STEP_SECONDS_MAX = 600
const STEP_SECONDS = 10
/** Runs of the same rate differ by more than a hundredth. */
const PRECISION_MIN = 0.01
const PRECISION = 0.1

const FIND_CAPACITY_USAGE = `npm run find-capacity <scenario>       raise the rate until a budget breaks; its load without its faults

Exit codes of it: 0 found, 1 nothing held, 3 the generator or something else was the limit, so the service may bear more.`

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
  'compose-project': COMPOSE_PROJECT_FLAG,
  instances: SCENARIO_FLAGS.instances,
  balancer: SCENARIO_FLAGS.balancer,
  clients: SCENARIO_FLAGS.clients,
  rooms: SCENARIO_FLAGS.rooms,
  budget: SCENARIO_FLAGS.budget,
  seed: SCENARIO_FLAGS.seed,
  out: { value: 'folder', about: 'Where to keep all runs and capacity.json. Default: a new one under runs/.' },
  service: SCENARIO_FLAGS.service,
  workers: SCENARIO_FLAGS.workers,
  help: HELP_FLAG,
} as const satisfies Record<string, Flag>

/** @throws UsageError with what was expected and what was found */
export function parseFindCapacity(argv: readonly string[], drawSeed: () => number): HelpCommand | FindCapacityCommand {
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
  const driver = readChoice(values, 'driver', DRIVERS)
  return {
    command: 'find-capacity',
    name,
    driver,
    composeProject: readComposeProject(values, driver, ['instances', 'service']),
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
