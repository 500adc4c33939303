/** A run's folder: everything that a run leaves is in it. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { RunFile } from './ledger/ledger-records.ts'
import type { Plan } from './plan/plan.ts'
import type { RunFacts } from './reports/result.ts'
import type { Scenario } from './scenario/scenario.ts'

/** A folder is not as a command needs it: exit 2 with this message. */
export class RunFolderError extends Error {
  override readonly name = 'RunFolderError'
}

export interface RunFolder {
  /** Absolute. */
  readonly path: string
}

/**
 * Makes `runs/<UTC time>-<scenario>/`, or the folder asked for, and points `runs/latest` to it. Throws {@link RunFolderError} where the
 * folder asked for is not empty.
 */
export function createRunFolder(
  runsFolder: string,
  scenario: string,
  asked: string | null,
  startedAt: Date,
): RunFolder {
  const path = asked === null ? freePath(join(runsFolder, `${timeName(startedAt)}-${scenario}`)) : resolve(asked)
  if (existsSync(path) && readdirSync(path).length > 0) {
    throw new RunFolderError(
      `--out ${asked}: expected a new or empty folder, found one with files in it. Name another one.`,
    )
  }
  for (const part of ['ledger', 'logs']) mkdirSync(join(path, part), { recursive: true })
  if (asked === null) pointLatestTo(path)
  return { path }
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

export function readPlan(folder: RunFolder): { plan: Plan; scenario: Scenario } {
  return { plan: readJson(folder, 'plan.json') as Plan, scenario: readJson(folder, 'scenario.json') as Scenario }
}

export function readFacts(folder: RunFolder): RunFacts {
  return readJson(folder, 'facts.json') as RunFacts
}

function readJson(folder: RunFolder, part: string): unknown {
  return JSON.parse(readFileSync(join(folder.path, part), 'utf8'))
}

/** 2026-11-24T08-05-51Z: sorts by time, and no file system minds it. */
function timeName(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(':', '-')}Z`
}

/** Runs that start in the same second get a number. */
function freePath(path: string): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : `${path}-${number}`
    try {
      mkdirSync(dirname(candidate), { recursive: true })
      mkdirSync(candidate)
      return candidate
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** Not in the way of a run where the file system has no links, or another run is quicker. */
function pointLatestTo(path: string): void {
  const link = join(dirname(path), 'latest')
  try {
    rmSync(link, { force: true })
    symlinkSync(basename(path), link)
  } catch {
    // The run's path is printed anyway.
  }
}
