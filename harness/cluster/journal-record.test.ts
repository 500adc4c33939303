import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findJournalRecords, forgetJournalRecord, openJournalRecord, parseJournalRecord } from './journal-record.ts'
import { formatOwner, thisProcess } from './owner.ts'
import { uniqueSuffix } from './state-folder.ts'

const owner = thisProcess()
const record = { runId: 'r1', driver: 'process', journal: '/x/journal.jsonl' } as const
const text = JSON.stringify({ ...record, owner: formatOwner(owner) })

test('a record is found as long as it is open', () => {
  const runId = `test-${uniqueSuffix()}`
  const found = () => findJournalRecords().filter(candidate => candidate.runId === runId)
  {
    using _open = openJournalRecord({ ...record, runId }, owner)
    expect(found()).toMatchObject([{ ...record, runId, owner }])
    expect(() => openJournalRecord({ ...record, runId }, owner)).toThrow('already there')
  }
  expect(found()).toEqual([])
})

test('a record that nobody closes can be forgotten', () => {
  const runId = `test-${uniqueSuffix()}`
  openJournalRecord({ ...record, runId }, owner)
  const [found] = findJournalRecords().filter(candidate => candidate.runId === runId)
  forgetJournalRecord(found!)
  expect(existsSync(found!.path)).toBe(false)
})

test('a file that is not one is none', () => {
  expect(parseJournalRecord('/r', text)).toEqual({ ...record, path: '/r', owner })
  const broken = ['', 'null', '7', text.slice(0, -5), text.replace('process', 'raft'), text.replace('"r1"', '1')]
  for (const damaged of [...broken, text.replace(formatOwner(owner), 'somebody')]) {
    expect(parseJournalRecord('/r', damaged), damaged).toBeNull()
  }
})
