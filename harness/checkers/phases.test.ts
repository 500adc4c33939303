import { expect, test } from 'vitest'
import type { FaultRecord } from '../ledger/ledger.ts'
import { history } from './history.ts'
import { mapPhases, type SteadyTimes } from './phases.ts'

function phasesOf(windows: [number | null, number | null][], steadyAtMs: SteadyTimes, seconds = 10) {
  const faults: readonly FaultRecord[] = history({
    clients: {},
    faults: windows.map(([firedAtMs, healedAtMs]) => ({ firedAtMs, healedAtMs })),
  }).ledger.faults
  const phases = mapPhases(faults, steadyAtMs, seconds * 1000)
  return Array.from({ length: seconds + 2 }, (_, index) => phases.phaseOf(index - 1)?.at(0) ?? '-').join('')
}

test('without faults every second of the load is steady; warm-up and roll call have no phase', () => {
  expect(phasesOf([], [])).toBe('-ssssssssss-')
})

test('a second that a fault touches is fault; from healing to steady again is recovery', () => {
  expect(phasesOf([[2_900, 4_100]], [6_000])).toBe('-ssfffrssss-')
})

test('a window that ends on a whole second does not touch the next', () => {
  expect(phasesOf([[3_000, 4_000]], [4_000])).toBe('-sssfssssss-')
})

test('never healed: fault to the end of the load', () => {
  expect(phasesOf([[3_000, null]], [null])).toBe('-sssfffffff-')
})

test('never steady again: recovery to the next fault, and to the end', () => {
  const windows: [number, number][] = [
    [2_000, 3_000],
    [6_000, 7_000],
  ]
  expect(phasesOf(windows, [null, null])).toBe('-ssfrrrfrrr-')
})

test('a fault that did not fire changes nothing', () => {
  expect(phasesOf([[null, null]], [null])).toBe('-ssssssssss-')
})

test('each fault needs its steady time', () => {
  expect(() => phasesOf([[2_000, 3_000]], [])).toThrow('1 faults, but 0 times')
})
