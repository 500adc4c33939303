/**
 * One side of a comparison: a run's folder, or a folder with several runs of one scenario in it, as `--repeat` leaves it. Needed of a run is its `result.json`; a
 * folder that was kept as a baseline may have nothing else.
 */

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { CURVES_FILE, CURVES_SCHEMA, type Curves } from '../curves/curves.ts'
import { RESULT_FILE, RESULT_SCHEMA, type RunResult } from '../reports/result.ts'
import { RunFolderError } from '../run-folder.ts'
import { listRuns } from '../run-list/list-runs.ts'
import { suggestion } from '../scenario/nearest.ts'
import { isObject } from '../scenario/problem.ts'
import type { Scenario } from '../scenario/scenario.ts'

export interface ComparedRun {
  /** Absolute. */
  readonly path: string
  readonly result: RunResult
  /** Null: not kept beside the result. */
  readonly scenario: Scenario | null
  /** Null: there are none, or of another schema; then there is nothing to draw. */
  readonly curves: Curves | null
}

export interface Side {
  /** As people should see it. */
  readonly name: string
  /** Absolute. */
  readonly path: string
  readonly isGroup: boolean
  /** At least one, in the order of their names. */
  readonly runs: readonly ComparedRun[]
}

/** What the comparing reads; a result that has not these was not written by a run. */
const RESULT_PARTS = ['counts', 'latencyMs', 'generator', 'size', 'environment']
const RESULT_LISTS = ['budgets', 'faults', 'invalidBecause']
const NUMBER_PATTERN = /^[1-9][0-9]{0,5}$/

/**
 * `written`: a folder; else a name under `runs`, a number, 1 for the newest run there, or a scenario, for its newest. Throws {@link RunFolderError} where there is none, or nothing to
 * compare in it.
 */
export function openSide(written: string, runs: string): Side {
  const path = findFolder(written, runs)
  if (existsSync(join(path, RESULT_FILE))) {
    return { name: shown(path), path, isGroup: false, runs: [readRun(path)] }
  }
  const within = foldersIn(path).filter(folder => existsSync(join(folder, RESULT_FILE)))
  if (within.length > 0) return { name: shown(path), path, isGroup: true, runs: within.map(readRun) }
  throw new RunFolderError(
    `${written}: expected ${RESULT_FILE} of a run in ${shown(path)}, or folders of runs, found neither. ` +
      `A saved run is judged again by: npm run check ${shown(path)}`,
  )
}

function findFolder(written: string, runs: string): string {
  const asPath = resolve(written)
  if (isFolder(asPath)) return realpathSync(asPath)
  const asName = join(runs, written)
  if (!written.includes('..') && isFolder(asName)) return realpathSync(asName)
  const listed = isFolder(runs) ? listRuns(runs) : []
  if (NUMBER_PATTERN.test(written)) {
    const run = listed[Number(written) - 1]
    if (run !== undefined) return run.folder
    throw new RunFolderError(`${written}: expected a number up to ${listed.length}, as many as ${shown(runs)} has`)
  }
  const ofScenario = listed.find(({ scenario }) => scenario === written)
  if (ofScenario !== undefined) return ofScenario.folder
  const names = listed.flatMap(({ name, scenario }) => [name, scenario])
  const near = suggestion(written, [...new Set(names)])
  const allowed = `the folder of a run, its name in ${shown(runs)}, a number, 1 for the newest there, or a scenario, for its newest`
  throw new RunFolderError(`${written}: no such folder.${near} Allowed is ${allowed}.`)
}

/** By name, 2 before 10; links such as `latest` apart. */
function foldersIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort(new Intl.Collator('en', { numeric: true }).compare)
    .map(name => join(path, name))
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function readRun(path: string): ComparedRun {
  const result = readJson(join(path, RESULT_FILE))
  const missing =
    RESULT_PARTS.find(part => !isObject(result[part])) ?? RESULT_LISTS.find(part => !Array.isArray(result[part]))
  if (result.schema !== RESULT_SCHEMA) throw damaged(path, `"schema": ${RESULT_SCHEMA}, found ${result.schema}`)
  if (missing !== undefined) throw damaged(path, `"${missing}" in it as a run writes it`)
  const [scenario, curves] = [readJsonIfThere(path, 'scenario.json'), readJsonIfThere(path, CURVES_FILE)]
  return {
    path,
    result: result as unknown as RunResult,
    scenario: scenario as unknown as Scenario | null,
    curves: curves?.schema === CURVES_SCHEMA ? (curves as unknown as Curves) : null,
  }
}

function readJsonIfThere(path: string, name: string): Record<string, unknown> | null {
  const file = join(path, name)
  return existsSync(file) ? readJson(file) : null
}

function readJson(file: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new RunFolderError(`${shown(file)} is damaged: expected JSON, but: ${(error as Error).message}`)
  }
  if (!isObject(value)) throw new RunFolderError(`${shown(file)} is damaged: expected an object`)
  return value
}

function damaged(path: string, expected: string): RunFolderError {
  const file = shown(join(path, RESULT_FILE))
  return new RunFolderError(`${file}: expected ${expected}. Judge the saved run again: npm run check ${shown(path)}`)
}

function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' ? '.' : short.startsWith('..') ? path : short
}
