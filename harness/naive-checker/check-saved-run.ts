/**
 * Judges a saved run by the naive checker: `node harness/naive-checker/check-saved-run.ts <run folder>` prints the counts, to be held beside
 * those of the run's `result.json`. Takes half a minute for a short run. Damaged files are not explained; `npm run check` does that.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LedgerLine } from '../ledger/ledger-records.ts'
import { readRunFile } from '../ledger/run-file.ts'
import type { Plan } from '../plan/plan.ts'
import { expandLines, inPlanTime } from './expand-ledger.ts'
import { type NaiveCounts, naiveCounts } from './naive-checker.ts'
import type { RawRecord } from './raw-record.ts'

export async function checkSavedRun(folder: string): Promise<NaiveCounts> {
  const plan = JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')) as Plan
  const run = await readRunFile(join(folder, 'ledger', 'run.json'), plan)
  const records: RawRecord[] = []
  for (let worker = 0; worker < run.workers; worker++) {
    const text = await readFile(join(folder, 'ledger', `worker-${worker}.jsonl`), 'utf8')
    const lines = text.split('\n').filter(line => line !== '')
    const expanded = expandLines(lines.map(line => JSON.parse(line) as LedgerLine))
    for (const record of inPlanTime(expanded, run.zeroAtMs ?? 0)) records.push(record)
  }
  return naiveCounts(plan, records, run)
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('expected the folder of a run')
  console.log(JSON.stringify(await checkSavedRun(folder), null, 2))
}
