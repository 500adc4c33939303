import { expect, test } from 'vitest'
import type { FaultRecord } from '../ledger/ledger.ts'
import type { PlannedFault } from '../plan/plan.ts'
import type { FaultName } from '../scenario/fault-kinds.ts'
import { standing } from './standing.ts'

type Outcome = 'fired' | 'not-fired' | 'never-begun'

/** A plan of three instances with these faults, and what became of them. */
function standingAfter(...faults: [kind: FaultName, target: string, heals: boolean, outcome: Outcome][]): string[] {
  const planned = faults.map(([kind, target, heals]): PlannedFault => {
    return { kind, target, heals, atMs: 0, lastsMs: 0, settings: {} }
  })
  const records = faults.map(
    ([kind, target, , outcome]): FaultRecord => ({
      kind,
      target,
      plannedAtMs: 0,
      firedAtMs: outcome === 'never-begun' ? null : 0,
      effectAtMs: outcome === 'fired' ? 0 : null,
      healedAtMs: null,
      status: outcome === 'fired' ? 'fired' : 'not-fired',
      evidence: '',
      exit: null,
    }),
  )
  const added = planned.filter(({ kind }) => kind === 'add-instance').map(({ target }) => target)
  const plan = { instances: ['chat-1', 'chat-2', 'chat-3', ...added], instancesAtStart: 3, faults: planned }
  return standing(plan, records)
}

test('everybody, where nothing happened or all is healed', () => {
  expect(standingAfter()).toEqual(['chat-1', 'chat-2', 'chat-3'])
  expect(standingAfter(['kill-instance', 'chat-2', true, 'fired'])).toEqual(['chat-1', 'chat-2', 'chat-3'])
})

test.each<FaultName>(['kill-instance', 'stop-instance', 'remove-instance'])('not whom %s took for good', kind => {
  expect(standingAfter([kind, 'chat-2', false, 'fired'])).toEqual(['chat-1', 'chat-3'])
  expect(standingAfter([kind, 'chat-2', false, 'not-fired'])).toEqual(['chat-1', 'chat-3'])
})

test('whom a fault was to take whose time never came', () => {
  expect(standingAfter(['remove-instance', 'chat-2', false, 'never-begun'])).toEqual(['chat-1', 'chat-2', 'chat-3'])
})

test('whom a fault has added, but not whom it was to add', () => {
  const add = (outcome: Outcome) => standingAfter(['add-instance', 'chat-4', false, outcome])
  expect(add('fired')).toEqual(['chat-1', 'chat-2', 'chat-3', 'chat-4'])
  expect(add('not-fired')).toEqual(['chat-1', 'chat-2', 'chat-3'])
  expect(add('never-begun')).toEqual(['chat-1', 'chat-2', 'chat-3'])
})
