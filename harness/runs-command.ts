/** Reads the command line of `npm run runs`. */

import { type Flag, HELP_FLAG, helpOf, parseFlags, readText, readWhole, UsageError } from './command-flags.ts'
import { suggestion } from './scenario/nearest.ts'

export type RunsCommand = ListRunsCommand | PruneRunsCommand | OpenRunCommand

interface OnRuns {
  readonly command: 'runs'
  /** Where the run folders are, as written. Null: `runs/`. */
  readonly within: string | null
  readonly isJson: boolean
}

export interface ListRunsCommand extends OnRuns {
  readonly do: 'list'
}

export interface PruneRunsCommand extends OnRuns {
  readonly do: 'prune'
  /** How many of the newest stay. */
  readonly keep: number
}

export interface OpenRunCommand extends OnRuns {
  readonly do: 'open'
  /** A number of the list, the name of a folder, or that of a scenario. Null: the newest. */
  readonly which: string | null
}

const KEEP_MAX = 1_000_000

const RUNS_FLAGS = {
  keep: { value: 'number', about: 'Remove all runs but so many of the newest; never one that is going on.' },
  in: { value: 'folder', about: 'Where the run folders are. Default: runs/.' },
  json: { value: null, about: 'Print JSON, for machines.' },
  help: HELP_FLAG,
} as const satisfies Record<string, Flag>

export const RUNS_USAGE = `npm run runs                           list the runs, newest first; -- --keep 20 removes older ones
npm run runs open [run]                print the path of a run's report: the newest's, or by number, folder or scenario`

/** Throws {@link UsageError}. */
export function parseRuns(argv: readonly string[]): RunsCommand | { readonly command: 'help'; readonly text: string } {
  const { values, positionals } = parseFlags(argv, RUNS_FLAGS)
  if (values.help === true) return { command: 'help', text: helpOf(RUNS_USAGE, RUNS_FLAGS) }
  const [action, which, ...more] = positionals
  const keep = readWhole(values, 'keep', 1, KEEP_MAX)
  const onRuns = { command: 'runs', within: readText(values, 'in'), isJson: values.json === true } as const
  if (action === undefined) return keep === null ? { ...onRuns, do: 'list' } : { ...onRuns, do: 'prune', keep }
  if (action !== 'open') {
    throw new UsageError(
      `runs: found "${action}"; allowed is nothing, or open and a run.${suggestion(action, ['open'])}`,
    )
  }
  if (keep !== null) throw new UsageError('--keep: found beside open; allowed is one of them')
  if (more.length > 0) throw new UsageError(`runs open: found "${more[0]}" after "${which}"; allowed is one run`)
  return { ...onRuns, do: 'open', which: which ?? null }
}
