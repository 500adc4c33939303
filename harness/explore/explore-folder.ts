/**
 * The folder of an exploration: what has run is kept in it, so that it can be gone on with.
 *
 *     explore.json      what decides the draws; going on with another seed or service would mix two explorations
 *     runs.jsonl        one line for each run that came to its end, and one more for each that was shrunk
 *     scenarios/        every scenario that was run
 *     runs/             folders of the runs that did not pass
 *     <measure>-….ts    what is left of those that failed
 */

import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SCENARIO_EXTENSION } from '../project.ts'
import { RunFolderError, whyNotMade } from '../run-folder.ts'
import type { FaultName } from '../scenario/fault-kinds.ts'
import type { RunOutcome } from './run-outcome.ts'
import type { Shrunk } from './shrink.ts'

export interface RunRecord {
  /** From 1. */
  readonly number: number
  /** Of the plan. */
  readonly seed: number
  readonly faults: readonly FaultName[]
  readonly outcome: RunOutcome
  readonly seconds: number
  /** Null: not shrunk, or not yet. */
  readonly shrunk: ShrunkRecord | null
}

export interface ShrunkRecord extends Omit<Shrunk, 'scenario'> {
  readonly measure: string
  readonly faults: readonly FaultName[]
  /** Name of the regression's file in the folder. */
  readonly file: string
}

/** What has to be the same for the runs of one exploration. */
export interface ExploreIdentity {
  readonly seed: number
  readonly driver: string | null
  /** Absolute; null for this repository's. */
  readonly service: string | null
  readonly kinds: readonly FaultName[]
}

const IDENTITY_FILE = 'explore.json'
const RECORDS_FILE = 'runs.jsonl'
const PARTS = ['scenarios', 'runs']

export class ExploreFolder {
  readonly path: string
  readonly identity: ExploreIdentity
  readonly #records = new Map<number, RunRecord>()

  private constructor(path: string, identity: ExploreIdentity) {
    this.path = path
    this.identity = identity
    const file = join(path, RECORDS_FILE)
    // A line that was not written to its end is ended, so that the next one stands by itself.
    if (existsSync(file) && !readFileSync(file, 'utf8').endsWith('\n')) appendFileSync(file, '\n')
    for (const record of readRecords(file)) this.#records.set(record.number, record)
  }

  /**
   * A new folder, or one of an exploration that is gone on with. A seed that is null is that of the folder, or else `drawnSeed`.
   *
   * @throws RunFolderError where the folder cannot be made, has something else in it, or belongs to another exploration
   */
  static open(
    path: string,
    asked: Omit<ExploreIdentity, 'seed'> & { readonly seed: number | null },
    drawnSeed: number,
  ): ExploreFolder {
    const known = readIdentity(path)
    const identity = { ...asked, seed: asked.seed ?? known?.seed ?? drawnSeed }
    if (known !== null) {
      refuseDifference(path, known, identity)
      return new ExploreFolder(resolve(path), identity)
    }
    if (existsSync(path) && (!isFolder(path) || readdirSync(path).length > 0)) {
      throw new RunFolderError(
        `--out ${path}: expected a new or empty folder, or that of an exploration; found something else. Name another one.`,
      )
    }
    try {
      for (const part of PARTS) mkdirSync(join(path, part), { recursive: true })
      writeFileSync(join(path, IDENTITY_FILE), `${JSON.stringify(identity, null, 2)}\n`)
    } catch (error) {
      throw new RunFolderError(
        `${path}: expected to make a folder, found ${whyNotMade(error as NodeJS.ErrnoException)}. Name another place with --out <folder>.`,
      )
    }
    return new ExploreFolder(resolve(path), identity)
  }

  /** Of the run, if it came to its end. */
  record(number: number): RunRecord | null {
    return this.#records.get(number) ?? null
  }

  /** The last word about its run counts. */
  save(record: RunRecord): void {
    appendFileSync(join(this.path, RECORDS_FILE), `${JSON.stringify(record)}\n`)
    this.#records.set(record.number, record)
  }

  scenarioFile(number: number): string {
    return join(this.path, 'scenarios', `${fourDigits(number)}${SCENARIO_EXTENSION}`)
  }

  /** Empty, whatever an earlier attempt has left. */
  runFolder(number: number, suffix = ''): string {
    const path = join(this.path, 'runs', `${fourDigits(number)}${suffix}`)
    rmSync(path, { recursive: true, force: true })
    return path
  }
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path)
    return true
  } catch {
    return false
  }
}

function readIdentity(path: string): ExploreIdentity | null {
  const file = join(path, IDENTITY_FILE)
  if (!existsSync(file)) return null
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ExploreIdentity
  } catch (error) {
    throw new RunFolderError(`${file} is damaged: ${(error as Error).message}. Name another folder with --out.`)
  }
}

function refuseDifference(path: string, known: ExploreIdentity, asked: ExploreIdentity): void {
  for (const name of ['seed', 'driver', 'service', 'kinds'] as const) {
    const [was, is] = [JSON.stringify(known[name]), JSON.stringify(asked[name])]
    if (was === is) continue
    throw new RunFolderError(
      `--out ${path}: it holds an exploration with ${name} ${was}, which cannot be gone on with ${name} ${is}. Name another folder.`,
    )
  }
}

/** Without lines that were not written to their end. */
function readRecords(file: string): RunRecord[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap(line => {
      try {
        return [JSON.parse(line) as RunRecord]
      } catch {
        return []
      }
    })
}

function fourDigits(number: number): string {
  return String(number).padStart(4, '0')
}
