import { describe, expect, test } from 'vitest'
import { judge } from './judgement.ts'
import type { Sample } from './sample.ts'
import { TARGETS, type Target } from './targets.ts'

const target: Target = {
  row: 'fan-out',
  ...{ measurement: 'fan-out', point: 'W=1', value: 'deliveriesPerSecond', subject: 'tuesday', against: 'naive' },
  ...{ better: 'higher', limit: 2, aim: 3, unit: '×' },
}

function samplesOf(rounds: readonly { readonly tuesday?: number | null; readonly naive?: number | null }[]): Sample[] {
  return rounds.flatMap((values, index) =>
    Object.entries(values).map(([subject, deliveriesPerSecond]) => ({
      ...{ measurement: 'fan-out' as const, point: 'W=1', subject, round: index + 1 },
      ...{ values: { deliveriesPerSecond }, saturated: null },
    })),
  )
}

function judgeRounds(rounds: Parameters<typeof samplesOf>[0], targets = [target]) {
  return judge({ targets, samples: samplesOf(rounds), form: 'full', roundsMin: 3, measured: ['fan-out'] })
}

describe('a ratio', () => {
  test('is that of the same round, so that a machine that drifts does not matter', () => {
    const { judged, exitCode } = judgeRounds([
      { tuesday: 20, naive: 10 },
      { tuesday: 500, naive: 200 },
      { tuesday: 9, naive: 3 },
    ])
    expect(judged[0]).toMatchObject({ outcome: 'met', spread: { median: 2.5, min: 2, max: 3 }, isAimMet: false })
    expect(exitCode).toBe(0)
  })

  test('misses with its median, whatever the best round was', () => {
    const { judged, exitCode } = judgeRounds([
      { tuesday: 19, naive: 10 },
      { tuesday: 19, naive: 10 },
      { tuesday: 900, naive: 10 },
    ])
    expect(judged[0]!.outcome).toBe('missed')
    expect(exitCode).toBe(1)
  })

  test('cannot pass with too few rounds, nor with rounds that lack one side', () => {
    const good = { tuesday: 30, naive: 10 }
    for (const rounds of [[], [good, good], [good, good, { tuesday: 30 }], [good, good, { naive: 10 }]]) {
      const { judged, exitCode } = judgeRounds(rounds)
      expect(judged[0]!.outcome).toBe('too few rounds')
      expect(exitCode).toBe(1)
    }
  })

  test('meets its aim too', () => {
    const great = { tuesday: 30, naive: 10 }
    expect(judgeRounds([great, great, great]).judged[0]!.isAimMet).toBe(true)
  })
})

describe('a value without a reference', () => {
  const latency: Target = { ...target, against: null, better: 'lower', limit: 100, aim: null }

  test('is judged by itself, and a quantile that was never reached is the worst', () => {
    expect(judgeRounds([{ tuesday: 100 }, { tuesday: 1 }, { tuesday: 2 }], [latency]).exitCode).toBe(0)
    expect(judgeRounds([{ tuesday: 101 }, { tuesday: 101 }, { tuesday: 2 }], [latency]).exitCode).toBe(1)
    expect(judgeRounds([{ tuesday: null }, { tuesday: null }, { tuesday: 2 }], [latency]).exitCode).toBe(1)
    expect(judgeRounds([{ tuesday: null }, { tuesday: 1 }, { tuesday: 2 }], [latency]).exitCode).toBe(0)
  })
})

test('one miss among many decides', () => {
  const easy: Target = { ...target, limit: 1 }
  const hard: Target = { ...target, limit: 100 }
  const rounds = [1, 2, 3].map(() => ({ tuesday: 30, naive: 10 }))
  expect(judgeRounds(rounds, [easy, easy]).exitCode).toBe(0)
  expect(judgeRounds(rounds, [easy, hard]).exitCode).toBe(1)
})

test('an aim alone fails nothing, and is told', () => {
  const rounds = [1, 2, 3].map(() => ({ tuesday: 5, naive: 10 }))
  const { judged, exitCode } = judgeRounds(rounds, [{ ...target, limit: null, aim: 1 }])
  expect(judged[0]).toMatchObject({ outcome: 'aim only', isAimMet: false })
  expect(exitCode).toBe(0)
})

test('what the quick form leaves out fails nothing there, and everything in the full form', () => {
  const long: Target = { ...target, isFullOnly: true }
  const options = { targets: [long], samples: [], roundsMin: 3, measured: ['fan-out' as const] }
  expect(judge({ ...options, form: 'quick' })).toMatchObject({ exitCode: 0, judged: [{ outcome: 'full form only' }] })
  expect(judge({ ...options, form: 'full' })).toMatchObject({ exitCode: 1, judged: [{ outcome: 'too few rounds' }] })
})

test('only what was measured is judged', () => {
  const { judged } = judge({ targets: TARGETS, samples: [], form: 'full', roundsMin: 5, measured: ['growth'] })
  expect(judged.map(({ target }) => target.measurement)).toEqual(['growth'])
  expect(judge({ targets: TARGETS, samples: [], form: 'full', roundsMin: 5, measured: ['growth'] }).exitCode).toBe(1)
})

test('every target has a name of its own', () => {
  expect(new Set(TARGETS.map(({ row }) => row)).size).toBe(TARGETS.length)
})
