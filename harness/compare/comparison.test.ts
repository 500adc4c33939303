import { describe, expect, test } from 'vitest'
import type { RunResult } from '../reports/result.ts'
import { type Compared, compareResults } from './comparison.ts'
import { overrideFloors } from './floors.ts'
import { runWithMedian, type SampleChanges, sampleRun } from './sample-runs.ts'

const floors = overrideFloors([
  ...['latencyP50=50%,5', 'latencyP99=50%,5', 'throughput=1%,10', 'reconnect=50%,2', 'counts=50%,25'],
])

function one(old: readonly RunResult[], fresh: readonly RunResult[], measure: string, phase = 'run'): Compared {
  const found = compareResults(old, fresh, floors).filter(each => each.measure === measure && each.phase === phase)
  expect(found).toHaveLength(1)
  return found[0]!
}

const median = (old: readonly RunResult[], fresh: readonly RunResult[]) =>
  one(old, fresh, 'crossInstanceP50Ms', 'steady')
const runs = (...medians: readonly number[]) => medians.map(value => runWithMedian(value))

describe('a change counts beyond both floors, 5 ms and 50 %', () => {
  test.each([
    ['beyond both', 8, 14, 'worse'],
    ['beyond both, the other way', 14, 6, 'better'],
    ['no change', 8, 8, 'same'],
    ['beyond 50 % alone', 2, 6, 'same'],
    ['beyond 5 ms alone', 40, 50, 'same'],
    ['exactly the absolute floor', 2, 7, 'same'],
    ['exactly the relative floor', 20, 30, 'same'],
    ['from nothing, beyond 5 ms', 0, 6, 'worse'],
  ])('%s: %d ms → %d ms is %s', (_, old, fresh, outcome) => {
    expect(median(runs(old), runs(fresh))).toMatchObject({ outcome, change: fresh - old })
  })

  test('the share is of the old value', () => {
    expect(median(runs(8), runs(14)).relative).toBeCloseTo(0.75)
    expect(median(runs(0), runs(14)).relative).toBeNull()
  })
})

test('the tail of one run alone has a wider floor than that of three, unless the command line says one for both', () => {
  const tail = (...p99s: readonly number[]) =>
    p99s.map(p99 => sampleRun({ latencies: [{ phase: 'steady', kind: 'cross', p99, count: 5000 }] }))
  const outcome = (old: RunResult[], fresh: RunResult[], written: readonly string[]) =>
    compareResults(old, fresh, overrideFloors(written)).find(
      ({ measure, phase }) => measure === 'crossInstanceP99Ms' && phase === 'steady',
    )!.outcome
  expect(outcome(tail(10), tail(90), [])).toBe('same')
  expect(outcome(tail(10), tail(120), [])).toBe('worse')
  expect(outcome(tail(10, 11, 12), tail(89, 90, 91), [])).toBe('worse')
  expect(outcome(tail(10), tail(90), ['latencyP99=25'])).toBe('worse')
  expect(outcome(tail(10), tail(90), ['latencyP99=50%'])).toBe('same')
})

describe('with several runs, medians are compared and the runs have to be apart', () => {
  test.each([
    ['three and three, all above', [4, 5, 8], [14, 15, 16], 'worse'],
    ['three and three, all below', [14, 15, 16], [4, 5, 8], 'better'],
    ['three and three, one pair the other way', [4, 5, 15], [14, 16, 17], 'uncertain'],
    ['three and three, one run far off does not move the median', [4, 5, 5], [4, 5, 300], 'same'],
    ['five and five, one run the other way', [4, 5, 5, 6, 15], [14, 15, 16, 17, 18], 'worse'],
    ['five and five, two of each the other way', [4, 5, 5, 30, 31], [3, 4, 14, 16, 17], 'uncertain'],
    ['one and three, above all', [14], [4, 5, 6], 'better'],
    ['one and three, within', [5.5], [5, 15, 16], 'uncertain'],
  ])('%s', (_, old, fresh, outcome) => {
    expect(median(runs(...old), runs(...fresh)).outcome).toBe(outcome)
  })

  test('says the medians, the ranges and the chance', () => {
    const compared = median(runs(4, 5, 8), runs(14, 15, 16))
    expect(compared.old).toMatchObject({ median: 5, lowest: 4, highest: 8 })
    expect(compared.new).toMatchObject({ median: 15, lowest: 14, highest: 16 })
    expect(compared.chance).toBeCloseTo(1 / 20)
  })

  test('says why it is uncertain', () => {
    expect(median(runs(4, 5, 15), runs(14, 16, 17)).because).toMatch(/overlap \(P = 0\.1\)/)
  })
})

describe('a generator that was later itself', () => {
  const late = (p50: number, lagP50: number): RunResult =>
    sampleRun({
      latencies: [
        { phase: 'steady', kind: 'cross', p50 },
        { phase: 'steady', kind: 'sendLag', p50: lagP50 },
      ],
    })

  test('explains a change that is gone with twice its lateness taken off', () => {
    const compared = median([late(8, 0.5)], [late(20, 5)])
    expect(compared.outcome).toBe('uncertain')
    expect(compared.because).toMatch(/later by 4\.5 ms in the new runs/)
  })

  test('does not explain a greater change', () => {
    expect(median([late(8, 0.5)], [late(28, 5)]).outcome).toBe('worse')
  })

  test('explains an improvement where it was later before', () => {
    expect(median([late(20, 5)], [late(8, 0.5)]).outcome).toBe('uncertain')
  })

  test('does not explain a change in the other direction', () => {
    expect(median([late(8, 5)], [late(20, 0.5)]).outcome).toBe('worse')
  })

  test('is known by its noise floor, too', () => {
    const noisy = (p50: number, noise: number) => runWithMedian(p50, { noiseFloorMs: { p50: noise, p99: noise } })
    expect(median([noisy(8, 1)], [noisy(20, 6)]).outcome).toBe('uncertain')
    expect(median([noisy(8, 1)], [noisy(20, 2)]).outcome).toBe('worse')
  })

  test('a change within the noise floor is not shown, though it was the same on both sides', () => {
    const noisy = (p50: number) => runWithMedian(p50, { noiseFloorMs: { p50: 6, p99: 90 } })
    expect(median([noisy(8)], [noisy(20)])).toMatchObject({
      outcome: 'uncertain',
      because: expect.stringMatching(/noise floor.*6\.0 ms/),
    })
    expect(median([noisy(8)], [noisy(21)]).outcome).toBe('worse')
  })
})

describe('samples', () => {
  const few = (count: number) => sampleRun({ latencies: [{ phase: 'steady', kind: 'cross', p99: 900, count }] })

  test('a P99 of fewer than a thousand is not compared', () => {
    const compared = one([sampleRun()], [few(999)], 'crossInstanceP99Ms', 'steady')
    expect(compared).toMatchObject({ outcome: 'not-compared' })
    expect(compared.because).toMatch(/new run \(999 samples, 1000 needed\)/)
    expect(one([sampleRun()], [few(1000)], 'crossInstanceP99Ms', 'steady').outcome).toBe('worse')
  })

  test('what was measured on one side alone is not compared', () => {
    const without = sampleRun({ latencies: [{ phase: 'steady', kind: 'cross', p50: null, count: 0 }] })
    expect(median([sampleRun()], [without])).toMatchObject({ outcome: 'not-compared', new: null, change: null })
  })

  test('the maximum informs', () => {
    const slow = sampleRun({ latencies: [{ phase: 'steady', kind: 'cross', max: 5000 }] })
    expect(one([sampleRun()], [slow], 'crossInstanceMaxMs', 'steady').outcome).toBe('informs')
  })
})

describe('counts', () => {
  const counted = (changes: SampleChanges['counts']) => [sampleRun({ counts: changes })]

  test('one more of what no run may have is worse', () => {
    expect(one([sampleRun()], counted({ lost: 1 }), 'lost').outcome).toBe('worse')
    expect(one(counted({ lost: 1 }), [sampleRun()], 'lost').outcome).toBe('better')
    expect(one([sampleRun()], counted({ holes: 1 }), 'holes').outcome).toBe('worse')
  })

  test('other counts have floors', () => {
    expect(one(counted({ rejected: 20 }), counted({ rejected: 44 }), 'rejected').outcome).toBe('same')
    expect(one(counted({ rejected: 20 }), counted({ rejected: 46 }), 'rejected').outcome).toBe('worse')
  })

  test('where one side forbids what the other limits, one more is worse', () => {
    const limited = (limit: number, late: number) =>
      sampleRun({
        counts: { late },
        result: {
          budgets: [
            { measure: 'late', phase: 'run', limit, actual: late, samples: 9, status: 'pass', limitFrom: 'scenario' },
          ],
        },
      })
    expect(one([limited(0, 0)], [limited(10, 3)], 'late').outcome).toBe('worse')
    expect(one([limited(10, 0)], [limited(10, 3)], 'late').outcome).toBe('same')
  })

  test('fewer deliveries are worse, more are better', () => {
    const delivered = (count: number) => counted({ delivered: count, obligations: 1000 })
    expect(one(delivered(1000), delivered(980), 'delivered').outcome).toBe('worse')
    expect(one(delivered(980), delivered(1000), 'delivered').outcome).toBe('better')
    expect(one(delivered(1000), delivered(991), 'delivered').outcome).toBe('same')
  })

  test('a load that was ended early is worse than one that was not', () => {
    expect(one([sampleRun()], [sampleRun({ abortedBecause: 'overdue' })], 'aborted').outcome).toBe('worse')
  })
})

describe('recoveries', () => {
  const recovered = (reconnectMs: number | null) => [sampleRun({ reconnectMs })]

  test('one that is not reached is slower than any', () => {
    const never = one(recovered(500), recovered(null), 'reconnectSeconds')
    expect(never).toMatchObject({ outcome: 'worse', relative: null, change: Infinity })
    expect(one(recovered(null), recovered(500), 'reconnectSeconds').outcome).toBe('better')
    expect(one(recovered(null), recovered(null), 'reconnectSeconds')).toMatchObject({ outcome: 'same', change: 0 })
  })

  test('have floors', () => {
    expect(one(recovered(500), recovered(2400), 'reconnectSeconds').outcome).toBe('same')
    expect(one(recovered(500), recovered(2600), 'reconnectSeconds').outcome).toBe('worse')
  })
})

test('a budget that was kept and is broken is told', () => {
  const broken = sampleRun()
  const budgets = broken.budgets.map(budget =>
    budget.measure === 'crossInstanceP99Ms' ? { ...budget, status: 'fail' as const } : budget,
  )
  const compared = one([sampleRun()], [{ ...broken, budgets }], 'crossInstanceP99Ms', 'steady')
  expect(compared.budget).toEqual({ old: { limit: 100, kept: 1, runs: 1 }, new: { limit: 100, kept: 0, runs: 1 } })
})
