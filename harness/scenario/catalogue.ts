/** The scenarios of a folder: one file each, `<name>.ts`, with a default export. */

import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { suggestion } from './nearest.ts'
import { isObject, ScenarioError } from './problem.ts'
import type { Scenario } from './scenario.ts'
import { validateScenario } from './validate.ts'

export interface ListedScenario {
  readonly name: string
  readonly about: string
  /** What messages call the file. */
  readonly file: string
}

export interface LoadedScenario {
  readonly name: string
  readonly file: string
  readonly scenario: Scenario
}

/**
 * Every scenario of the folder by name. A file that cannot be loaded is listed too, with the reason in place of its line, so that
 * one mistake does not hide the others.
 *
 * @throws ScenarioError where the folder cannot be read
 */
export async function listScenarios(folder: string): Promise<ListedScenario[]> {
  const names = await scenarioNames(folder)
  return await Promise.all(names.map(name => listScenario(name, folder)))
}

async function listScenario(name: string, folder: string): Promise<ListedScenario> {
  const file = shownFile(name, folder)
  try {
    const value = await importDefault(name, folder)
    const about = isObject(value) && typeof value.about === 'string' ? value.about : '(has no line about it)'
    return { name, about, file }
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    return { name, about: `(${error.message})`, file }
  }
}

/**
 * Loads and validates one scenario.
 *
 * @throws ScenarioError where there is none of this name, with the list of names and the nearest spelling; where its file cannot be
 * loaded; where it breaks a rule
 */
export async function loadScenario(name: string, folder: string): Promise<LoadedScenario> {
  const names = await scenarioNames(folder)
  if (!names.includes(name)) {
    const near = suggestion(name.replace(/\.ts$/, ''), names)
    const list = names.length === 0 ? `${shown(folder)} has none` : `there are: ${names.join(', ')}`
    throw new ScenarioError(`no scenario is called "${name}".${near}\n${list}`)
  }
  const file = shownFile(name, folder)
  const value = await importDefault(name, folder)
  return { name, file, scenario: validateScenario(value, file) }
}

async function scenarioNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter(entry => entry.isFile() && /^[^.]+\.ts$/.test(entry.name))
      .map(entry => entry.name.slice(0, -'.ts'.length))
      .sort()
  } catch (error) {
    throw new ScenarioError(`the folder of scenarios ${shown(folder)} cannot be read: ${(error as Error).message}`)
  }
}

async function importDefault(name: string, folder: string): Promise<unknown> {
  const file = shownFile(name, folder)
  let module: Record<string, unknown>
  try {
    module = await import(/* @vite-ignore */ pathToFileURL(path.resolve(folder, `${name}.ts`)).href)
  } catch (error) {
    throw new ScenarioError(`${file}${lineOf(error)}: cannot be loaded: ${firstLine(error)}`)
  }
  if (module.default === undefined) {
    throw new ScenarioError(`${file}: found no default export; needed is: export default defineScenario({ … })`)
  }
  return module.default
}

/** Node puts the place of a syntax error, `file:line`, on the first line of the stack. */
function lineOf(error: unknown): string {
  if (!(error instanceof SyntaxError)) return ''
  const place = /^.*\.ts:([0-9]+)$/.exec(error.stack?.split('\n')[0] ?? '')
  return place === null ? '' : `:${place[1]}`
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]!
}

function shownFile(name: string, folder: string): string {
  return path.join(shown(folder), `${name}.ts`)
}

function shown(folder: string): string {
  return path.relative(process.cwd(), folder) || '.'
}
