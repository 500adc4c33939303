import { describe, expect, test } from 'vitest'
import type { RunResult } from '../reports/result.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { FAULTS_AND_SERVICE } from '../verdict/judgement.ts'
import { identityDifferences } from './comparability.ts'
import { compareSides } from './compare-sides.ts'
import { FLOORS } from './floors.ts'
import { runWithMedian, sampleRun, sideOf } from './sample-runs.ts'

const good = sampleRun()
const slow = runWithMedian(300)
const lossy = sampleRun({ counts: { lost: 2 } })
const invalid = sampleRun({ invalidBecause: ['the generator could not keep up'] })

describe('the verdict', () => {
  test.each([
    ['equal', [good], [good], 'no-regression', 0],
    ['slower', [good], [slow], 'worse', 1],
    ['quicker', [slow], [good], 'no-regression', 0],
    ['the new run is invalid', [good], [invalid], 'invalid', 3],
    ['the old run is invalid', [invalid], [slow], 'invalid', 3],
    ['one of three is invalid and left out', [good, good, good], [good, invalid, good], 'no-regression', 0],
    ['two of three are invalid', [good, good, good], [invalid, good, invalid], 'invalid', 3],
    ['one of two is invalid', [good, good], [invalid, good], 'invalid', 3],
  ] as const)('%s', (_, old, fresh, verdict, exitCode) => {
    expect(compareSides(sideOf('old', old), sideOf('new', fresh), FLOORS)).toMatchObject({ verdict, exitCode })
  })

  test('a loss is worse even where the run is invalid otherwise; its latencies say nothing', () => {
    const both = { ...lossy, verdict: 'fail', invalidBecause: ['the generator could not keep up'] } as const
    const slower = { ...both, latencyMs: slow.latencyMs }
    const comparison = compareSides(sideOf('old', [good]), sideOf('new', [slower]), FLOORS)
    expect(comparison).toMatchObject({ verdict: 'worse', exitCode: 1 })
    expect(comparison.compared.filter(({ outcome }) => outcome === 'worse').map(({ measure }) => measure)).toEqual([
      'lost',
    ])
    expect(comparison.compared.some(({ unit }) => unit === 'ms')).toBe(false)
  })

  test('what is worse comes first', () => {
    const { compared } = compareSides(sideOf('old', [good]), sideOf('new', [slow]), FLOORS)
    expect(compared[0]).toMatchObject({ measure: 'crossInstanceP50Ms', phase: 'steady', outcome: 'worse' })
  })
})

describe('what differs', () => {
  const differences = (...fresh: Parameters<typeof sideOf>[1][number][]) => {
    const { refused, warned } = compareSides(sideOf('old', [good]), sideOf('new', fresh), FLOORS)
    return { refused, warned }
  }

  test('nothing', () => {
    expect(differences(good)).toEqual({ refused: [], warned: [] })
  })

  test.each([
    ['the scenario', { scenario: 'other' }, /^scenario: sketch → other$/],
    ['the driver', { driver: 'docker' }, /^driver: process → docker$/],
    ['the size', { size: { ...good.size, clients: 7 } }, /^clients: 2 → 7$/],
  ])('%s is refused', (_, change, text) => {
    const { refused } = differences({ ...good, ...change })
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatch(text)
  })

  test.each([
    ['the seed', { seed: 99 }, /^seed: 1 → 99/],
    ['the machine', { environment: { ...good.environment, cpus: 64 } }, /^cpus: 2 → 64$/],
  ])('%s is warned of', (_, change, text) => {
    const { refused, warned } = differences({ ...good, ...change })
    expect(refused).toEqual([])
    expect(warned).toHaveLength(1)
    expect(warned[0]).toMatch(text)
  })

  test('runs of a group have to be alike, too', () => {
    expect(differences(good, { ...good, scenario: 'other' }).refused).toEqual([
      'among the new runs: scenario: sketch → other',
    ])
  })

  test('a balancer in front of the instances is another setting, another version of it is not', () => {
    const behind = (balancer: string) => ({ ...good, environment: { ...good.environment, balancer } })
    const differences = (one: RunResult, other: RunResult) =>
      compareSides(sideOf('old', [one]), sideOf('new', [other]), FLOORS)
    expect(differences(good, behind('haproxy 2.6.12')).refused).toEqual(['topology.balancer: none → "haproxy"'])
    const { refused, warned } = differences(behind('haproxy 2.6.12'), behind('haproxy 2.8.1'))
    expect(refused).toEqual([])
    expect(warned).toContain('balancer: haproxy 2.6.12 → haproxy 2.8.1')
  })

  test('a run on both sides is told', () => {
    const side = sideOf('old', [good])
    expect(compareSides(side, side, FLOORS).warned).toEqual(['one run is on both sides'])
  })

  test('a field of the load, or the faults, is refused; budgets may differ', () => {
    const written: Scenario = {
      about: 'a',
      topology: { instances: 2 },
      load: { rooms: 1, clients: 2, messagesPerSecond: 4, textBytes: 24, seconds: 10 },
      budgets: { lost: 0 },
    }
    const asked = { scenario: 'a', driver: 'process', seed: 1, scope: undefined }
    const identity = (written: Scenario) => ({ ...asked, written })
    const refused = (other: Scenario) => identityDifferences(identity(written), identity(other)).refused
    expect(refused({ ...written, about: 'b', budgets: { lost: 9 } })).toEqual([])
    expect(refused({ ...written, load: { ...written.load, textBytes: 25 } })).toEqual(['load.textBytes: 24 → 25'])
    expect(refused({ ...written, faults: [{ kind: 'kill-instance', atSeconds: 1 }] })).toEqual([
      'faults: none → [{"kind":"kill-instance","atSeconds":1}]',
    ])
    const behind = (balancer: 'haproxy' | 'direct') => ({ ...written, topology: { instances: 2, balancer } })
    expect(refused(behind('haproxy'))).toEqual(['topology.balancer: none → "haproxy"'])
    expect(refused(behind('direct'))).toEqual([])
    const withoutLoad = { ...identity(written), scope: FAULTS_AND_SERVICE } as const
    expect(identityDifferences(identity(written), withoutLoad).refused).toEqual([
      'judged: everything → faults and service only',
    ])
  })
})

describe('what can be said of so many runs', () => {
  const certainty = (old: number, fresh: number) =>
    compareSides(sideOf('old', Array(old).fill(good)), sideOf('new', Array(fresh).fill(good)), FLOORS).certainty

  test('one and one', () => {
    expect(certainty(1, 1)).toMatch(/not known.*floors alone decide/)
  })

  test('three and three', () => {
    expect(certainty(3, 3)).toMatch(/every run of one side.*5 %.*range of 3 runs holds the true median with 75 %/)
  })

  test('five and five', () => {
    expect(certainty(5, 5)).toMatch(/at most 5 %.*range of 5 runs holds the true median with 94 %/)
  })

  test('one and five: less than is usual', () => {
    expect(certainty(1, 5)).toMatch(
      /17 %.*more than the usual 5 %.*The range of 5 runs holds the true median with 94 %\. /,
    )
  })
})
