/**
 * The scenarios of a folder: one file each, `<name>.ts`, with a default export; `.mts`, `.js` and `.mjs` will do, too. Those in a folder
 * within it are called `<folder>/<name>`; a scenario anywhere else is named by the path of its file.
 */

import { readdir, stat } from 'node:fs/promises'
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
  /** Absolute; the one that the name counts from. */
  readonly folder: string
  readonly scenario: Scenario
}

/** Not names of scenarios: commands of their own, in the place of one. */
export const RESERVED_NAMES: readonly string[] = ['explore']
/** Endings of modules that Node can import. */
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'] as const
/** The name of a scenario's file: not that of a type declaration or a test, which have one more dot. */
const FILE_PATTERN = /^([^.]+)(\.m?[tj]s)$/
/** What explore found and somebody kept. */
const REGRESSIONS = 'regressions'
/** A name within folders, such as `regressions/lost-kill-instance-7-3`. */
const NAME_PATTERN = /^[\w-]+(\/[\w-]+)*$/

/**
 * Every scenario of the folder by name, those in folders within it apart. A file that cannot be loaded is listed too, with the reason in place of its line, so that
 * one mistake does not hide the others.
 *
 * @throws ScenarioError where the folder cannot be read
 */
export async function listScenarios(folder: string): Promise<ListedScenario[]> {
  const names = await scenarioNames(folder)
  return await Promise.all(names.map(name => listScenario(name, folder)))
}

/** The same for the regressions among them; none where there is no folder for them. */
export async function listRegressions(folder: string): Promise<ListedScenario[]> {
  const names = await regressionNames(folder)
  return await Promise.all(names.map(name => listScenario(name, folder)))
}

/** Of the scenarios of a folder and of the regressions among them, whether they can be loaded or not. Throws as {@link listScenarios} does. */
export async function allScenarioNames(folder: string): Promise<string[]> {
  return [...(await scenarioNames(folder)), ...(await regressionNames(folder))]
}

async function regressionNames(folder: string): Promise<string[]> {
  const within = path.join(folder, REGRESSIONS)
  const found = await stat(within).catch(() => null)
  return found?.isDirectory() ? (await scenarioNames(within)).map(name => `${REGRESSIONS}/${name}`) : []
}

async function listScenario(name: string, folder: string): Promise<ListedScenario> {
  const absolute = await fileOf(name, folder)
  const file = shownFile(absolute, folder)
  if (RESERVED_NAMES.includes(name)) {
    return { name, about: '(cannot be run by this name, which is a command; rename the file)', file }
  }
  try {
    const value = await importDefault(absolute, file)
    const about = isObject(value) && typeof value.about === 'string' ? value.about : '(has no line about it)'
    return { name, about, file }
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    return { name, about: `(${error.message})`, file }
  }
}

/**
 * Loads and validates one scenario: by its name, or by the path of its file, which ends in `.ts`, `.mts`, `.js` or `.mjs` and counts from the
 * working folder.
 *
 * @throws ScenarioError where there is none of this name, with the list of names and the nearest spelling, or no such file; where the file
 * cannot be loaded; where it breaks a rule
 */
export async function loadScenario(nameOrPath: string, folder: string): Promise<LoadedScenario> {
  const isPath = isFilePath(nameOrPath)
  const absolute = isPath ? path.resolve(nameOrPath) : await fileOf(nameOrPath, folder)
  const file = isPath ? nameOrPath : shownFile(absolute, folder)
  const isName = NAME_PATTERN.test(nameOrPath) && !RESERVED_NAMES.includes(nameOrPath)
  const isThere = (isPath || isName) && (await isFile(absolute))
  if (!isThere) throw await notThere(nameOrPath, folder)
  const value = await importDefault(absolute, file)
  const name = isPath ? path.parse(nameOrPath).name : nameOrPath
  const within = isPath ? path.dirname(absolute) : path.resolve(folder)
  return { name, file, folder: within, scenario: validateScenario(value, file) }
}

/** Else it is the name of a scenario that ships. */
export function isFilePath(nameOrPath: string): boolean {
  return EXTENSIONS.some(extension => nameOrPath.endsWith(extension))
}

/** Absolute, of the first that is there. */
async function fileOf(name: string, folder: string): Promise<string> {
  const candidates = EXTENSIONS.map(extension => path.resolve(folder, `${name}${extension}`))
  for (const candidate of candidates) if (await isFile(candidate)) return candidate
  return candidates[0]!
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() ?? false
}

async function notThere(name: string, folder: string): Promise<ScenarioError> {
  const names = await allScenarioNames(folder)
  const isPath = isFilePath(name)
  const plain = name.replace(/\.m?[tj]s$/, '')
  const near = suggestion(plain, [...names, ...RESERVED_NAMES])
  const list = names.length === 0 ? `${shown(folder)} has none` : `there are: ${names.join(', ')}`
  if (isPath) {
    return new ScenarioError(
      `expected a scenario's file at "${name}", counted from ${process.cwd()}, found none.${near}\nA scenario of ${shown(folder)} is named without .ts; ${list}`,
    )
  }
  const hint = name.includes('/') ? "\nThe path of a scenario's file ends in .ts." : ''
  return new ScenarioError(`no scenario is called "${name}".${near}${hint}\n${list}`)
}

async function scenarioNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .flatMap(entry => (entry.isFile() ? [FILE_PATTERN.exec(entry.name)?.[1]] : []))
      .filter(name => name !== undefined)
      .sort()
  } catch (error) {
    throw new ScenarioError(`the folder of scenarios ${shown(folder)} cannot be read: ${(error as Error).message}`)
  }
}

/** `file`: what messages call it. */
async function importDefault(absolute: string, file: string): Promise<unknown> {
  let module: Record<string, unknown>
  try {
    module = await import(/* @vite-ignore */ pathToFileURL(absolute).href)
  } catch (error) {
    throw new ScenarioError(`${file}${lineOf(error)}: cannot be loaded: ${firstLine(error)}${adviceOf(error)}`)
  }
  if (module.default === undefined) {
    throw new ScenarioError(`${file}: found no default export; needed is: export default defineScenario({ … })`)
  }
  return module.default
}

/** Node puts the place of a syntax error, `file:line`, on the first line of the stack. */
function lineOf(error: unknown): string {
  if (!(error instanceof SyntaxError)) return ''
  const place = /^.*\.m?[tj]s:([0-9]+)$/.exec(error.stack?.split('\n')[0] ?? '')
  return place === null ? '' : `:${place[1]}`
}

/** A project whose `package.json` does not say that its modules are ES modules is the mistake that everybody makes once. */
function adviceOf(error: unknown): string {
  return error instanceof SyntaxError &&
    /import statement outside a module|Unexpected token 'export'/.test(error.message)
    ? '\nName the file .mts, or say "type": "module" in package.json.'
    : ''
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]!
}

function shownFile(absolute: string, folder: string): string {
  return path.join(shown(folder), path.relative(folder, absolute))
}

function shown(folder: string): string {
  return path.relative(process.cwd(), folder) || '.'
}
