import { expect, test } from 'vitest'
import type { FailedConnectRecord } from '../ledger/ledger.ts'
import { checkConnects } from './connects.ts'
import { type FaultSketch, history } from './history.ts'

function judge(failedConnects: readonly FailedConnectRecord[], faults: readonly FaultSketch[] = []) {
  const { run, phases } = history({ clients: { ann: '', bob: { streams: { lobby: '' }, failedConnects } }, faults })
  return checkConnects(run, phases)
}

test('accepts that everybody came in at the first try', () => {
  expect(judge([])).toMatchObject({ connectsFailed: { count: 0 }, tries: 2 })
})

test('rejects a try that was refused by an instance, and tells by which', () => {
  const { connectsFailed, tries } = judge([{ instance: 1, why: 'ECONNREFUSED', atMs: 4_000 }])
  expect(connectsFailed.count).toBe(1)
  expect(connectsFailed.examples[0]).toMatchObject({
    what: 'could not connect: ECONNREFUSED',
    client: 'bob',
    instance: 'chat-2',
    moment: 'steady',
    fault: null,
  })
  expect(tries).toBe(3)
})

test('rejects one that a balancer did not bring in, during which fault it was', () => {
  const stop = { kind: 'stop-instance', firedAtMs: 3_000, healedAtMs: 9_000 } as const
  const { connectsFailed } = judge([{ instance: -1, why: 'closed with 1012 before the welcome', atMs: 4_000 }], [stop])
  expect(connectsFailed).toMatchObject({ count: 1, breakdown: { fault: { 'stop-instance chat-2': 1 }, instance: {} } })
  expect(connectsFailed.examples[0]!.instance).toBeNull()
})

test('rejects every one of several tries of one client, before the load as well', () => {
  const why = 'no answer within 3 s'
  const { connectsFailed, tries } = judge([
    { instance: -1, why, atMs: -400 },
    { instance: -1, why, atMs: 2_000 },
  ])
  expect(connectsFailed).toMatchObject({ count: 2, breakdown: { moment: { 'warm-up': 1, steady: 1 } } })
  expect(tries).toBe(4)
})
