import { describe, expect, test } from 'vitest'
import { type FaultSketch, history } from './history.ts'
import { mapPhases, type SteadyTimes } from './phases.ts'

function phasesOf(windows: [number | null, number | null][], steadyAtMs: SteadyTimes, seconds = 10) {
  return phasesOfFaults(
    windows.map(([firedAtMs, healedAtMs]) => ({ firedAtMs, healedAtMs })),
    steadyAtMs,
    seconds,
  )
}

function phasesOfFaults(faults: readonly FaultSketch[], steadyAtMs: SteadyTimes, seconds = 10) {
  const { plan, ledger } = history({ clients: {}, faults, loadMs: seconds * 1000 })
  const phases = mapPhases(plan, ledger.faults, steadyAtMs)
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

describe('a fault that is planned to stay down', () => {
  const forGood = { heals: false, firedAtMs: 2_900, effectAtMs: 2_950, healedAtMs: null }

  test('ends with its observed effect, and recovery goes on from there', () => {
    expect(phasesOfFaults([forGood], [6_000])).toBe('-ssfrrrssss-')
    expect(phasesOfFaults([forGood], [null])).toBe('-ssfrrrrrrr-')
  })

  test('takes up the second in which it fired, even where the effect was seen at once', () => {
    expect(phasesOfFaults([{ ...forGood, firedAtMs: 3_000, effectAtMs: 3_000 }], [4_000])).toBe('-sssfssssss-')
  })

  test('ends with the exit where the instance was stopped, since it drains until then', () => {
    const stop = { ...forGood, kind: 'stop-instance', exit: { code: 0, signal: null, afterMs: 2_200 } } as const
    expect(phasesOfFaults([stop], [7_000])).toBe('-ssffffrsss-')
    expect(phasesOfFaults([{ ...stop, exit: null }], [null])).toBe('-ssffffffff-')
  })

  test('never ends where its effect was not seen', () => {
    expect(phasesOfFaults([{ ...forGood, effectAtMs: null }], [null])).toBe('-ssffffffff-')
  })
})

test('a fault that did not fire changes nothing', () => {
  expect(phasesOf([[null, null]], [null])).toBe('-ssssssssss-')
})

test('each fault needs its steady time', () => {
  expect(() => phasesOf([[2_000, 3_000]], [])).toThrow('1 faults, but 0 times')
})
