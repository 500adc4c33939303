/**
 * Budgets apart from the scenarios: a file with those of one or more scenarios by name, in the form that they have in a scenario,
 *
 *     { "smoke": { "crossInstanceP99Ms": { "steady": 50 }, "unknown": 0 } }
 *
 * so that one machine, or one gate, can be stricter or more patient than the next without another copy of the scenario.
 */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { allScenarioNames, type LoadedScenario } from './catalogue.ts'
import { suggestion } from './nearest.ts'
import { describeFound, isObject, type Problem, ScenarioError, scenarioError } from './problem.ts'
import type { Budgets } from './scenario.ts'
import { checkBudgets } from './validate-budgets.ts'

/** Beside a scenario it is used without being asked for. */
export const BUDGETS_FILE = 'budgets.json'

/** What a file says of one scenario. */
export interface FileBudgets {
  /** What messages, and the result, call the file. */
  readonly file: string
  readonly budgets: Budgets
}

const FORM = '{ "<scenario>": { "<measure>": limit, … }, … }'

/**
 * What is said of a scenario in the file that was asked for, or else in `budgets.json` in the scenario's folder; null where nothing is.
 * `catalogue`: the folder of the scenarios that are known by name.
 *
 * @throws ScenarioError where the file that was asked for cannot be read, and where a file names a scenario or a measure that does not
 * exist, or a limit that is none, be it of another scenario: whoever mistypes a name must not go without a gate
 */
export async function loadBudgets(
  scenario: LoadedScenario,
  asked: string | null,
  catalogue: string,
): Promise<FileBudgets | null> {
  const absolute = asked === null ? path.join(scenario.folder, BUDGETS_FILE) : path.resolve(asked)
  const file = asked ?? shown(absolute)
  const text = await readText(absolute, file, asked !== null)
  if (text === null) return null
  const all = parse(text, file)
  const names = new Set([scenario.name, ...(await namesIn(scenario.folder)), ...(await namesIn(catalogue))])
  const problems = Object.entries(all).flatMap(([name, budgets]) => checkEntry(name, budgets, [...names]))
  if (problems.length > 0) throw scenarioError(file, problems, {})
  const budgets = Object.hasOwn(all, scenario.name) ? (all[scenario.name] as Budgets) : null
  return budgets === null ? null : { file, budgets }
}

/** Null: there is no such file, and nobody asked for it. */
async function readText(absolute: string, file: string, isAsked: boolean): Promise<string | null> {
  try {
    return await readFile(absolute, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && !isAsked) return null
    const found = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : message
    const flag = isAsked ? '--budgets ' : ''
    throw new ScenarioError(`${flag}${file}: expected a file with budgets, ${FORM}, found ${found}`)
  }
}

function parse(text: string, file: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ScenarioError(`${file}: found text that is not JSON (${(error as Error).message}); allowed is ${FORM}`)
  }
  if (isObject(value)) return value
  throw new ScenarioError(`${file}: found ${describeFound(value)}; allowed is ${FORM}`)
}

/** None where the folder cannot be read: a scenario may lie anywhere. */
async function namesIn(folder: string): Promise<string[]> {
  return await allScenarioNames(folder).catch(() => [])
}

function checkEntry(name: string, budgets: unknown, names: readonly string[]): Problem[] {
  if (!names.includes(name)) {
    const near = suggestion(name, names)
    const allowed =
      near === '' ? `the name of a scenario, one of ${names.join(', ')}` : `the name of a scenario.${near}`
    return [{ path: name, found: 'a scenario that does not exist', allowed }]
  }
  if (!isObject(budgets)) {
    return [{ path: name, found: describeFound(budgets), allowed: 'an object with limits by measure, { "lost": 0 }' }]
  }
  // Whether there are faults, phases and HTTP in it is checked with the scenario that is run.
  return checkBudgets(budgets, true).map(problem => ({
    ...problem,
    path: `${name}.${problem.path.slice('budgets.'.length)}`,
  }))
}

function shown(absolute: string): string {
  const relative = path.relative(process.cwd(), absolute)
  return relative.startsWith('..') ? absolute : relative
}
