/** Test support: a whole run in small, as the workers and the coordinator saw it. */

import type { RunFile } from '../ledger/ledger-records.ts'
import type { RawRecord } from '../naive-checker/raw-record.ts'
import type { Plan } from '../plan/plan.ts'

export interface TestHistory {
  readonly plan: Plan
  /** By worker; client i is carried by worker i mod workers. */
  readonly workers: readonly (readonly RawRecord[])[]
  readonly run: RunFile
}

/** Several workers' records, one after the other. */
export function rawRecordsOf({ workers }: TestHistory): RawRecord[] {
  return workers.flat()
}

const TIMELESS: readonly string[] = ['rejected', 'unknown', 'tally', 'end', 'end-of-room'] satisfies RawRecord[0][]

/** Whether a record has a time, which stands last then. */
export function isTimed([kind]: RawRecord): boolean {
  return !TIMELESS.includes(kind)
}
