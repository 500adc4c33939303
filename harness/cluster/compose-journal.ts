/**
 * What a run has changed in a stack that it does not own, on disk while it is so: one JSON-lines file per project in the state folder, which also keeps
 * a second run out. First line: whose run. Then a line before each change, and one when it is undone. Should the harness be killed, the
 * next start undoes what is open.
 */

import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessorLimits } from './cpu-quota.ts'
import { formatOwner, type Owner, parseOwner } from './owner.ts'
import { createWhole } from './run-record.ts'
import { stateFolder } from './state-folder.ts'

const SUFFIX = '.stack.jsonl'

/** `start`: it was ended. `resume`: it was paused. `limits`: its share of the processor was cut. */
export type Undo = 'start' | 'resume' | 'limits'

export interface Change {
  /** Id. */
  readonly container: string
  readonly name: string
  readonly undo: Undo
  /** When the life began that was to be ended, as the engine tells it; with `start` only. */
  readonly startedAt?: string
  /** What it had before; with `limits` only. */
  readonly limits?: ProcessorLimits
}

export interface StackRecord {
  readonly project: string
  readonly runId: string
  /** As `engineAddress` tells it. */
  readonly engine: string
  /** Id of the container that the harness runs in; null where it is in none. Another one has other process ids. */
  readonly within: string | null
}

export interface FoundStackRecord extends StackRecord {
  readonly path: string
  readonly owner: Owner
  /** Not undone, the last one first: the limits of a container that is paused cannot be changed. */
  readonly open: readonly Change[]
}

export class StackJournal implements Disposable {
  readonly #path: string

  /** Throws {@link ClusterError} where another run has the stack. */
  constructor(record: StackRecord, owner: Owner) {
    this.#path = join(stateFolder(), `${record.project}${SUFFIX}`)
    const other = readStackRecord(this.#path)
    const whose = other === null ? '' : ` (run ${other.runId}, process ${other.owner.pid})`
    createWhole(
      this.#path,
      `${JSON.stringify({ ...record, owner: formatOwner(owner) })}\n`,
      `Another run uses project ${record.project}${whose}, and two would break each other's faults. Wait until it is over; if it is gone, remove ${this.#path}.`,
    )
  }

  /** On disk when it returns. */
  changing(change: Change): void {
    this.#write({ is: 'changing', ...change })
  }

  undone({ container, undo }: Pick<Change, 'container' | 'undo'>): void {
    this.#write({ is: 'undone', container, undo })
  }

  /** Not undone yet, the last one first. */
  open(): readonly Change[] {
    return readStackRecord(this.#path)?.open ?? []
  }

  #write(line: object): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { flush: true })
  }

  /** The file stays where something is still to be undone, for a later run. */
  [Symbol.dispose](): void {
    if (this.open().length === 0) rmSync(this.#path, { force: true })
  }
}

/** All that can be read. */
export function findStackRecords(): FoundStackRecord[] {
  const folder = stateFolder()
  return readdirSync(folder)
    .filter(name => name.endsWith(SUFFIX))
    .map(name => readStackRecord(join(folder, name)))
    .filter(record => record !== null)
}

function readStackRecord(path: string): FoundStackRecord | null {
  try {
    return parseStackRecord(path, readFileSync(path, 'utf8'))
  } catch {
    return null // Its run has just ended.
  }
}

/** Null where the first line is not a record's. A last line that was cut off by a kill is of a change that was not made yet. */
export function parseStackRecord(path: string, text: string): FoundStackRecord | null {
  const [head, ...lines] = text.split('\n').slice(0, -1).map(parseLine)
  const { project, runId, engine } = head ?? {}
  const owner = typeof head?.owner === 'string' ? parseOwner(head.owner) : null
  const isWithin = head?.within === null || typeof head?.within === 'string'
  if (owner === null || !isWithin || ![project, runId, engine].every(value => typeof value === 'string')) return null
  const open = new Map<string, Change>()
  for (const line of lines) {
    const key = `${line?.container} ${line?.undo}`
    if (line?.is === 'undone') open.delete(key)
    // The limits before the first change are those to go back to.
    else if (line?.is === 'changing' && !open.has(key)) open.set(key, line as unknown as Change)
  }
  return { ...(head as unknown as StackRecord), path, owner, open: [...open.values()].reverse() }
}

function parseLine(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/** Is to be called once all of it is undone, or nothing can be. */
export function forgetStackRecord({ path }: Pick<FoundStackRecord, 'path'>): void {
  rmSync(path, { force: true })
}
