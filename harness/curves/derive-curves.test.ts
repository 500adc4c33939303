import { describe, expect, test } from 'vitest'
import { type FaultSketch, type HistorySketch, history, samples } from '../checkers/history.ts'
import type { ConnectionRecord } from '../ledger/ledger.ts'
import type { Curves, InstanceSpan, Series } from './curves.ts'
import { deriveCurves } from './derive-curves.ts'

/** The warm-up is two seconds, the load ten, the roll call at 20 s. */
function curvesOf(sketch: HistorySketch): Curves {
  const { plan, ledger } = history(sketch)
  return deriveCurves(plan, ledger)
}

/** By the second of the run's clock. */
function at({ fromMs, stepMs }: Curves, series: Series, second: number): number | null {
  return series[(second * 1000 - fromMs) / stepMs]!
}

const NOBODY: HistorySketch = { clients: { ann: '', bob: '' } }

describe('the axis', () => {
  test('goes from the warm-up to the last thing that happened', () => {
    const curves = curvesOf({ ...NOBODY, clients: { ann: '0', bob: '0' }, rollCall: ['ann'], rollCallAtMs: 20_100 })
    expect(curves).toMatchObject({ schema: 1, stepMs: 1_000, fromMs: -2_000 })
    expect(curves.connected).toHaveLength(23)
    expect(curves.latencyMs.cross.p99).toHaveLength(23)
    expect(curves.perSecond.sent).toHaveLength(23)
  })

  test('goes to the end of the load where nothing happened after it', () => {
    expect(curvesOf(NOBODY).connected).toHaveLength(12)
  })

  test('has longer steps in a run of more than an hour, and no more of them', () => {
    const curves = curvesOf({ ...NOBODY, loadMs: 7_300_000 })
    expect(curves.stepMs).toBe(3_000)
    expect(curves.connected.length).toBeLessThanOrEqual(3_600)
    expect(curves.connected.length * curves.stepMs).toBeGreaterThanOrEqual(7_302_000)
  })
})

describe('latency', () => {
  const latencies = {
    cross: { [-1]: samples(3, 5), 0: [...samples(4, 98), 50, 90], 2: samples(7, 1) },
    ack: { 0: samples(2, 2_000), 1: samples(6, 20) },
  }
  const curves = curvesOf({ ...NOBODY, latencies })

  test('stands at the second of the intended time, the warm-up included', () => {
    const { cross } = curves.latencyMs
    expect(at(curves, cross.p50, -1)).toBeCloseTo(3, 1)
    expect(at(curves, cross.p50, 0)).toBeCloseTo(4, 1)
    expect(at(curves, cross.p99, 0)).toBeCloseTo(50, 1)
    expect(at(curves, cross.max, 0)).toBeCloseTo(90, 0)
    expect(cross.count.slice(0, 5)).toEqual([0, 5, 100, 0, 1])
  })

  test('is null where there was none, never 0', () => {
    expect(at(curves, curves.latencyMs.cross.p99, 1)).toBeNull()
    expect(new Set(curves.latencyMs.same.max)).toEqual(new Set([null]))
  })

  test('percentiles are of the load alone, and end where fewer than ten samples are left', () => {
    const { ack, cross, same } = curves.percentiles
    expect(same).toEqual([])
    // 101 samples, those of the warm-up apart.
    expect(cross.at(-1)![0]).toBeLessThanOrEqual(90.1)
    expect(cross.at(-1)![0]).toBeGreaterThanOrEqual(89)
    const percentiles = ack.map(([percentile]) => percentile)
    expect(percentiles).toEqual([...percentiles].sort((a, b) => a - b))
    expect(percentiles).toEqual(expect.arrayContaining([0, 50, 90, 99]))
    expect(percentiles).not.toContain(99.9)
    expect(Object.fromEntries(ack)[99]).toBeCloseTo(2, 1)
    expect(ack.at(-1)![1]).toBeCloseTo(6, 1)
  })

  test('with samples enough they go to 99.99', () => {
    const many = curvesOf({ ...NOBODY, latencies: { same: { 0: samples(1, 100_000) } } })
    expect(many.percentiles.same.at(-1)![0]).toBe(99.99)
    expect(many.percentiles.same.length).toBeLessThan(120)
  })
})

describe('what happened in each second', () => {
  test('stands at the second in which it happened, not at that of the intention', () => {
    const curves = curvesOf({
      sends: [
        { by: 'ann', atMs: 900, handedAtMs: 950 },
        { by: 'ann', atMs: 999, handedAtMs: 1_000 },
        { by: 'bob', atMs: 1_998, handedAtMs: 1_999 },
        { by: 'bob', atMs: 3_000, handedAtMs: null, outcome: 'rejected' },
      ],
      clients: { ann: '0 1 2', bob: '0 1 2' },
    })
    expect(curves.perSecond.sent.slice(2, 6)).toEqual([1, 2, 0, 0])
    // Acknowledged 2 ms later.
    expect(curves.perSecond.acked.slice(2, 6)).toEqual([1, 1, 1, 0])
  })

  test('deliveries are null where nobody wrote down when they came', () => {
    const curves = curvesOf({ sends: ['ann'], clients: { ann: '0', bob: '0' } })
    expect(new Set(curves.perSecond.delivered)).toEqual(new Set([null]))
    expect(new Set(curves.outstanding)).toEqual(new Set([null]))
  })

  test('deliveries of several workers add up', () => {
    const deliveredIn = [
      { second: 0, count: 2 },
      { second: 3, count: 5 },
      { second: 0, count: 1 },
    ]
    const { perSecond } = curvesOf({ ...NOBODY, deliveredIn })
    expect(perSecond.delivered.slice(2, 7)).toEqual([3, 0, 0, 5, 0])
  })

  test('in longer steps it is the mean', () => {
    const { perSecond } = curvesOf({ ...NOBODY, loadMs: 7_300_000, deliveredIn: [{ second: 0, count: 6 }] })
    expect(Math.max(...perSecond.delivered.map(Number))).toBe(2)
  })
})

describe('outstanding', () => {
  const sends = ['ann', 'ann'].map((by, index) => ({ by, atMs: index * 1_000 + 500 }))

  test('is what was handed over by then and is owed, less what has come', () => {
    const curves = curvesOf({
      sends,
      clients: { ann: '0 1', bob: '0 1' },
      deliveredIn: [
        { second: 0, count: 1 },
        { second: 1, count: 1 },
        { second: 2, count: 2 },
      ],
    })
    expect(curves.outstanding.slice(1, 6)).toEqual([0, 1, 2, 0, 0])
  })

  test('what is lost stays in it to the end', () => {
    const deliveredIn = [
      { second: 0, count: 2 },
      { second: 1, count: 1 },
    ]
    const curves = curvesOf({ sends, clients: { ann: '0 1', bob: '0' }, deliveredIn })
    expect(curves.outstanding.slice(3)).toEqual(new Array(9).fill(1))
  })

  test('what nobody was owed takes nothing off: a repetition, and a phantom', () => {
    const deliveredIn = [
      { second: 0, count: 4 },
      { second: 1, count: 1 },
    ]
    const curves = curvesOf({ sends, clients: { ann: '0 1', bob: '0 0 -1@9' }, deliveredIn })
    expect(curves.outstanding.at(-1)).toBe(1)
  })
})

describe('connected', () => {
  const connection = (openedAtMs: number, closedAtMs: number | null): ConnectionRecord => {
    return { instance: 0, openedAtMs, closedAtMs, closeCode: null, draining: false, firstCrossAtMs: null }
  }
  const client = (...connections: ConnectionRecord[]) => ({ streams: { lobby: '' }, connections })

  test('is the fewest at any moment of the step, so that the shortest cut is seen', () => {
    const curves = curvesOf({
      clients: {
        ann: client(connection(-3_000, null)),
        bob: client(connection(-1_500, 1_200), connection(1_300, null)),
        cleo: client(connection(-3_000, 4_000)),
      },
    })
    expect(curves.connected.slice(0, 8)).toEqual([2, 3, 3, 2, 3, 3, 2, 2])
  })

  test('who changes over in one moment is not missed', () => {
    const { connected } = curvesOf({ clients: { ann: client(connection(-3_000, 1_500), connection(1_500, null)) } })
    expect(new Set(connected)).toEqual(new Set([1]))
  })
})

describe('lanes', () => {
  const lanesOf = (...faults: FaultSketch[]) =>
    curvesOf({ ...NOBODY, faults }).instances.map(({ spans }) => spans.map(shortSpan))
  const shortSpan = ({ state, fromMs, toMs }: InstanceSpan) => `${state} ${fromMs} ${toMs}`

  test('without faults everybody is up', () => {
    expect(lanesOf()).toEqual([['up -2000 10000'], ['up -2000 10000']])
  })

  test('a kill: down from its death, starting until ready', () => {
    const [, killed] = lanesOf({ firedAtMs: 3_000, effectAtMs: 3_050, healingAtMs: 4_000, healedAtMs: 4_500 })
    expect(killed).toEqual(['up -2000 3050', 'down 3050 4000', 'starting 4000 4500', 'up 4500 10000'])
  })

  test('where nobody wrote down when healing began, it is down until it is ready', () => {
    const [, killed] = lanesOf({ firedAtMs: 3_000, effectAtMs: 3_050, healedAtMs: 4_500 })
    expect(killed).toEqual(['up -2000 3050', 'down 3050 4500', 'up 4500 10000'])
  })

  test('a stop: draining until its exit', () => {
    const exit = { code: 0, signal: null, afterMs: 700 }
    const stop = {
      kind: 'stop-instance',
      target: 'chat-1',
      firedAtMs: 2_000,
      healingAtMs: 3_700,
      healedAtMs: 4_000,
      exit,
    } as const
    expect(lanesOf(stop)[0]).toEqual([
      'up -2000 2000',
      'draining 2000 2700',
      'down 2700 3700',
      'starting 3700 4000',
      'up 4000 10000',
    ])
  })

  test('what is paused, and what is never healed', () => {
    const pause = {
      kind: 'pause-instance',
      target: 'chat-1',
      firedAtMs: 1_000,
      healingAtMs: 2_000,
      healedAtMs: 2_400,
    } as const
    const forGood = { target: 'chat-2', firedAtMs: 5_000, healedAtMs: null, heals: false }
    expect(lanesOf(pause, forGood)).toEqual([
      ['up -2000 1000', 'paused 1000 2000', 'starting 2000 2400', 'up 2400 10000'],
      ['up -2000 5000', 'down 5000 10000'],
    ])
  })

  test('a fault that did not fire, or hits something else, leaves it up', () => {
    const notFired = { effectAtMs: null, healedAtMs: null, status: 'not-fired' } as const
    const cut = { kind: 'cut-redis', target: 'chat-1' } as const
    expect(lanesOf(notFired, cut)).toEqual([['up -2000 10000'], ['up -2000 10000']])
  })

  test('an instance that is added is not there before', () => {
    const { plan, ledger } = history({
      ...NOBODY,
      faults: [
        { kind: 'add-instance', target: 'chat-2', firedAtMs: 2_000, effectAtMs: 2_500, healedAtMs: null, heals: false },
      ],
    })
    const { instances } = deriveCurves({ ...plan, instancesAtStart: 1 }, ledger)
    expect(instances[1]!.spans.map(shortSpan)).toEqual(['down -2000 2000', 'starting 2000 2500', 'up 2500 10000'])
  })
})

test('plan and ledger of different runs are refused', () => {
  const { plan } = history(NOBODY)
  const { ledger } = history({ clients: { ann: '' } })
  expect(() => deriveCurves(plan, ledger)).toThrow(/not of the same run/)
})
