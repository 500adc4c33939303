/** The verdict of a run whose load others have made. */

import { expect, test } from 'vitest'
import { history } from '../checkers/history.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Budgets } from '../scenario/scenario.ts'
import { expectInvalid, HONEST, KILL } from './test-verdicts.ts'
import { judge } from './verdict.ts'

const LOAD_BUDGETS: Budgets = { crossInstanceP99Ms: { steady: 100 }, steadyAgainSeconds: 5, rejected: 0 }

/** As such a run leaves it: nobody of its own was there, and no room was read. */
function judgeWithoutLoad(faults: readonly object[], budgets: Budgets = LOAD_BUDGETS, more: Partial<Ledger> = {}) {
  const { plan, ledger } = history({ ...HONEST, sends: [], rollCall: [], clients: {}, latencies: {}, faults })
  const rooms = ledger.rooms.map(() => ({ log: null }))
  const empty = { ...ledger, rooms, generators: [], rollCallAtMs: null, loadOfOthers: { connectionsMax: 12 }, ...more }
  return judge(plan, budgets, empty)
}

test('passes where the fault fired and all is up, and says what that is about', () => {
  const judgement = judgeWithoutLoad([KILL])
  expect(judgement).toMatchObject({
    verdict: 'pass',
    exitCode: 0,
    scope: 'faults and service only',
    invalidBecause: [],
  })
  expect(judgement.connectionsOfOthersMax).toBe(12)
})

test('judges nothing of the load, whatever the empty ledger says', () => {
  const { budgets, counts, findings } = judgeWithoutLoad([KILL])
  const judged = budgets.filter(({ status }) => status !== 'not-judged').map(({ measure }) => measure)
  expect(judged).toEqual(['uncleanDrains'])
  expect(budgets.filter(({ actual }) => actual !== null)).toHaveLength(1)
  expect(budgets.map(({ measure }) => measure)).toEqual(expect.arrayContaining(['lost', 'steadyAgainSeconds']))
  expect(counts).toMatchObject({ lost: null, rejected: null, stranded: null, obligations: null, sent: 0 })
  expect(Object.keys(findings)).toEqual(['uncleanDrains'])
})

test('a fault that did not fire, something left behind', () => {
  expectInvalid('did not fire', judgeWithoutLoad([{ firedAtMs: null, status: 'not-fired' }]))
  expectInvalid(
    'left behind after healing: chat-1',
    judgeWithoutLoad([KILL], {}, { residue: ['chat-1 is not running'] }),
  )
  expectInvalid('healing failed', judgeWithoutLoad([KILL], {}, { healedAtMs: null }))
})

test('an instance that did not drain', () => {
  const stop = { ...KILL, kind: 'stop-instance' as const, exit: { code: 1, signal: null, afterMs: 300 } }
  expect(judgeWithoutLoad([stop])).toMatchObject({ verdict: 'fail', exitCode: 1, counts: { uncleanDrains: 1 } })
})

test('memory, where somebody looked', () => {
  const sample = (atMs: number, mib: number) => ({ instance: 'chat-1', atMs, residentBytes: mib * 2 ** 20 })
  const memory = [sample(0, 100), sample(5_000, 150)]
  const budgets = { instanceMemoryGrowthMiB: 20 }
  expect(judgeWithoutLoad([KILL], budgets, { memory }).verdict).toBe('fail')
  expectInvalid('instanceMemoryGrowthMiB could not be judged', judgeWithoutLoad([KILL], budgets))
})
