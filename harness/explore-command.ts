/** Reads the command line of `npm run scenario explore`. */

import type { OwnDriverName } from './cluster/cluster.ts'
import {
  type Flag,
  HELP_FLAG,
  type HelpCommand,
  helpOf,
  OWN_DRIVER_FLAG,
  OWN_DRIVERS,
  parseFlags,
  readChoice,
  readNumber,
  readText,
  readWhole,
  SEED_MAX,
  SERVICE_FLAG,
  UsageError,
} from './command-flags.ts'
import type { Rule } from './scenario/fields.ts'

/** `scenario explore`. */
export interface ExploreCommand {
  readonly command: 'explore'
  readonly runs: number
  /** Null: that of the exploration that is gone on with, or else drawn. */
  readonly seed: number | null
  readonly driver: OwnDriverName | null
  /** For each run that failed. */
  readonly shrinkMinutes: number
  /** As written, not resolved. Null: a new folder under `runs/`. */
  readonly out: string | null
  /** As written, not resolved. Null: `service/` of this repository. */
  readonly serviceFolder: string | null
}

/** At half a minute each this is a month. */
const EXPLORED_RUNS_MAX = 100_000
const EXPLORED_RUNS = 20
/** Most of what fails every time is small after half of that. */
const SHRINK_MINUTES = 10
const SHRINK_MINUTES_MAX = 24 * 60

export const EXPLORE_FLAGS = {
  runs: { value: 'number', about: `Scenarios to draw and run. Default: ${EXPLORED_RUNS}.` },
  seed: { value: 'number', about: 'What the scenarios are drawn from, 0 to 2147483647. Default: drawn and printed.' },
  driver: OWN_DRIVER_FLAG,
  'shrink-minutes': {
    value: 'number',
    about: `Time to shrink a scenario that failed; 0 leaves it as it is. Default: ${SHRINK_MINUTES}.`,
  },
  out: { value: 'folder', about: 'Where to keep everything; goes on where it holds an exploration already.' },
  service: SERVICE_FLAG,
  help: HELP_FLAG,
} as const satisfies Record<string, Flag>

export const EXPLORE_USAGE =
  'npm run scenario explore [-- flags]    draw scenarios, run them, and shrink those that fail'

/** Throws {@link UsageError}. */
export function parseExplore(argv: readonly string[]): HelpCommand | ExploreCommand {
  const { values, positionals } = parseFlags(argv, EXPLORE_FLAGS)
  if (values.help === true) return { command: 'help', text: helpOf(EXPLORE_USAGE, EXPLORE_FLAGS) }
  const [, ...more] = positionals
  if (more.length > 0) throw new UsageError(`explore takes flags alone, found "${more[0]}"`)
  const minutes: Rule = { is: 'number', min: 0, max: SHRINK_MINUTES_MAX, isWhole: false }
  return {
    command: 'explore',
    runs: readWhole(values, 'runs', 1, EXPLORED_RUNS_MAX) ?? EXPLORED_RUNS,
    seed: readWhole(values, 'seed', 0, SEED_MAX),
    driver: readChoice(values, 'driver', OWN_DRIVERS),
    shrinkMinutes: readNumber(values, 'shrink-minutes', minutes) ?? SHRINK_MINUTES,
    out: readText(values, 'out'),
    serviceFolder: readText(values, 'service'),
  }
}
