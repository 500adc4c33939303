/** Test support: writes a history as a run writes its ledger, through the real writer. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ledger } from '../ledger/ledger.ts'
import type { LedgerLine, RunFile } from '../ledger/ledger-records.ts'
import { LedgerWriter } from '../ledger/ledger-writer.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import type { RawRecord } from '../naive-checker/raw-record.ts'
import type { Plan } from '../plan/plan.ts'
import { isTimed, type TestHistory } from './test-history.ts'

/** Orders are flushed every so many records, as the load does every second. */
const FLUSH_EVERY_RECORDS = 25

/** Makes the folder. `more`: lines that no raw record stands for, by worker. */
export async function saveHistory(
  folder: string,
  { plan, workers, run }: TestHistory,
  more: readonly (readonly LedgerLine[])[] = [],
): Promise<void> {
  mkdirSync(join(folder, 'ledger'), { recursive: true })
  writeFileSync(join(folder, 'ledger', 'run.json'), JSON.stringify(run))
  for (const [worker, records] of workers.entries()) {
    const writer = new LedgerWriter(join(folder, 'ledger', `worker-${worker}.jsonl`))
    for (const [index, record] of records.entries()) {
      writeRecord(writer, record, plan, run)
      if (index % FLUSH_EVERY_RECORDS === 0) writer.flushRooms()
    }
    for (const line of more[worker] ?? []) writer.write(line)
    await writer.close()
  }
}

/** The ledger that a run with this history leaves: written, read again, and cleared away. */
export async function ledgerOf(history: TestHistory): Promise<Ledger> {
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-history-'))
  try {
    await saveHistory(folder, history)
    return await readLedger(folder, history.plan)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function writeRecord(writer: LedgerWriter, record: RawRecord, plan: Plan, { zeroAtMs }: RunFile): void {
  const zeroMs = zeroAtMs ?? 0
  if (record[0] === 'delivered') {
    const [, client, room, epoch, seq, number, atMs] = record
    writer.delivered(client, room, { epoch, seq }, number, atMs + zeroMs)
    return
  }
  if (record[0] === 'closed' || record[0] === 'end') {
    writer.connectionEnded(record[1], plan.clients[record[1]]!.rooms)
  }
  writer.write(onTheMonotonicClock(record, zeroMs))
}

type Undelivered = Exclude<RawRecord, readonly ['delivered', ...unknown[]]>

function onTheMonotonicClock(record: Undelivered, zeroMs: number): LedgerLine {
  if (!isTimed(record)) return record
  return [...record.slice(0, -1), (record.at(-1) as number) + zeroMs] as unknown as LedgerLine
}
