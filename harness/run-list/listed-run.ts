/** One run of the list: what its folder says of it, whatever state it was left in. */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isOwnerGone, parseOwner } from '../cluster/owner.ts'
import { RESULT_FILE, type RunResult } from '../reports/result.ts'
import { reasons } from '../reports/run-text.ts'
import { OWNER_FILE } from '../run-folder.ts'
import { isObject } from '../scenario/problem.ts'
import { EXIT_CODES, type Verdict } from '../verdict/judgement.ts'

/**
 * `judged`: it has a result. `running`: the process that makes it is alive. `unfinished`: that process is gone, and left no result.
 * `damaged`: its result cannot be read.
 */
export type RunState = 'judged' | 'running' | 'unfinished' | 'damaged'

export interface ListedRun {
  /** Of its folder. */
  readonly name: string
  /** Absolute. */
  readonly folder: string
  readonly state: RunState
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly scenario: string
  /** Null, as the two below: not known without a result. */
  readonly driver: string | null
  readonly verdict: Verdict | null
  readonly durationSeconds: number | null
  /** What its verdict is about where that is not everything; why it did not pass, or has no result, each reason in a few words. */
  readonly because: readonly string[]
}

type Told = Pick<ListedRun, 'state' | 'because'> &
  Partial<Pick<ListedRun, 'startedAt' | 'scenario' | 'driver' | 'verdict' | 'durationSeconds'>>

/** Null where the folder is not that of a run. */
export function readListedRun(folder: string): ListedRun | null {
  const isRun = ['plan.json', RESULT_FILE, 'ledger'].some(part => existsSync(join(folder, part)))
  if (!isRun) return null
  const name = basename(folder)
  return {
    name,
    folder,
    ...fromName(name, folder),
    driver: null,
    verdict: null,
    durationSeconds: null,
    ...told(folder),
  }
}

function told(folder: string): Told {
  const has = (part: string) => existsSync(join(folder, part))
  if (!has(RESULT_FILE)) {
    if (isRunning(folder)) return { state: 'running', because: [] }
    const isSaved = has('facts.json') && has(join('ledger', 'run.json'))
    const why = isSaved ? 'not judged; npm run check judges it' : 'interrupted before its end'
    return { state: 'unfinished', because: [why] }
  }
  try {
    return ofResult(JSON.parse(readFileSync(join(folder, RESULT_FILE), 'utf8')))
  } catch (error) {
    const why = `${RESULT_FILE} cannot be read; npm run check writes it again (${(error as Error).message})`
    return { state: 'damaged', because: [why] }
  }
}

/** Throws where it is not a result, or of a form that is not known here. */
function ofResult(value: unknown): Told {
  if (!isObject(value)) throw new Error('not an object')
  const { verdict, budgets, invalidBecause, durationsSeconds, scenario, startedAt } = value
  if (typeof verdict !== 'string' || !Object.hasOwn(EXIT_CODES, verdict)) throw new Error('no verdict in it')
  const isWhole = Array.isArray(budgets) && Array.isArray(invalidBecause) && isObject(durationsSeconds)
  if (!isWhole || typeof scenario !== 'string' || !isTime(startedAt)) throw new Error('not all of a result in it')
  const result = value as unknown as RunResult
  const why = result.verdict === 'pass' ? [] : reasons({ ...result, abortedBecause: result.abortedBecause ?? null })
  return {
    state: 'judged',
    because: [...(result.scope === undefined ? [] : [result.scope]), ...why],
    startedAt: result.startedAt,
    scenario: result.scenario,
    driver: result.driver,
    verdict: result.verdict,
    durationSeconds: result.durationsSeconds.total ?? null,
  }
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}

/** Also of a run on another machine that shares the folder, as long as it has no result: nobody here can tell. */
function isRunning(folder: string): boolean {
  try {
    const owner = parseOwner(readFileSync(join(folder, OWNER_FILE), 'utf8').trim())
    return owner !== null && !isOwnerGone(owner)
  } catch {
    return false
  }
}

/** A folder that nobody named otherwise is `<UTC time>-<scenario>`, with a number where several started in the same second. */
function fromName(name: string, folder: string): Pick<ListedRun, 'startedAt' | 'scenario'> {
  const [, day, hours, minutes, seconds, scenario] = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z-(.+)$/.exec(name) ?? []
  const startedAt = `${day}T${hours}:${minutes}:${seconds}.000Z`
  if (scenario !== undefined && isTime(startedAt)) return { startedAt, scenario }
  return { startedAt: statSync(folder).mtime.toISOString(), scenario: name }
}
