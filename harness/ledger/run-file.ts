/** Reads `ledger/run.json` of a saved run. */

import { readFile } from 'node:fs/promises'
import type { Plan } from '../plan/plan.ts'
import type { RunFile } from './ledger-records.ts'

/** The ledger of a run is damaged or not there whole: exit 2 with this message, which names file and line. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
}

/** Throws {@link LedgerError} where it is none, or not of this plan. */
export async function readRunFile(path: string, plan: Plan): Promise<RunFile> {
  let run: Partial<RunFile> | null
  try {
    run = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new LedgerError(`${path} is damaged: ${(error as Error).message}`)
  }
  const isWhole =
    run?.schema === 1 &&
    Number.isSafeInteger(run.workers) &&
    [run.faults, run.residue, run.logs, run.httpLogs ?? [], run.visits ?? [], run.memory ?? []].every(Array.isArray) &&
    run.logs?.length === plan.rooms.length
  if (isWhole) return run as RunFile
  const expected = `schema 1, its workers, faults and residue, and the logs of ${plan.rooms.length} rooms`
  throw new LedgerError(`${path} is damaged: expected ${expected}, found something else`)
}
