import { describe, expect, test } from 'vitest'
import type { RunFile } from '../ledger/ledger-records.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunResult } from '../reports/result.ts'
import { outcomeOf, type ProcessEnd, type SavedRun } from './run-outcome.ts'

const EXITED: ProcessEnd = { exitCode: 0, signal: null, errors: '', isTimeUp: false }
const NOTHING: SavedRun = { result: null, plan: null, runFile: null }

/** Only what the outcome looks at. */
function saved(changes: { result?: object; run?: object; heals?: boolean } = {}): SavedRun {
  const fault = { status: 'fired', healedAtMs: 5000 }
  return {
    result: { verdict: 'pass', invalidBecause: [], budgets: [], ...changes.result } as unknown as RunResult,
    plan: { faults: [{ heals: changes.heals ?? true }] } as unknown as Plan,
    runFile: { rollCallAtMs: 20_000, residue: [], faults: [fault], ...changes.run } as unknown as RunFile,
  }
}

const broken = (...measures: string[]) => measures.map(measure => ({ measure, status: 'fail' }))

test('a run that passed', () => {
  expect(outcomeOf(EXITED, saved())).toEqual({ is: 'passed' })
})

describe('a run that failed', () => {
  const failed = { ...EXITED, exitCode: 1 }

  test('names what broke once, the gravest first', () => {
    const budgets = [...broken('uncleanDrains', 'stranded', 'lost', 'lost'), { measure: 'duplicated', status: 'pass' }]
    const outcome = outcomeOf(failed, saved({ result: { verdict: 'fail', budgets } }))
    expect(outcome).toEqual({ is: 'failed', measures: ['lost', 'stranded', 'uncleanDrains'] })
  })

  test('by what was left behind, though the verdict only says that the run is invalid', () => {
    const result = { verdict: 'invalid', invalidBecause: ['left behind'] }
    const run = { residue: ['chat-2 runs, but does not answer 200 to /readyz.'] }
    expect(outcomeOf({ ...EXITED, exitCode: 3 }, saved({ result, run }))).toEqual({ is: 'failed', measures: ['stuck'] })
  })

  test('by a fault that never healed, unless it was to stay or did not fire', () => {
    const invalid = { ...EXITED, exitCode: 3 }
    const result = { verdict: 'invalid', invalidBecause: ['it never healed'] }
    const unhealed = { faults: [{ status: 'fired', healedAtMs: null }] }
    expect(outcomeOf(invalid, saved({ result, run: unhealed }))).toEqual({ is: 'failed', measures: ['stuck'] })
    expect(outcomeOf(invalid, saved({ result, run: unhealed, heals: false }))).toMatchObject({ is: 'invalid' })
    const unfired = { faults: [{ status: 'not-fired', healedAtMs: null }] }
    expect(outcomeOf(invalid, saved({ result, run: unfired }))).toMatchObject({ is: 'invalid' })
  })

  test('by a checker that crashed, but not by a measure that nobody can judge', () => {
    const budgets = [{ measure: 'lost', status: 'not-judged' }]
    const result = { verdict: 'invalid', invalidBecause: ['checker delivery crashed: no such client'], budgets }
    const unjudged = { ...result, invalidBecause: ['the run ended too soon to judge the counts'] }
    const invalid = { ...EXITED, exitCode: 3 }
    expect(outcomeOf(invalid, saved({ result }))).toEqual({ is: 'failed', measures: ['crashed'] })
    expect(outcomeOf(invalid, saved({ result: unjudged }))).toMatchObject({ is: 'invalid' })
  })
})

describe('a harness that crashed', () => {
  const STACK =
    'TypeError: nothing of that name\n    at judge (file:///x/verdict.ts:12:3)\n    at async main (file:///x/main.ts:9:1)\n'

  test.each([
    ['a signal', { exitCode: null, signal: 'SIGSEGV' }],
    ['an exit code that it does not have', { exitCode: 134 }],
    ['a stack trace', { exitCode: 2, errors: STACK }],
  ])('%s', (_, end) => {
    expect(outcomeOf({ ...EXITED, ...end }, NOTHING)).toEqual({ is: 'failed', measures: ['crashed'] })
  })

  test('hung', () => {
    const end = { ...EXITED, exitCode: 130, isTimeUp: true }
    expect(outcomeOf(end, NOTHING)).toEqual({ is: 'failed', measures: ['hung'] })
  })
})

describe('a run that says nothing', () => {
  test('because it is invalid', () => {
    const result = {
      verdict: 'invalid',
      invalidBecause: ['the generator was late', 'and more'],
      budgets: broken('late'),
    }
    const outcome = outcomeOf({ ...EXITED, exitCode: 3 }, saved({ result }))
    expect(outcome).toEqual({ is: 'invalid', because: 'the generator was late' })
  })

  test('because it could not be started', () => {
    const end = { ...EXITED, exitCode: 2, errors: 'No Redis was found at all.\nThree ways: …\n' }
    expect(outcomeOf(end, NOTHING)).toEqual({ is: 'invalid', because: 'No Redis was found at all.' })
  })

  test('because a worker broke', () => {
    expect(outcomeOf({ ...EXITED, exitCode: 3 }, NOTHING)).toEqual({ is: 'invalid', because: 'exit code 3' })
  })
})
