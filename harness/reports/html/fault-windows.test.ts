import { expect, test } from 'vitest'
import { type FaultSketch, history } from '../../checkers/history.ts'
import { judge } from '../../verdict/verdict.ts'
import { faultWindows, windowName, windowsDuring } from './fault-windows.ts'

const END_MS = 20_000

function windowsOf(...faults: FaultSketch[]) {
  const { plan, ledger } = history({ clients: { ann: '', bob: '' }, faults })
  return faultWindows(plan, judge(plan, {}, ledger).faults, END_MS)
}

test('a window goes from the firing until healing was evident', () => {
  const [window] = windowsOf({ firedAtMs: 3_000, healedAtMs: 4_500 })
  expect(window).toMatchObject({ number: 1, fromMs: 3_000, toMs: 4_500, hasEnded: true, faults: [0] })
  expect(windowName(window!)).toBe('kill-instance chat-2')
})

test('one that never healed lasts to the end of the run', () => {
  expect(windowsOf({ healedAtMs: null })).toMatchObject([{ toMs: END_MS, hasEnded: false }])
})

test('one that is to stay down ends with its effect', () => {
  const forGood = { firedAtMs: 3_000, effectAtMs: 3_200, healedAtMs: null, heals: false }
  expect(windowsOf(forGood)).toMatchObject([{ toMs: 3_200, hasEnded: true }])
})

test('numbers go by time, and one that was never begun has no window', () => {
  const windows = windowsOf({ firedAtMs: 7_000 }, { firedAtMs: null }, { firedAtMs: 2_000, target: 'chat-1' })
  expect(windows.map(({ number, faults }) => [number, faults])).toEqual([
    [1, [2]],
    [2, [0]],
  ])
})

test('one kind that hits several at the same time is one window; another kind, or a later time, is another', () => {
  const cut = (target: string, firedAtMs: number): FaultSketch => ({ kind: 'cut-redis', target, firedAtMs })
  const windows = windowsOf(
    cut('chat-1', 3_000),
    cut('chat-2', 3_020),
    { kind: 'slow-redis', target: 'chat-1', firedAtMs: 3_000 },
    cut('chat-1', 8_000),
  )
  expect(windows.map(windowName)).toEqual(['cut-redis chat-1, chat-2', 'slow-redis chat-1', 'cut-redis chat-1'])
  expect(windows[0]).toMatchObject({ toMs: 4_520 })
})

test('which windows a second touches', () => {
  const windows = windowsOf({ firedAtMs: 3_000, healedAtMs: 4_500 })
  expect([2_000, 3_000, 4_000, 5_000].map(ms => windowsDuring(windows, ms, ms + 1_000).length)).toEqual([0, 1, 1, 0])
})
