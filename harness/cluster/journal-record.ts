/**
 * Where a run keeps the journal of its faults, in the state folder while faults may be open: should its harness be killed, the next start
 * finds there what was broken at that moment.
 */

import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DriverName } from './cluster.ts'
import { formatOwner, type Owner, parseOwner } from './owner.ts'
import { createWhole } from './run-record.ts'
import { stateFolder } from './state-folder.ts'

const SUFFIX = '.journal.json'

export interface JournalRecord {
  readonly runId: string
  readonly driver: DriverName
  /** Absolute path of the journal. */
  readonly journal: string
}

export interface FoundJournalRecord extends JournalRecord {
  readonly path: string
  readonly owner: Owner
}

/** Dispose of it when every fault has healed. Throws {@link ClusterError} where a run of that id is already there. */
export function openJournalRecord({ runId, driver, journal }: JournalRecord, owner: Owner): Disposable {
  const path = join(stateFolder(), `${runId}${SUFFIX}`)
  createWhole(path, JSON.stringify({ runId, owner: formatOwner(owner), driver, journal }))
  return {
    [Symbol.dispose]() {
      forgetJournalRecord({ path })
    },
  }
}

/** All that can be read. */
export function findJournalRecords(): FoundJournalRecord[] {
  const folder = stateFolder()
  return readdirSync(folder)
    .filter(name => name.endsWith(SUFFIX))
    .map(name => readRecord(join(folder, name)))
    .filter(record => record !== null)
}

export function forgetJournalRecord({ path }: Pick<FoundJournalRecord, 'path'>): void {
  rmSync(path, { force: true })
}

function readRecord(path: string): FoundJournalRecord | null {
  try {
    return parseJournalRecord(path, readFileSync(path, 'utf8'))
  } catch {
    return null // Its run has just ended.
  }
}

/** Null where the text is no record. */
export function parseJournalRecord(path: string, text: string): FoundJournalRecord | null {
  let record: Record<string, unknown> | null
  try {
    record = JSON.parse(text)
  } catch {
    return null
  }
  const { runId, driver, journal } = record ?? {}
  const owner = typeof record?.owner === 'string' ? parseOwner(record.owner) : null
  const isDriver = driver === 'process' || driver === 'docker' || driver === 'compose'
  if (owner === null || typeof runId !== 'string' || typeof journal !== 'string' || !isDriver) return null
  return { path, runId, driver, journal, owner }
}
