/**
 * What a run has started, on disk while it is alive: one JSON-lines file per run in the state folder. First line: the owner. Then one line
 * for each child, written right after its spawn. A harness that is killed between the two leaves that one child unrecorded; the
 * window is some microseconds.
 */

import { appendFileSync, linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterError } from './cluster.ts'
import { formatOwner, isProcessAlive, type Owner, type ProcessIdentity, parseOwner, processStartTime } from './owner.ts'
import { stateFolder, uniqueSuffix } from './state-folder.ts'

const SUFFIX = '.run.jsonl'

export interface RecordedChild extends ProcessIdentity {
  readonly name: string
}

/** Another run's record, as found on disk. */
export interface FoundRecord {
  readonly path: string
  readonly runId: string
  readonly owner: Owner
  readonly children: readonly RecordedChild[]
}

export interface RunRecord {
  /** Call it right after the spawn. Children lead a process group of their own. */
  addChild(name: string, pid: number): void
  /** At the end. The file stays where a child is still alive, so that a later run reaps it. */
  close(): void
}

/** Throws {@link ClusterError} where a run of that id is already there. */
export function openRunRecord(runId: string, owner: Owner): RunRecord {
  const path = join(stateFolder(), `${runId}${SUFFIX}`)
  createWhole(path, `${JSON.stringify({ runId, owner: formatOwner(owner) })}\n`)
  const children: RecordedChild[] = []
  return {
    addChild(name, pid) {
      const startTime = processStartTime(pid)
      if (startTime === null) return // It has already ended.
      children.push({ name, pid, startTime })
      appendFileSync(path, `${JSON.stringify({ name, pid, startTime })}\n`)
    },
    close() {
      if (!children.some(isProcessAlive)) rmSync(path, { force: true })
    },
  }
}

/** All records in the state folder whose owner can be read. */
export function findRunRecords(): FoundRecord[] {
  const folder = stateFolder()
  return readdirSync(folder)
    .filter(name => name.endsWith(SUFFIX))
    .map(name => readRecord(join(folder, name)))
    .filter(record => record !== null)
}

function readRecord(path: string): FoundRecord | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null // Its run has just ended.
  }
  return parseRecord(path, text)
}

/** Null where the first line is not a record's. A last line that was cut off by a kill is left out. */
export function parseRecord(path: string, text: string): FoundRecord | null {
  const lines = text.split('\n').slice(0, -1).map(parseLine)
  const head = lines[0] as { runId?: unknown; owner?: unknown } | null | undefined
  if (typeof head?.runId !== 'string' || typeof head.owner !== 'string') return null
  const owner = parseOwner(head.owner)
  return owner === null ? null : { path, runId: head.runId, owner, children: lines.slice(1).filter(isRecordedChild) }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function isRecordedChild(line: unknown): line is RecordedChild {
  const child = line as Partial<RecordedChild> | null
  return (
    typeof child?.name === 'string' &&
    typeof child.startTime === 'string' &&
    Number.isSafeInteger(child.pid) &&
    child.pid! > 1
  )
}

/**
 * The file appears with its content or not at all, so that nobody reads a record without an owner. Throws {@link ClusterError} with `isThere` where
 * there is one already.
 */
export function createWhole(
  path: string,
  text: string,
  isThere = `A run with this id is already there: ${path}. Start the run under another id.`,
): void {
  const aside = `${path}.${uniqueSuffix()}`
  writeFileSync(aside, text)
  try {
    linkSync(aside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new ClusterError(isThere)
  } finally {
    rmSync(aside, { force: true })
  }
}
