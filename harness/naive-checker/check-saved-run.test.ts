import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RunFile } from '../ledger/ledger-records.ts'
import { LedgerWriter } from '../ledger/ledger-writer.ts'
import { checkSavedRun } from './check-saved-run.ts'
import type { RawRecord } from './raw-record.ts'
import { CLEAN, CLEAN_COUNTS, CLEAN_LOG, gets, joined, jump, PLAN, replaced } from './test-records.ts'

const ZERO_AT_MS = 70_000
const run: RunFile = {
  schema: 1,
  workers: 2,
  zeroAtMs: ZERO_AT_MS,
  rollCallAtMs: 400,
  healedAtMs: 0,
  residue: [],
  faults: [],
  logs: [CLEAN_LOG, null],
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-naive-'))
  mkdirSync(join(folder, 'ledger'))
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(PLAN))
  writeFileSync(join(folder, 'ledger', 'run.json'), JSON.stringify(run))
})

afterEach(() => rmSync(folder, { recursive: true }))

/** Client 0 and what it sent with worker 0, client 1 with worker 1, in the time of the machine. */
async function save(records: readonly RawRecord[]): Promise<void> {
  const workers = [0, 1].map(worker => new LedgerWriter(join(folder, 'ledger', `worker-${worker}.jsonl`)))
  const senders = [...PLAN.messages.client, ...PLAN.rollCall.client]
  for (const record of records) {
    const isOfMessage = record[0] === 'sent' || record[0] === 'acked'
    const writer = workers[isOfMessage ? senders[record[1]]! : record[1]]!
    if (record[0] === 'delivered') {
      const [, client, room, epoch, seq, number, atMs] = record
      writer.delivered(client, room, { epoch, seq }, number, atMs + ZERO_AT_MS)
    } else if (record[0] === 'end' || record[0] === 'end-of-room') writer.write(record)
    else writer.write([...record.slice(0, -1), (record.at(-1) as number) + ZERO_AT_MS] as unknown as typeof record)
  }
  for (const writer of workers) await writer.close()
}

it('judges the files of a run, in plan time', async () => {
  await save(CLEAN)
  expect(await checkSavedRun(folder)).toEqual(CLEAN_COUNTS)
})

it('finds what is missing in them', async () => {
  // By place, the first three messages are not owed to client 1; by time, those from 101 ms on are.
  const records = replaced(CLEAN, joined(1, 'A0', -80), joined(1, 'A3', 101))
  const missed = replaced(records, gets(1, 2, 'A3'), jump('gap', 1, 'A2', 'A4'))
  await save(replaced(missed, gets(1, 4, 'A4')))
  // The gap covers what was sent before healing.
  writeFileSync(join(folder, 'ledger', 'run.json'), JSON.stringify({ ...run, healedAtMs: 300 }))
  expect(await checkSavedRun(folder)).toMatchObject({ obligations: 8, delivered: 8, declaredGaps: 1, lost: 1 })
})
