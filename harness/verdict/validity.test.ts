/** What makes a run invalid, the load generators apart. */

import { expect, test } from 'vitest'
import { history } from '../checkers/history.ts'
import type { ConnectionRecord, Ledger } from '../ledger/ledger.ts'
import { CHECKER_CRASHED } from './examination.ts'
import { connectionTo, expectInvalid, HONEST, KILL, verdictOf } from './test-verdicts.ts'
import { judge } from './verdict.ts'

test('a planned fault that did not fire, or is not in the ledger', () => {
  const faults = [{ firedAtMs: null, status: 'not-fired' as const, evidence: 'no exit within 5 s' }]
  expectInvalid(
    'kill-instance on chat-2, planned at 3 s, did not fire: no exit within 5 s',
    verdictOf({ ...HONEST, faults }),
  )
  expectInvalid(
    'did not fire',
    verdictOf({ ...HONEST, faults: [KILL] }, {}, ledger => ({ ...ledger, faults: [] })),
  )
  expectInvalid('did not fire', verdictOf({ ...HONEST, faults: [{ ...KILL, effectAtMs: null }] }))
})

test('a fault that never healed, but not one that was not to heal', () => {
  const faults = [{ ...KILL, healedAtMs: null }]
  expectInvalid('kill-instance on chat-2, planned at 3 s, never healed', verdictOf({ ...HONEST, faults }))
  expect(verdictOf({ ...HONEST, faults: [{ ...faults[0], heals: false }] }).verdict).toBe('pass')
  expectInvalid('healing failed', verdictOf({ ...HONEST, healedAtMs: null }))
})

test('counts that were not written down, or were wrong at an end that came too soon', () => {
  expectInvalid('nobody wrote down how many', verdictOf({ ...HONEST, countedUntilMs: null }))
  const soon = verdictOf({ ...HONEST, counts: { ann: '3@-480' }, countedUntilMs: 5_000 })
  expectInvalid('too soon after the last change to judge the counts of 1 rooms, such as lobby', soon)
  expect(soon.counts.counterWrong).toBeNull()
})

test('a budget on memory at which nobody looked', () => {
  expectInvalid('instanceMemoryGrowthMiB could not be judged', verdictOf(HONEST, { instanceMemoryGrowthMiB: 100 }))
})

test('residue', () => {
  expectInvalid(
    'left behind',
    verdictOf(HONEST, {}, ledger => ({ ...ledger, residue: ['process 12 is alive'] })),
  )
})

test('too few samples for a budget, in its phase', () => {
  expectInvalid('crossInstanceP999Ms (run): 2000 of 10000', verdictOf(HONEST, { crossInstanceP999Ms: 100 }))
  expectInvalid('crossInstanceP99Ms (fault): 0 of 1000', verdictOf(HONEST, { crossInstanceP99Ms: { fault: 100 } }))
  expect(verdictOf(HONEST, { crossInstanceMaxMs: 100 }).verdict).toBe('pass')
})

test('a recovery budget with nothing to recover from', () => {
  expectInvalid('no fault hit a client', verdictOf(HONEST, { steadyAgainSeconds: 5 }))
  expectInvalid('detectSeconds', verdictOf({ ...HONEST, faults: [KILL] }, { detectSeconds: 5 }))
})

test('no delivery across instances, where there are several', () => {
  const alone = { ...HONEST, sends: ['ann'], rollCall: ['ann'], clients: { ann: '0 1' } }
  expectInvalid('from one instance to another', verdictOf(alone))
  expect(verdictOf({ ...alone, instances: 1 }).verdict).toBe('pass')
})

test('an instance that nobody was on at the roll call, unless it was to stay down', () => {
  const [chat1, chat2] = [connectionTo(0), connectionTo(1)]
  const faults = [KILL]
  const clients = (anns: ConnectionRecord[], bobs: ConnectionRecord[], isBobConnected = true) => ({
    ann: { streams: { lobby: '0 1 2 3 4' }, connections: anns },
    bob: { streams: { lobby: '0 1 2 3 4' }, connections: bobs, connectedAtEnd: isBobConnected },
  })
  const cause = 'no client was on chat-2 at the roll call, so nobody knows whether it serves'
  const closed = { ...chat2, closedAtMs: 3_010, closeCode: 1006 }
  const back = { ...chat1, openedAtMs: 3_100 }
  const home = { ...chat2, openedAtMs: 15_000 }

  const nobody = verdictOf({ ...HONEST, faults, clients: clients([chat1], [closed, back]) })
  expectInvalid(cause, nobody)
  expect(nobody.invalidBecause).toEqual([cause])
  expectInvalid(cause, verdictOf({ ...HONEST, faults, clients: clients([chat1], [chat2], false) }, { stranded: 1 }))
  expectInvalid('no client was on chat-1, chat-2 at', verdictOf({ ...HONEST, faults, clients: clients([], []) }))
  const gone = { ...closed, closedAtMs: 3_010 }
  expect(verdictOf({ ...HONEST, faults, clients: clients([chat1], [gone, back, home]) }).verdict).toBe('pass')

  const forGood = [{ ...KILL, healedAtMs: null, heals: false }]
  expect(verdictOf({ ...HONEST, faults: forGood, clients: clients([chat1], [closed, back]) }).verdict).toBe('pass')
  expectInvalid(
    'no client was on chat-1 at',
    verdictOf({ ...HONEST, faults: forGood, clients: clients([home], [closed, home]) }),
  )
})

test('a log that could not be read', () => {
  expectInvalid('final read failed: the log of 1 of 1 rooms', verdictOf({ ...HONEST, logs: { lobby: null } }))
})

test('a roll call that never began: stranded is unknown, not 0', () => {
  const cut = { ...HONEST, rollCall: [], clients: { ann: '0 1 2', bob: '0 1 2' }, rollCallAtMs: null }
  const judgement = verdictOf(cut)
  expectInvalid('before the roll call', judgement)
  expect(judgement.counts.stranded).toBeNull()
  expect(judgement.budgets.find(({ measure }) => measure === 'stranded')!.status).toBe('not-judged')
})

test('a checker that crashed, and only its measures are unknown', () => {
  const judgement = verdictOf(HONEST, {}, ledger => ({
    ...ledger,
    clients: ledger.clients.map(client => ({
      ...client,
      memberships: client.memberships.map(membership => ({ ...membership, gaps: null as never })),
    })),
  }))
  expectInvalid('checker index crashed', judgement)
  expect(judgement.invalidBecause.some(why => CHECKER_CRASHED.test(why))).toBe(true)
  expect(judgement.counts.lost).toBeNull()
})

test('a damaged histogram', () => {
  const damage = (ledger: Ledger) => ({
    ...ledger,
    latencies: ledger.latencies.map(record => ({ ...record, histogram: 'AAAA' })),
  })
  const judgement = verdictOf(HONEST, { crossInstanceP99Ms: 100 }, damage)
  expectInvalid('checker latency crashed', judgement)
  expect(judgement.counts.lost).toBe(0)
})

test('a plan of another run', () => {
  const other = history({ clients: { ann: '' } })
  const { ledger } = history(HONEST)
  expectInvalid('not of the same run', judge(other.plan, {}, ledger))
})
