/** The command line of `npm run k6 -- <scenario>`. */

import { type Flag, helpOf, parseFlags, UsageError } from '../command-flags.ts'

/** Writes the scenario as a script of k6. */
export interface K6Command {
  readonly command: 'k6'
  /** Of a scenario, or the path of its file. */
  readonly name: string
}

export const K6_USAGE =
  'npm run k6 -- <scenario>               write scenarios/k6/<scenario>.ts, its load as a script of k6'

const K6_FLAGS = {
  help: { value: null, about: 'Tell what the command does and which flags it has.' },
} as const satisfies Record<string, Flag>

/** @throws UsageError with what was expected and what was found */
export function parseK6(argv: readonly string[]): K6Command | { readonly command: 'help'; readonly text: string } {
  const { values, positionals } = parseFlags(argv, K6_FLAGS)
  if (values.help === true) return { command: 'help', text: helpOf(K6_USAGE, K6_FLAGS) }
  const [name, ...more] = positionals
  if (name !== undefined && name !== '' && more.length === 0) return { command: 'k6', name }
  const found = positionals.length === 0 ? 'nothing' : positionals.map(word => `"${word}"`).join(', ')
  throw new UsageError(`k6 expects one scenario, such as steady; found ${found}`)
}
