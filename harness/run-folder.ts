/** A run's folder: everything that a run leaves is in it. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { formatOwner, thisProcess } from './cluster/owner.ts'
import type { RunFile } from './ledger/ledger-records.ts'
import type { Plan } from './plan/plan.ts'
import type { RunFacts } from './reports/result.ts'
import { isObject, scenarioError } from './scenario/problem.ts'
import type { Scenario } from './scenario/scenario.ts'
import { checkBudgets } from './scenario/validate-budgets.ts'
import { checkHttpBudgets } from './scenario/validate-http.ts'

/** A folder is not as a command needs it: exit 2 with this message. */
export class RunFolderError extends Error {
  override readonly name = 'RunFolderError'
}

export interface RunFolder {
  /** Absolute. */
  readonly path: string
}

/** Which process makes the run, so that nobody removes the folder meanwhile. */
export const OWNER_FILE = 'owner'

/** Makes the folder of a run, and points `runs/latest` to it where nobody asked for another. Throws as {@link makeFolder} does. */
export function createRunFolder(
  runsFolder: string,
  scenario: string,
  asked: string | null,
  startedAt: Date,
): RunFolder {
  const path = makeFolder({ within: runsFolder, name: scenario, asked, startedAt, parts: ['ledger', 'logs'] })
  writeFileSync(join(path, OWNER_FILE), `${formatOwner(thisProcess())}\n`)
  if (asked === null) pointLatestTo(runsFolder, path)
  return { path }
}

export interface NewFolder {
  /** For a folder that nobody asked for: `<within>/<UTC time>-<name>/`. */
  readonly within: string
  readonly name: string
  readonly startedAt: Date
  /** By `--out`, as written; null: nobody did. */
  readonly asked: string | null
  /** Folders in it. */
  readonly parts: readonly string[]
}

/**
 * Makes a folder for what a command leaves, and answers its absolute path. Throws {@link RunFolderError} where the one asked for is not empty, and where
 * a folder cannot be made or written to.
 */
export function makeFolder({ within, name, startedAt, asked, parts }: NewFolder): string {
  try {
    const path = asked === null ? freePath(join(within, `${timeName(startedAt)}-${name}`)) : resolve(asked)
    if (existsSync(path) && readdirSync(path).length > 0) throw notUsable(within, asked, 'one with files in it')
    for (const part of parts) mkdirSync(join(path, part), { recursive: true })
    return path
  } catch (error) {
    if (error instanceof RunFolderError) throw error
    throw notUsable(within, asked, whyNotMade(error as NodeJS.ErrnoException))
  }
}

function notUsable(within: string, asked: string | null, found: string): RunFolderError {
  if (asked === null) {
    const expected = 'expected to make a folder for the run in it'
    return new RunFolderError(`${within}: ${expected}, found ${found}. Name another place with --out <folder>.`)
  }
  return new RunFolderError(`--out ${asked}: expected a new or empty folder, found ${found}. Name another one.`)
}

/** Of an error of the file system, as the end of the sentence "found …". */
export function whyNotMade({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file in the way'
    case 'EACCES':
    case 'EPERM':
      return 'no permission to write there'
    case 'EROFS':
      return 'a file system that is read-only'
    case 'ENOSPC':
      return 'no space left'
    default:
      return message
  }
}

/** What is known before the run starts. */
export function savePlan(folder: RunFolder, plan: Plan, scenario: Scenario): void {
  writeFileSync(join(folder.path, 'plan.json'), JSON.stringify(plan))
  writeFileSync(join(folder.path, 'scenario.json'), `${JSON.stringify(scenario, null, 2)}\n`)
}

export function saveRunFile(folder: RunFolder, run: RunFile): void {
  writeFileSync(join(folder.path, 'ledger', 'run.json'), `${JSON.stringify(run)}\n`)
}

/** What the result says of the run besides its judgement. */
export function saveFacts(folder: RunFolder, facts: RunFacts): void {
  writeFileSync(join(folder.path, 'facts.json'), `${JSON.stringify(facts, null, 2)}\n`)
}

/** An existing run's folder. Throws {@link RunFolderError} where it is none, or the run did not come to its end. */
export function openRunFolder(path: string): RunFolder {
  const folder = { path: resolve(path) }
  const missing = ['plan.json', 'scenario.json', 'facts.json', 'ledger/run.json'].find(
    part => !existsSync(join(folder.path, part)),
  )
  if (missing === undefined) return folder
  throw new RunFolderError(`${path}: expected the folder of a run that came to its end, found no ${missing} in it`)
}

/** What a file of a run has to have for the judging to begin; what is within is taken on trust. */
const PLAN_PARTS: Parts = {
  lists: ['instances', 'rooms', 'clients', 'faults'],
  objects: ['messages', 'rollCall'],
}
const SCENARIO_PARTS: Parts = { lists: [], objects: ['topology', 'load', 'budgets'] }
const FACTS_PARTS: Parts = { lists: [], objects: ['durationsSeconds', 'environment'] }

interface Parts {
  readonly lists: readonly string[]
  readonly objects: readonly string[]
}

/**
 * Throws {@link RunFolderError} where a file is damaged, and `ScenarioError` where `scenario.json` has budgets that cannot be: somebody may
 * have changed them by hand, to judge the run by others.
 */
export function readPlan(folder: RunFolder): { plan: Plan; scenario: Scenario } {
  const plan = readJson(folder, 'plan.json', PLAN_PARTS) as unknown as Plan
  if (plan.schema !== 1) throw damaged(folder, 'plan.json', `a plan of schema 1, found schema ${plan.schema}`)
  const scenario = readJson(folder, 'scenario.json', SCENARIO_PARTS) as unknown as Scenario
  const problems = [
    ...checkBudgets(scenario.budgets, plan.faults.length > 0),
    ...checkHttpBudgets(scenario.budgets, scenario.http),
  ]
  if (problems.length > 0) throw scenarioError(join(folder.path, 'scenario.json'), problems, {})
  return { plan, scenario }
}

/** Throws {@link RunFolderError} where the file is damaged. */
export function readFacts(folder: RunFolder): RunFacts {
  return readJson(folder, 'facts.json', FACTS_PARTS) as unknown as RunFacts
}

function readJson(folder: RunFolder, part: string, { lists, objects }: Parts): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(join(folder.path, part), 'utf8'))
  } catch (error) {
    throw damaged(folder, part, `JSON as the run wrote it, but: ${(error as Error).message}`)
  }
  if (!isObject(value)) throw damaged(folder, part, 'an object')
  const missing =
    lists.find(name => !Array.isArray(value[name])) ?? objects.find(name => !isObject(value[name])) ?? null
  if (missing !== null) throw damaged(folder, part, `"${missing}" in it as the run wrote it`)
  return value
}

function damaged(folder: RunFolder, part: string, expected: string): RunFolderError {
  return new RunFolderError(
    `${join(folder.path, part)} is damaged: expected ${expected}. The run cannot be judged again; run it once more.`,
  )
}

/** 2026-11-24T08-05-51Z: sorts by time, and no file system minds it. */
function timeName(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(':', '-')}Z`
}

/** Runs that start in the same second get a number. */
function freePath(path: string): string {
  // Not within the loop: a file in its way is EEXIST too, and no number would help.
  mkdirSync(dirname(path), { recursive: true })
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : `${path}-${number}`
    try {
      mkdirSync(candidate)
      return candidate
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** Makes `latest` of the folder of runs a link to that run. Not in the way of it where the file system has no links, or another run is quicker. */
export function pointLatestTo(runsFolder: string, path: string): void {
  const link = join(runsFolder, 'latest')
  try {
    rmSync(link, { force: true })
    symlinkSync(relative(runsFolder, path), link)
  } catch {
    // The run's path is printed anyway.
  }
}
