import { expect, test } from 'vitest'
import type { LedgerLine } from '../ledger/ledger-records.ts'
import { LateTally } from './late-tally.ts'

const EXAMPLE = { client: 3, room: 1, position: { epoch: 'a', seq: 9 }, number: 7, atMs: 6_000 }

test('what was written is not written again', () => {
  const lines: LedgerLine[] = []
  const tally = new LateTally(line => lines.push(line))
  tally.add(EXAMPLE, 1, 0)
  tally.add(EXAMPLE, 1, 0)
  tally.flush()
  tally.flush()
  tally.add(EXAMPLE, 1, 0)
  tally.flush()
  expect(lines.filter(([kind]) => kind === 'late-slice')).toEqual([
    ['late-slice', 1, 0, 2],
    ['late-slice', 1, 0, 1],
  ])
})
