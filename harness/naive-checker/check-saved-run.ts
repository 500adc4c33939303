/**
 * Judges a saved run by the naive checker: `node harness/naive-checker/check-saved-run.ts <run folder>` prints the counts, to be held beside
 * those of the run's `result.json`. Takes half a minute for a short run. Damaged files are not explained; `npm run check` does that.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HttpLine } from '../ledger/http-records.ts'
import type { LedgerLine } from '../ledger/ledger-records.ts'
import { readRunFile } from '../ledger/run-file.ts'
import type { Plan } from '../plan/plan.ts'
import type { HttpCountName } from '../scenario/measures.ts'
import { expandLines, inPlanTime } from './expand-ledger.ts'
import { type NaiveCounts, naiveCounts } from './naive-checker.ts'
import { naiveHttp } from './naive-http.ts'
import type { RawRecord } from './raw-record.ts'

export type SavedRunCounts = NaiveCounts & Partial<Record<HttpCountName, number>>

export async function checkSavedRun(folder: string): Promise<SavedRunCounts> {
  const plan = JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')) as Plan
  const run = await readRunFile(join(folder, 'ledger', 'run.json'), plan)
  const records: RawRecord[] = []
  for (let worker = 0; worker < run.workers; worker++) {
    const expanded = expandLines(await linesOf<LedgerLine>(join(folder, 'ledger', `worker-${worker}.jsonl`)))
    for (const record of inPlanTime(expanded, run.zeroAtMs ?? 0)) records.push(record)
  }
  const counts = naiveCounts(plan, records, run)
  if (plan.http === undefined) return counts
  const lines = await linesOf<HttpLine>(join(folder, 'ledger', 'http.jsonl'))
  return { ...counts, ...naiveHttp(lines, run.httpLogs ?? []) }
}

async function linesOf<Line>(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8')
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line)
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('expected the folder of a run')
  console.log(JSON.stringify(await checkSavedRun(folder), null, 2))
}
