/** Reads flags of a command line by a table of them, for every command alike. */

import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { DriverName, OwnDriverName } from './cluster/cluster.ts'
import { describeRule, keepsRule, type Rule } from './scenario/fields.ts'
import { suggestion } from './scenario/nearest.ts'
import { type BudgetOverride, OVERRIDDEN_FIELDS, type Overrides } from './scenario/overrides.ts'

/** The command line cannot be understood: exit 2 with this message, no stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface HelpCommand {
  readonly command: 'help'
  /** What to print, without a line feed at the end. */
  readonly text: string
}

export interface Flag {
  /** What stands for its value in the help; null: it has none. */
  readonly value: string | null
  readonly about: string
  readonly isRepeatable?: boolean
}

export const SEED_MAX = 2 ** 31 - 1
/** Beyond one worker for each core they only take turns; no machine of today has more. */
export const WORKERS_MAX = 256
export const OWN_DRIVERS = ['docker', 'process'] as const satisfies readonly OwnDriverName[]
export const DRIVERS = [...OWN_DRIVERS, 'compose'] as const satisfies readonly DriverName[]

// Flags of several commands.
export const HELP_FLAG: Flag = { value: null, about: 'Tell what the command does and which flags it has.' }
/** For what draws topologies and faults that a stack of somebody else does not bear. */
export const OWN_DRIVER_FLAG: Flag = {
  value: 'docker|process',
  about: 'How instances run. Default: docker where an engine answers, else process.',
}
export const DRIVER_FLAG: Flag = {
  value: 'docker|process|compose',
  about:
    'How instances run; compose: those of a stack that docker-compose has brought up. Default: docker where an engine answers, else process.',
}
export const COMPOSE_PROJECT_FLAG: Flag = {
  value: 'name',
  about: "The stack of --driver compose. Default: COMPOSE_PROJECT_NAME, else the folder's name.",
}
export const SERVICE_FLAG: Flag = {
  value: 'folder',
  about: 'Source of the service under test. Default: service/ of this repository.',
}

/** Values as parseArgs gives them. */
export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

export function optionsFor(flags: Readonly<Record<string, Flag>>): ParseArgsOptionsConfig {
  const options: ParseArgsOptionsConfig = {}
  for (const [name, flag] of Object.entries(flags)) {
    options[name] = { type: flag.value === null ? 'boolean' : 'string', multiple: flag.isRepeatable === true }
  }
  return options
}

export function parseFlags(argv: readonly string[], flags: Readonly<Record<string, Flag>>) {
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

export function readOverrides(values: Values): Overrides {
  const fields: Record<string, number | string> = {}
  for (const [field, { flag, rule }] of Object.entries(OVERRIDDEN_FIELDS)) {
    const name = flag.slice('--'.length)
    const value = rule.is === 'choice' ? readChoice(values, name, rule.of) : readNumber(values, name, rule)
    if (value !== null) fields[field] = value
  }
  const budgets = values.budget as readonly string[] | undefined
  return budgets === undefined ? fields : { ...fields, budgets: budgets.map(readBudget) }
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

export function readNumber(values: Values, flag: string, rule: Rule): number | null {
  const text = readText(values, flag)
  if (text === null) return null
  const value = toNumber(text)
  if (value === null || !keepsRule(rule, value)) {
    throw new UsageError(`--${flag}: found "${text}"; allowed is ${describeRule(rule)}`)
  }
  return value
}

export function readWhole(values: Values, flag: string, min: number, max: number): number | null {
  return readNumber(values, flag, { is: 'number', min, max, isWhole: true })
}

/** Plain decimal notation only: `Number` would take "", " 7", "0x10" and "1e3" too. */
function toNumber(text: string): number | null {
  return /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : null
}

export function readText(values: Values, flag: string): string | null {
  const text = values[flag]
  if (text === undefined) return null
  if (text === '') throw new UsageError(`--${flag}: found an empty value`)
  return text as string
}

/** Of a flag that can be given several times. */
export function readTexts(values: Values, flag: string): readonly string[] {
  return (values[flag] as readonly string[] | undefined) ?? []
}

export function readChoice<Choice extends string>(
  values: Values,
  flag: string,
  choices: readonly Choice[],
): Choice | null {
  const text = readText(values, flag)
  if (text === null) return null
  const choice = choices.find(candidate => candidate === text)
  if (choice !== undefined) return choice
  throw new UsageError(`--${flag}: found "${text}"; allowed is ${choices.join(' or ')}.${suggestion(text, choices)}`)
}

export function readRedisUrl(values: Values): string | null {
  const text = readText(values, 'redis-url')
  if (text === null) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '') return text
  // The address may hold a password, so only its beginning is repeated.
  const found = url === null ? 'no URL' : `a URL that begins with ${url.protocol}`
  throw new UsageError(`--redis-url: found ${found}; allowed is redis://host:port or rediss://host:port`)
}

/**
 * Of `--driver compose`. Throws {@link UsageError} where the flag stands with another driver, or beside one that would change what a stack has: those in
 * `own` are for clusters of the harness's own.
 */
export function readComposeProject(values: Values, driver: DriverName | null, own: readonly string[]): string | null {
  const project = readText(values, 'compose-project')
  if (project !== null && driver !== 'compose') {
    throw new UsageError(`--compose-project: found "${project}" without --driver compose, which it is for`)
  }
  const given = own.find(flag => driver === 'compose' && values[flag] !== undefined)
  if (given !== undefined) {
    throw new UsageError(
      `--${given} is not for --driver compose: the stack is taken as it was brought up. Leave it out.`,
    )
  }
  return project
}

export const EXIT_CODES =
  'Exit codes: 0 pass, 1 fail, 2 bad usage, scenario or environment, 3 invalid, 130 interrupted.'

/** What a command does, its flags, and its exit codes. */
export function helpOf(usage: string, flags: Readonly<Record<string, Flag>>): string {
  const names = Object.entries(flags).map(([name, { value }]) => `--${name}${value === null ? '' : ` <${value}>`}`)
  const width = Math.max(...names.map(name => name.length))
  const lines = Object.values(flags).map((flag, index) => `  ${names[index]!.padEnd(width)}  ${flag.about}`)
  return [usage, '', ...lines, '', EXIT_CODES].join('\n')
}
