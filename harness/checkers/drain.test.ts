import { expect, test } from 'vitest'
import type { ConnectionRecord } from '../ledger/ledger.ts'
import { checkDrains, DRAIN_MS_MAX } from './drain.ts'
import { type FaultSketch, history } from './history.ts'

function judge(fault: FaultSketch, changes: Partial<ConnectionRecord> = {}) {
  const hit = {
    instance: 1,
    openedAtMs: -900,
    closedAtMs: 3_400,
    closeCode: 1012,
    draining: true,
    firstCrossAtMs: null,
  }
  const connections = [
    { ...hit, ...changes },
    { instance: 0, openedAtMs: 9_500, closedAtMs: null, closeCode: null, draining: false, firstCrossAtMs: null },
  ]
  const clients = { ann: '', bob: { streams: { lobby: '' }, connections } }
  const { run, phases } = history({ clients, faults: [{ kind: 'stop-instance', ...fault }] })
  return checkDrains(run, phases)
}
const clean = { code: 0, signal: null, afterMs: 900 }

test('accepts an exit with 0 in time and connections closed with a code', () => {
  expect(judge({ exit: clean }).count).toBe(0)
})

test('accepts that a kill drains nothing', () => {
  expect(
    judge({ kind: 'kill-instance', exit: { code: null, signal: 'SIGKILL', afterMs: 3 } }, { closeCode: 1006 }).count,
  ).toBe(0)
})

test('accepts that a connection to the instance started again is cut by something else', () => {
  expect(judge({ exit: { ...clean, afterMs: 300 } }, { closeCode: 1006, openedAtMs: 3_350 }).count).toBe(0)
})

test('rejects a connection cut without a close code that the client notices late', () => {
  expect(judge({ exit: clean }, { closeCode: 1006, closedAtMs: 9_000 }).count).toBe(1)
})

test.each([
  ['exit code 1', { ...clean, code: 1 }],
  ['ended by SIGKILL', { code: null, signal: 'SIGKILL', afterMs: 900 }],
  [`exit after 21000 ms of ${DRAIN_MS_MAX}`, { ...clean, afterMs: 21_000 }],
  ['it was not seen to exit', null],
])('rejects: %s', (what, exit) => {
  const found = judge({ exit })
  expect(found.count).toBe(1)
  expect(found.examples[0]).toMatchObject({ what, fault: 'stop-instance chat-2', instance: 'chat-2' })
})

test('rejects connections cut without a close code, once for the instance', () => {
  const found = judge({ exit: clean }, { closeCode: 1006 })
  expect(found.count).toBe(1)
  expect(found.examples[0]!.what).toBe('1 connections cut without a close code')
})

test('of a target that names several instances, the connections to all of them', () => {
  expect(judge({ exit: clean, target: 'chat-1+chat-2' }, { closeCode: 1006 }).count).toBe(1)
  expect(judge({ exit: clean, target: 'chat-1' }, { closeCode: 1006 }).count).toBe(0)
})
