/** A load that was ended early by the scenario's `abortWhen`. */

import { expect, test } from 'vitest'
import { type HistorySketch, history } from '../checkers/history.ts'
import type { Budgets } from '../scenario/scenario.ts'
import { judge } from './verdict.ts'

const WHY = 'overdue was 300, above its limit of 200: deliveries owed for longer than deadlineSeconds'
const NEVER = { handedAtMs: null, outcome: 'rejected', code: 'never-written' } as const
/** Two messages were sent, and one was planned for later. */
const CUT: HistorySketch = {
  sends: ['ann', 'bob', { by: 'ann', ...NEVER }],
  rollCall: ['ann', 'bob'],
  clients: { ann: '0 1 3 4', bob: '0 1 3 4' },
}
const LATER = [{ firedAtMs: null, evidence: 'the run ended before its time' }]

function judgementOf(sketch: HistorySketch, budgets: Budgets = {}, aborted: string | null = WHY) {
  const { plan, ledger } = history(sketch)
  return judge(plan, budgets, { ...ledger, aborted })
}

test('is fail by itself, though nothing that is there is wrong', () => {
  expect(judgementOf(CUT)).toMatchObject({ verdict: 'fail', exitCode: 1, abortedBecause: WHY, invalidBecause: [] })
})

test('is fail also where the run shows too little', () => {
  const judgement = judgementOf(CUT, { crossInstanceP99Ms: 100 })
  expect(judgement).toMatchObject({ verdict: 'fail', exitCode: 1 })
  expect(judgement.invalidBecause).toEqual(['too few samples for the budget crossInstanceP99Ms (run): 0 of 1000'])
})

test('what is there is judged: a loss counts', () => {
  const judgement = judgementOf({ ...CUT, clients: { ann: '0 1 3 4', bob: '0 3 4' } })
  expect(judgement.counts.lost).toBe(1)
})

test('a fault that was planned for later has not failed to fire', () => {
  const faults = LATER
  expect(judgementOf({ ...CUT, faults }).invalidBecause).toEqual([])
  const begun = [{ firedAtMs: 2_000, effectAtMs: null, status: 'not-fired' as const, evidence: 'no exit within 5 s' }]
  expect(judgementOf({ ...CUT, faults: begun }).invalidBecause.join()).toContain('did not fire: no exit within 5 s')
})

test('nobody refused what was planned for later', () => {
  expect(judgementOf(CUT, { rejected: 0 }).counts).toMatchObject({ sent: 4, ok: 4, rejected: 0, unknown: 0 })
})

test('without an abort, all of that counts', () => {
  const whole = judgementOf({ ...CUT, faults: LATER }, { rejected: 0 }, null)
  expect(whole).toMatchObject({ verdict: 'invalid', abortedBecause: null })
  expect(whole.counts.rejected).toBe(1)
  expect(whole.invalidBecause.join()).toContain('did not fire: the run ended before its time')
})

test('an instance that was to be added later is not missed at the roll call', () => {
  const { plan, ledger } = history(CUT)
  const add = { kind: 'add-instance', target: 'chat-3', atMs: 5_000, heals: false, lastsMs: 0, settings: {} } as const
  const faults = [{ ...history({ ...CUT, faults: LATER }).ledger.faults[0]!, kind: add.kind, target: add.target }]
  const withThird = { ...plan, instances: [...plan.instances, 'chat-3'], faults: [add] }
  expect(judge(withThird, {}, { ...ledger, faults, aborted: WHY }).invalidBecause).toEqual([])
})
