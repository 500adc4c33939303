import { describe, expect, test } from 'vitest'
import { type HistorySketch, history, samples } from '../checkers/history.ts'
import { LatencyHistograms } from '../ledger/latency-histogram.ts'
import type { ConnectionRecord, Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { Budgets } from '../scenario/scenario.ts'
import { CHECKER_CRASHED } from './examination.ts'
import { judge } from './verdict.ts'

const SECONDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const SENDS = ['ann', 'bob', 'ann']
const HONEST: HistorySketch = {
  sends: SENDS,
  rollCall: ['ann', 'bob'],
  clients: { ann: '0 1 2 3 4', bob: '0 1 2 3 4' },
  latencies: {
    cross: everySecond(8, 200),
    same: everySecond(4, 200),
    ack: everySecond(3, 200),
    sendLag: everySecond(1, 200),
  },
}
const LOSSY = { ...HONEST, clients: { ann: '0 1 2 3 4', bob: '0 2 3 4' } }
const KILL = { firedAtMs: 3_000, effectAtMs: 3_000, healedAtMs: 4_400 }

function connectionTo(instance: number): ConnectionRecord {
  return { instance, openedAtMs: -1_000, closedAtMs: null, closeCode: null, draining: false, firstCrossAtMs: -900 }
}

function everySecond(valueMs: number, count: number) {
  return Object.fromEntries(SECONDS.map(second => [second, samples(valueMs, count)]))
}

/** A worker besides the one that the sketch has, with these send lags in the first second. */
function withSecondWorker(lagsMs: readonly number[]): (ledger: Ledger) => Ledger {
  const second = new LatencyHistograms(1)
  for (const lagMs of lagsMs) second.record('sendLag', 0, lagMs)
  const { length: sends } = lagsMs
  const record = { worker: 1, eventLoopUtilization: 0.4, plannedSends: sends, handedSends: sends }
  return ledger => ({
    ...ledger,
    latencies: [...ledger.latencies, ...second.flush(Infinity)],
    generators: [...ledger.generators, record],
  })
}

function verdictOf(
  sketch: HistorySketch,
  budgets: Budgets = {},
  change: (ledger: Ledger, plan: Plan) => Ledger = l => l,
) {
  const { plan, ledger } = history(sketch)
  return judge(plan, budgets, change(ledger, plan))
}

describe('pass', () => {
  test('an honest run within its budgets', () => {
    const judgement = verdictOf(HONEST, { crossInstanceP99Ms: { steady: 100 }, ackP50Ms: 50, lost: 0 })
    expect(judgement).toMatchObject({ verdict: 'pass', exitCode: 0, invalidBecause: [] })
    expect(judgement.counts).toMatchObject({
      sent: 5,
      ok: 5,
      rejected: 0,
      unknown: 0,
      obligations: 10,
      delivered: 10,
      deliveredAcross: 5,
      lost: 0,
      stranded: 0,
    })
    const latency = judgement.budgets.find(({ measure }) => measure === 'crossInstanceP99Ms')
    expect(latency).toMatchObject({ phase: 'steady', limit: 100, samples: 2_000, status: 'pass' })
    expect(latency!.actual).toBeCloseTo(8, 1)
    expect(judgement.latencyMs.run.cross.count).toBe(2_000)
  })

  test('budgets that nobody named hold all the same', () => {
    const measures = verdictOf(HONEST).budgets.map(({ measure }) => measure)
    expect(measures).toEqual(
      expect.arrayContaining(['lost', 'duplicated', 'reordered', 'diverged', 'phantom', 'declaredGaps', 'stranded']),
    )
  })

  test('a violation within a budget of its own', () => {
    expect(verdictOf(LOSSY, { lost: 1 }).verdict).toBe('pass')
  })
})

describe('fail', () => {
  test('a lost delivery, with its example', () => {
    const judgement = verdictOf(LOSSY)
    expect(judgement).toMatchObject({ verdict: 'fail', exitCode: 1, invalidBecause: [] })
    expect(judgement.budgets.find(({ measure }) => measure === 'lost')).toMatchObject({ actual: 1, status: 'fail' })
    expect(judgement.findings.lost!.examples[0]).toMatchObject({ client: 'bob', message: 1 })
  })

  test('a safety violation, even in a run that is otherwise invalid', () => {
    const judgement = verdictOf(LOSSY, {}, ledger => ({ ...ledger, residue: ['chat-2 is down'] }))
    expect(judgement).toMatchObject({ verdict: 'fail', exitCode: 1 })
    expect(judgement.invalidBecause).toEqual(['left behind after healing: chat-2 is down'])
  })

  test('a latency over its limit', () => {
    const judgement = verdictOf(HONEST, { crossInstanceP99Ms: 5 })
    expect(judgement.verdict).toBe('fail')
    expect(judgement.budgets.at(-1)).toMatchObject({ measure: 'crossInstanceP99Ms', phase: 'run', status: 'fail' })
  })

  test('a limit far beneath what a generator can time: the service broke it all the same', () => {
    expect(verdictOf(HONEST, { crossInstanceP99Ms: 0.001 })).toMatchObject({ verdict: 'fail', exitCode: 1 })
  })

  test('a recovery that was not reached, or was too slow', () => {
    const faults = [KILL]
    const slow = verdictOf({ ...HONEST, faults }, { steadyAgainSeconds: 1 })
    expect(slow.verdict).toBe('fail')
    expect(slow.budgets.find(({ measure }) => measure === 'steadyAgainSeconds')).toMatchObject({
      actual: 2,
      samples: 1,
    })
    // Enough samples in the three seconds before the fault, which are all that is steady.
    const latencies = { ...HONEST.latencies, cross: everySecond(8, 400) }
    const never = verdictOf(
      { ...HONEST, faults, latencies },
      { steadyAgainSeconds: 60, crossInstanceP99Ms: { steady: 5 } },
    )
    expect(never.verdict).toBe('fail')
    expect(never.budgets.find(({ measure }) => measure === 'steadyAgainSeconds')).toMatchObject({
      actual: null,
      status: 'fail',
    })
    expect(never.faults[0]!.recovery.steadyMs).toBeNull()
  })

  test('wrong counts, unless they have a budget', () => {
    const wrong = { ...HONEST, counts: { ann: '3@-480 2@20500' } }
    const judgement = verdictOf(wrong)
    expect(judgement.verdict).toBe('fail')
    expect(judgement.counts.counterWrong).toBe(1)
    expect(judgement.budgets.find(({ measure }) => measure === 'counterWrong')).toMatchObject({ samples: 2 })
    expect(verdictOf(wrong, { counterWrong: 1 }).verdict).toBe('pass')
  })

  test('slow readers that were closed without their code', () => {
    const faults = [{ ...KILL, kind: 'slow-readers' as 'kill-instance', target: 'clients', healedAtMs: 9_000 }]
    const closes = (closeCode: number) => {
      const cut = { ...connectionTo(1), closedAtMs: 3_500, closeCode: 4409 }
      const again = { ...connectionTo(1), openedAtMs: 3_510, closedAtMs: 4_000, closeCode }
      const back = { ...connectionTo(1), openedAtMs: 4_010 }
      return { ann: '0 1 2 3 4', bob: { streams: { lobby: '0 1 2 3 4' }, connections: [cut, again, back] } }
    }
    expect(verdictOf({ ...HONEST, faults, clients: closes(4409) }).verdict).toBe('pass')
    const judgement = verdictOf({ ...HONEST, faults, clients: closes(1006) })
    expect(judgement).toMatchObject({ verdict: 'fail', counts: { slowReadersWithoutCode: 1 } })
    expect(verdictOf({ ...HONEST, faults, clients: closes(1006) }, { slowReadersWithoutCode: 1 }).verdict).toBe('pass')
  })

  test('too many reconnects in one second, where they have a budget', () => {
    const faults = [KILL]
    const gone = { ...connectionTo(1), closedAtMs: 3_010, closeCode: 1006 }
    const bob = { streams: { lobby: '0 1 2 3 4' }, connections: [gone, { ...connectionTo(1), openedAtMs: 3_600 }] }
    const clients = { ann: '0 1 2 3 4', bob }
    const judgement = verdictOf({ ...HONEST, faults, clients }, { reconnectsPerSecondMax: 0 })
    expect(judgement.verdict).toBe('fail')
    expect(judgement.budgets.find(({ measure }) => measure === 'reconnectsPerSecondMax')).toMatchObject({
      actual: 1,
      samples: 1,
    })
    expect(verdictOf({ ...HONEST, faults, clients }).verdict).toBe('pass')
  })

  test('an instance that took too much memory', () => {
    const memory = [80, 80, 80, 80, 200].map((mebibytes, second) => {
      return { instance: 'chat-1', atMs: second * 1_000, residentBytes: mebibytes * 2 ** 20 }
    })
    const sketch = { ...HONEST, memory }
    const judgement = verdictOf(sketch, { instanceMemoryGrowthMiB: 100 })
    expect(judgement.verdict).toBe('fail')
    expect(judgement.budgets.at(-1)).toMatchObject({ measure: 'instanceMemoryGrowthMiB', actual: 120, samples: 5 })
    expect(judgement.memory).toMatchObject([{ instance: 'chat-1', growthMiB: 120 }])
    expect(verdictOf(sketch, { instanceMemoryGrowthMiB: 120.5 }).verdict).toBe('pass')
  })

  test('too many rejected sends, where they have a budget', () => {
    const rejected = { ...HONEST, sends: [...SENDS, { by: 'ann', outcome: 'rejected' as const }] }
    const clients = { ann: '0 1 2 4 5', bob: '0 1 2 4 5' }
    expect(verdictOf({ ...rejected, clients }).verdict).toBe('pass')
    expect(verdictOf({ ...rejected, clients }, { rejected: 0 }).verdict).toBe('fail')
  })
})

describe('invalid', () => {
  const invalid = (cause: string, judgement: ReturnType<typeof verdictOf>) => {
    expect(judgement).toMatchObject({ verdict: 'invalid', exitCode: 3 })
    expect(judgement.invalidBecause.join('\n')).toContain(cause)
  }

  test('a planned fault that did not fire, or is not in the ledger', () => {
    const faults = [{ firedAtMs: null, status: 'not-fired' as const, evidence: 'no exit within 5 s' }]
    invalid(
      'kill-instance on chat-2, planned at 3 s, did not fire: no exit within 5 s',
      verdictOf({ ...HONEST, faults }),
    )
    invalid(
      'did not fire',
      verdictOf({ ...HONEST, faults: [KILL] }, {}, ledger => ({ ...ledger, faults: [] })),
    )
    invalid('did not fire', verdictOf({ ...HONEST, faults: [{ ...KILL, effectAtMs: null }] }))
  })

  test('a fault that never healed, but not one that was not to heal', () => {
    const faults = [{ ...KILL, healedAtMs: null }]
    invalid('kill-instance on chat-2, planned at 3 s, never healed', verdictOf({ ...HONEST, faults }))
    expect(verdictOf({ ...HONEST, faults: [{ ...faults[0], heals: false }] }).verdict).toBe('pass')
    invalid('healing failed', verdictOf({ ...HONEST, healedAtMs: null }))
  })

  test('counts that were not written down, or were wrong at an end that came too soon', () => {
    invalid('nobody wrote down how many', verdictOf({ ...HONEST, countedUntilMs: null }))
    const soon = verdictOf({ ...HONEST, counts: { ann: '3@-480' }, countedUntilMs: 5_000 })
    invalid('too soon after the last change to judge the counts of 1 rooms, such as lobby', soon)
    expect(soon.counts.counterWrong).toBeNull()
  })

  test('a budget on memory at which nobody looked', () => {
    invalid('instanceMemoryGrowthMiB could not be judged', verdictOf(HONEST, { instanceMemoryGrowthMiB: 100 }))
  })

  test('residue', () => {
    invalid(
      'left behind',
      verdictOf(HONEST, {}, ledger => ({ ...ledger, residue: ['process 12 is alive'] })),
    )
  })

  test('a generator that was late', () => {
    const latencies = { ...HONEST.latencies, sendLag: everySecond(20, 200), cross: everySecond(60, 200) }
    const judgement = verdictOf({ ...HONEST, latencies }, { crossInstanceP99Ms: 100 })
    invalid('over a tenth of the tightest latency budget (100 ms)', judgement)
    expect(judgement.generator.saturated).toBe(true)
    expect(verdictOf({ ...HONEST, latencies }, { crossInstanceP99Ms: 300 }).verdict).toBe('pass')
  })

  test('a generator that was late in a phase whose budget does not mind', () => {
    const lag = Object.fromEntries(
      Array.from({ length: 10 }, (_, slice) => [slice, new Array<number>(200).fill(slice === 3 ? 80 : 1)]),
    )
    const latencies = { ...HONEST.latencies, sendLag: lag }
    const history = { ...HONEST, faults: [KILL], latencies }
    const limits = { steady: 60, fault: 1_000 }
    expect(verdictOf(history, { crossInstanceP99Ms: limits }).generator.saturated).toBe(false)
    expect(verdictOf(history, { crossInstanceP99Ms: { ...limits, fault: 500 } }).generator.saturated).toBe(true)
  })

  test('one load worker of two that was late, by name, and by how much', () => {
    const latencies = { ...HONEST.latencies, sendLag: everySecond(1, 2_000) }
    const judgement = verdictOf(
      { ...HONEST, latencies },
      { crossInstanceP99Ms: 100 },
      withSecondWorker(samples(25, 100)),
    )
    invalid(
      'P90 of the send lag of load worker 1 is 25.0 ms, over a tenth of the tightest latency budget (100 ms)',
      judgement,
    )
    expect(judgement.generator).toMatchObject({
      saturated: true,
      workers: [
        { worker: 0, eventLoopUtilization: 0.3, plannedSends: 3, handedSends: 3 },
        { worker: 1, eventLoopUtilization: 0.4, plannedSends: 100, handedSends: 100 },
      ],
    })
    expect(judgement.generator.workers.map(({ sendLagP99Ms }) => Math.round(sendLagP99Ms!))).toEqual([1, 25])
  })

  test('the noise floor is told, of each load worker and of all; it says nothing of the service and makes nothing invalid', () => {
    const noise = { noiseFloor: everySecond(40, 20), idleRoundTrip: { [-1]: samples(0.1, 200) } }
    const { verdict, generator, latencyMs } = verdictOf(
      { ...HONEST, latencies: { ...HONEST.latencies, ...noise } },
      { crossInstanceP99Ms: 100 },
    )
    expect(verdict).toBe('pass')
    expect(generator.noiseFloorMs!.p50).toBeCloseTo(40, 1)
    expect(generator.idleRoundTripMs!.p99).toBeCloseTo(0.1, 2)
    expect(generator.workers[0]!.noiseFloorP99Ms).toBeCloseTo(40, 1)
    expect(Object.keys(latencyMs.run)).toEqual(['cross', 'same', 'ack', 'sendLag'])
    expect(verdictOf(HONEST).generator).toMatchObject({ noiseFloorMs: null, idleRoundTripMs: null })
  })

  test('a load worker with few sends, of which few were late, says nothing', () => {
    const seldom = [...samples(1, 95), ...samples(25, 5)]
    expect(verdictOf(HONEST, { crossInstanceP99Ms: 100 }, withSecondWorker(seldom)).verdict).toBe('pass')
    expect(verdictOf(HONEST, { crossInstanceP99Ms: 100 }, withSecondWorker(samples(25, 19))).verdict).toBe('pass')
  })

  test('a load worker that was late in a run that lost something: that is the failure', () => {
    const judgement = verdictOf(LOSSY, { crossInstanceP99Ms: 100 }, withSecondWorker(samples(25, 100)))
    expect(judgement.verdict).toBe('fail')
    expect(judgement.invalidBecause).toHaveLength(1)
  })

  test('a limit that is only broken by the lag of the generator', () => {
    const latencies = { ...HONEST.latencies, sendLag: everySecond(20, 200), cross: everySecond(100, 200) }
    // 20 ms in sending, and up to 36 ms in reading.
    invalid('could not keep up', verdictOf({ ...HONEST, latencies }, { crossInstanceP99Ms: 50 }))
    expect(verdictOf({ ...HONEST, latencies }, { crossInstanceP99Ms: 30 }).verdict).toBe('fail')
  })

  test('a generator that did not hand over what was planned', () => {
    const kept = { worker: 0, eventLoopUtilization: 0.2, plannedSends: 9_000, handedSends: 9_000 }
    const generators = [kept, { worker: 1, eventLoopUtilization: 1, plannedSends: 1_000, handedSends: 980 }]
    invalid(
      'load worker 1 handed over 980 of 1000 sends (98.0 %)',
      verdictOf(HONEST, {}, ledger => ({ ...ledger, generators })),
    )
  })

  test('too few samples for a budget, in its phase', () => {
    invalid('crossInstanceP999Ms (run): 2000 of 10000', verdictOf(HONEST, { crossInstanceP999Ms: 100 }))
    invalid('crossInstanceP99Ms (fault): 0 of 1000', verdictOf(HONEST, { crossInstanceP99Ms: { fault: 100 } }))
    expect(verdictOf(HONEST, { crossInstanceMaxMs: 100 }).verdict).toBe('pass')
  })

  test('a recovery budget with nothing to recover from', () => {
    invalid('no fault hit a client', verdictOf(HONEST, { steadyAgainSeconds: 5 }))
    invalid('detectSeconds', verdictOf({ ...HONEST, faults: [KILL] }, { detectSeconds: 5 }))
  })

  test('no delivery across instances, where there are several', () => {
    const alone = { ...HONEST, sends: ['ann'], rollCall: ['ann'], clients: { ann: '0 1' } }
    invalid('from one instance to another', verdictOf(alone))
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
    invalid(cause, nobody)
    expect(nobody.invalidBecause).toEqual([cause])
    invalid(cause, verdictOf({ ...HONEST, faults, clients: clients([chat1], [chat2], false) }, { stranded: 1 }))
    invalid('no client was on chat-1, chat-2 at', verdictOf({ ...HONEST, faults, clients: clients([], []) }))
    const gone = { ...closed, closedAtMs: 3_010 }
    expect(verdictOf({ ...HONEST, faults, clients: clients([chat1], [gone, back, home]) }).verdict).toBe('pass')

    const forGood = [{ ...KILL, healedAtMs: null, heals: false }]
    expect(verdictOf({ ...HONEST, faults: forGood, clients: clients([chat1], [closed, back]) }).verdict).toBe('pass')
    invalid(
      'no client was on chat-1 at',
      verdictOf({ ...HONEST, faults: forGood, clients: clients([home], [closed, home]) }),
    )
  })

  test('a log that could not be read', () => {
    invalid('final read failed: the log of 1 of 1 rooms', verdictOf({ ...HONEST, logs: { lobby: null } }))
  })

  test('a roll call that never began: stranded is unknown, not 0', () => {
    const cut = { ...HONEST, rollCall: [], clients: { ann: '0 1 2', bob: '0 1 2' }, rollCallAtMs: null }
    const judgement = verdictOf(cut)
    invalid('before the roll call', judgement)
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
    invalid('checker index crashed', judgement)
    expect(judgement.invalidBecause.some(why => CHECKER_CRASHED.test(why))).toBe(true)
    expect(judgement.counts.lost).toBeNull()
  })

  test('a damaged histogram', () => {
    const damage = (ledger: Ledger) => ({
      ...ledger,
      latencies: ledger.latencies.map(record => ({ ...record, histogram: 'AAAA' })),
    })
    const judgement = verdictOf(HONEST, { crossInstanceP99Ms: 100 }, damage)
    invalid('checker latency crashed', judgement)
    expect(judgement.counts.lost).toBe(0)
  })

  test('a plan of another run', () => {
    const other = history({ clients: { ann: '' } })
    const { ledger } = history(HONEST)
    invalid('not of the same run', judge(other.plan, {}, ledger))
  })
})

describe('a budget that cannot be', () => {
  test('of a measure that does not exist', () => {
    expect(() => verdictOf(HONEST, { lots: 0 } as never)).toThrow('there is no measure "lots"')
  })

  test('by phase, of a count', () => {
    expect(() => verdictOf(HONEST, { lost: { steady: 0 } })).toThrow('lost has limits by phase')
  })

  test('of a phase that does not exist', () => {
    expect(() => verdictOf(HONEST, { ackP50Ms: { calm: 1 } as never })).toThrow('names the phase "calm"')
  })
})
