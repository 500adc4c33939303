/** The flags of comparing: those of `npm run compare`, and those with which `npm run scenario` runs something several times and compares it. */

import {
  type Flag,
  helpOf,
  parseFlags,
  readText,
  readTexts,
  readWhole,
  UsageError,
  type Values,
} from './command-flags.ts'

export interface CompareCommand {
  readonly command: 'compare'
  /** As written: folders, names or numbers under `runs/`. */
  readonly old: string
  readonly new: string
  /** As in `latencyP99=50%,20`. */
  readonly floors: readonly string[]
  readonly isForced: boolean
  readonly asMarkdown: boolean
  readonly showAll: boolean
  /** As written, not resolved. Null: the folder of the new side. */
  readonly out: string | null
}

/** Part of the command `scenario`. */
export interface Repetition {
  /** How often to run it; from 2 on each run has a folder within the run's folder. */
  readonly repeat: number
  /** What to compare with, as written. Null: nothing. */
  readonly baseline: string | null
  readonly floors: readonly string[]
  /** Compare with another scenario, size or driver, too. */
  readonly isForced: boolean
  /** Nobody gave the seed. */
  readonly isSeedDrawn: boolean
}

/** Enough for any test; at half a minute each this is an hour. */
const REPEAT_MAX = 100

const FLOOR_FLAG: Flag = {
  value: 'kind=percent%,absolute',
  about: 'What a change has to exceed, such as latencyP99=50%,20. Can be given several times.',
  isRepeatable: true,
}

export const REPETITION_FLAGS = {
  repeat: { value: 'number', about: 'Run it so often, each time in a folder within that of the run. Default: 1.' },
  baseline: {
    value: 'folder',
    about: 'Compare with runs of before; with their seed and driver unless others are given.',
  },
  floor: FLOOR_FLAG,
  force: { value: null, about: 'Compare with a baseline of another scenario, size or driver, too.' },
} as const satisfies Record<string, Flag>

export const COMPARE_FLAGS = {
  floor: FLOOR_FLAG,
  all: { value: null, about: 'Show every measure, also those that are the same and have no budget.' },
  markdown: { value: null, about: 'Print Markdown in place of the table, for the summary of a job.' },
  out: { value: 'folder', about: 'Where to write compare.html and compare.md. Default: the folder of the new runs.' },
  force: { value: null, about: 'Compare runs of another scenario, size or driver, too.' },
  help: { value: null, about: 'Tell what the command does and which flags it has.' },
} as const satisfies Record<string, Flag>

export const COMPARE_USAGE = `npm run compare <old> <new>            compare runs: folders, names under runs/, or numbers, 1 for the newest there

A folder with several runs in it, as --repeat leaves it, is compared as a group.
Exit codes of it: 0 nothing is worse, 1 something is, 2 they cannot be compared, 3 a run is invalid.`

export function readRepetition(values: Values): Repetition {
  const repetition = {
    repeat: readWhole(values, 'repeat', 1, REPEAT_MAX) ?? 1,
    baseline: readText(values, 'baseline'),
    floors: readTexts(values, 'floor'),
    isForced: values.force === true,
    isSeedDrawn: values.seed === undefined,
  }
  if (repetition.baseline !== null) return repetition
  const useless = repetition.floors.length > 0 ? 'floor' : repetition.isForced ? 'force' : null
  if (useless === null) return repetition
  throw new UsageError(
    `--${useless} says how to compare, but there is nothing to compare with: give --baseline <folder>`,
  )
}

/** Throws {@link UsageError}. */
export function parseCompare(
  argv: readonly string[],
): CompareCommand | { readonly command: 'help'; readonly text: string } {
  const { values, positionals } = parseFlags(argv, COMPARE_FLAGS)
  if (values.help === true) return { command: 'help', text: helpOf(COMPARE_USAGE, COMPARE_FLAGS) }
  const [old, fresh, ...more] = positionals
  if (!old || !fresh || more.length > 0) {
    const found = positionals.length === 0 ? 'nothing' : positionals.map(word => `"${word}"`).join(', ')
    throw new UsageError(
      `compare expects two runs, the old one first, such as: npm run compare runs/before runs/latest; found ${found}`,
    )
  }
  return {
    command: 'compare',
    old,
    new: fresh,
    floors: readTexts(values, 'floor'),
    isForced: values.force === true,
    asMarkdown: values.markdown === true,
    showAll: values.all === true,
    out: readText(values, 'out'),
  }
}
