import { describe, expect, test } from 'vitest'
import { connectionTo, everySecond, HONEST, KILL, LOSSY, SENDS, verdictOf } from './test-verdicts.ts'

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
