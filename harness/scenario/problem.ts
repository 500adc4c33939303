/** What is wrong with a scenario, and the error that tells all of it at once. */

export interface Problem {
  /** Where it is, such as `load.clients` or `faults[0].target`; empty for the scenario as a whole. */
  readonly path: string
  readonly found: string
  readonly allowed: string
  /** Other fields that take part in a rule about several, so that a flag that set one of them is named too. */
  readonly dependsOn?: readonly string[]
}

/** Paths of the fields that came from the command line, each with the flag that set it. */
export type Origins = Readonly<Record<string, string>>

/** The scenario cannot be run: exit 2 with this message, no stack trace. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
}

/** One error for all problems, one line each: file, field, what was found, what is allowed, and the flags that had a hand in it. */
export function scenarioError(file: string, problems: readonly Problem[], origins: Origins): ScenarioError {
  const lines = problems.map(problem => {
    const where = problem.path === '' ? file : `${file}: ${problem.path}`
    const flags = [problem.path, ...(problem.dependsOn ?? [])].flatMap(path => flagOf(path, origins))
    const setBy = flags.length === 0 ? '' : ` (set by ${[...new Set(flags)].join(', ')})`
    return `${where}${setBy}: found ${problem.found}; allowed is ${problem.allowed}`
  })
  return new ScenarioError(lines.join('\n'))
}

function flagOf(path: string, origins: Origins): string[] {
  return Object.hasOwn(origins, path) ? [origins[path]!] : []
}

/** Longest piece of a found value in a message, so that a whole pasted object does not drown the sentence. */
const FOUND_CHARACTERS_MAX = 60

/** A found value in words. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) {
    const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
    return text.length <= FOUND_CHARACTERS_MAX ? text : `${text.slice(0, FOUND_CHARACTERS_MAX)}…`
  }
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object'
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
