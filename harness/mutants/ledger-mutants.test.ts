import { beforeAll, describe, expect, test } from 'vitest'
import { COUNT_MEASURES, HTTP_COUNTS, RECOVERY_MEASURES } from '../scenario/measures.ts'
import { validateScenario } from '../scenario/validate.ts'
import { judgeLedgerMutants, LEDGER_MUTANTS, type LedgerMutant, type LedgerMutantOutcome } from './ledger-mutants.ts'
import { replaceOne, unfold } from './ledger-mutants-lines.ts'
import { honestRun, judgeSavedRun, SCENARIO } from './ledger-mutants-run.ts'

/** Some ten times what a quiet machine takes. */
const MS_MAX = 60_000

describe('the run without damage', () => {
  test('passes, with samples for every budget, and tells of nothing', async () => {
    const { verdict, budgets, invalidBecause, counts } = await judgeSavedRun(await honestRun())
    expect({ verdict, invalidBecause }).toEqual({ verdict: 'pass', invalidBecause: [] })
    expect(budgets.filter(({ status, actual }) => status !== 'pass' || actual === null)).toEqual([])
    expect(counts.deliveredAcross).toBeGreaterThan(1_000)
  })

  test('is the same each time, and the same to the judge with every delivery on a line of its own', async () => {
    const saved = await honestRun()
    expect(await honestRun()).toEqual(saved)
    expect(await judgeSavedRun(unfold(saved))).toEqual(await judgeSavedRun(saved))
  })

  test('is one that a scenario could ask for', () => {
    expect(validateScenario(SCENARIO, 'ledger-mutants.ts')).toEqual(SCENARIO)
  })
})

describe('a mutant', () => {
  let outcomes: LedgerMutantOutcome[]

  beforeAll(async () => {
    outcomes = await judgeLedgerMutants()
  }, MS_MAX)

  test.each(LEDGER_MUTANTS)('$name is caught by the measure that names it', ({ name }) => {
    expect(outcomes.find(outcome => outcome.name === name)).toMatchObject({ caught: true })
  })

  test.each([
    ['drop-one-delivery', ['lost']],
    ['resume-without-prefix', ['lost']],
    ['acked-not-in-log', ['lost']],
    ['gap-that-lies', ['declaredGaps']],
    ['repeat-one-delivery', ['duplicated']],
    ['repeat-on-resume', ['duplicated']],
    ['log-in-another-order', ['diverged']],
    ['mended-hole', ['lost', 'holes']],
    ['gone-at-the-end', ['stranded', 'counterWrong']],
    ['late-delivery', ['late']],
    ['drain-with-exit-code-1', ['uncleanDrains']],
    ['published-and-lost', ['httpLost']],
    ['published-twice', ['httpDuplicated']],
    ['slow-readyz', ['readyzP99Ms']],
    ['slow-publishing-is-asked-less', ['publishP99Ms']],
    ['slow-across', ['crossInstanceP99Ms']],
    ['slow-reconnect', ['reconnectSeconds']],
  ])('%s is told by nothing else than %j', (name, alone) => {
    expect(outcomes.find(outcome => outcome.name === name)!.broken).toEqual(alone)
  })

  test('of safety fails, and a run that shows nothing is never a pass', () => {
    const counts = { ...COUNT_MEASURES, ...HTTP_COUNTS }
    const safety: readonly string[] = Object.entries(counts).flatMap(([name, { safety }]) => (safety ? [name] : []))
    const unsafe = outcomes.filter(({ expected }) => safety.includes(expected))
    expect(unsafe.filter(({ verdict }) => verdict !== 'fail')).toEqual([])
    expect(outcomes.filter(({ verdict }) => verdict === 'pass')).toEqual([])
  })

  test('leaves the run as it was', async () => {
    const saved = await honestRun()
    const before = JSON.stringify(saved)
    for (const { damage } of LEDGER_MUTANTS) damage(saved)
    expect(JSON.stringify(saved)).toBe(before)
  })
})

test('every count and every recovery has a mutant that it has to tell of', () => {
  const expected = new Set(LEDGER_MUTANTS.map(({ expect }) => ('measure' in expect ? expect.measure : null)))
  const measures = [...Object.keys(COUNT_MEASURES), ...Object.keys(HTTP_COUNTS), ...Object.keys(RECOVERY_MEASURES)]
  expect(measures.filter(measure => !(expected as Set<string | null>).has(measure))).toEqual([])
  expect(new Set(LEDGER_MUTANTS.map(({ name }) => name)).size).toBe(LEDGER_MUTANTS.length)
})

test('a mutant that nobody tells of is not caught', async () => {
  const idle: LedgerMutant = { name: 'idle', about: 'Nothing.', expect: { measure: 'lost' }, damage: saved => saved }
  const misnamed = {
    ...LEDGER_MUTANTS.find(({ name }) => name === 'drop-one-delivery')!,
    expect: { measure: 'phantom' },
  }
  const outcomes = await judgeLedgerMutants([idle, misnamed as LedgerMutant])
  expect(outcomes.map(({ caught, verdict, broken }) => ({ caught, verdict, broken }))).toEqual([
    { caught: false, verdict: 'pass', broken: [] },
    { caught: false, verdict: 'fail', broken: ['lost'] },
  ])
})

test('a mutant that finds nothing to damage says so', async () => {
  const saved = await honestRun()
  expect(() =>
    replaceOne(
      saved,
      () => false,
      line => [line],
    ),
  ).toThrow('no line to damage')
})
