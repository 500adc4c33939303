import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { history } from '../checkers/history.ts'
import { readLedger } from './read-ledger.ts'

const { plan } = history({ clients: { ann: '' } })
const RUN = {
  schema: 1,
  workers: 0,
  zeroAtMs: 0,
  rollCallAtMs: 20_000,
  healedAtMs: 0,
  residue: [],
  faults: [],
  logs: [null],
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-run-file-'))
  mkdirSync(join(folder, 'ledger'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function read(run: object) {
  writeFileSync(join(folder, 'ledger', 'run.json'), JSON.stringify(run))
  return readLedger(folder, plan)
}

test('why the load was ended early is in the ledger', async () => {
  expect(await read({ ...RUN, aborted: 'overdue was 3' })).toMatchObject({ aborted: 'overdue was 3' })
  expect(await read({ ...RUN, aborted: null })).toMatchObject({ aborted: null })
})

test('a run that was saved before there was such a thing was not', async () => {
  expect(await read(RUN)).toMatchObject({ aborted: null })
})

test('that others made the load, and how many connections they had, is in the ledger', async () => {
  expect(await read({ ...RUN, loadOfOthers: { connectionsMax: 12 } })).toMatchObject({
    loadOfOthers: { connectionsMax: 12 },
  })
  expect(await read(RUN)).not.toHaveProperty('loadOfOthers')
})
