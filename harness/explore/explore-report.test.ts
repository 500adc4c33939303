import { describe, expect, test } from 'vitest'
import type { RunRecord } from './explore-folder.ts'
import { describeExploration, describeFaults, describeRun, exitCodeOf } from './explore-report.ts'

const PASSED: RunRecord = {
  number: 1,
  seed: 99,
  faults: ['kill-instance', 'cut-redis', 'kill-instance'],
  outcome: { is: 'passed' },
  seconds: 31.4,
  shrunk: null,
}
const INVALID: RunRecord = { ...PASSED, number: 2, outcome: { is: 'invalid', because: 'the generator was late' } }
const FAILED: RunRecord = { ...PASSED, number: 3, outcome: { is: 'failed', measures: ['lost', 'stranded'] } }
const SHRUNK: RunRecord = {
  ...FAILED,
  number: 4,
  shrunk: {
    measure: 'lost',
    faults: ['kill-instance'],
    probability: { failed: 4, of: 5 },
    endedBy: 'minimal',
    runs: 23,
    file: 'lost-kill-instance-7-4.ts',
  },
}

test('faults, each kind once', () => {
  expect(describeFaults([])).toBe('no fault')
  expect(describeFaults(PASSED.faults)).toBe('kill-instance ×2, cut-redis')
})

test.each([
  [PASSED, 'run 1  seed 99  kill-instance ×2, cut-redis  passed  31 s'],
  [INVALID, 'run 2  seed 99  kill-instance ×2, cut-redis  invalid: the generator was late  31 s'],
  [FAILED, 'run 3  seed 99  kill-instance ×2, cut-redis  FAILED: lost, stranded  31 s'],
])('a line for a run', (record, line) => {
  expect(describeRun(record)).toBe(line)
})

test('the table at the end', () => {
  expect(describeExploration([PASSED, INVALID, FAILED, SHRUNK])).toEqual([
    'runs  passed  failed  invalid',
    '   4       1       2        1',
    '',
    'run  measure  shrunk to      fails   ended by  file',
    '  3  lost     not shrunk',
    '  4  lost     kill-instance  4 of 5  minimal   lost-kill-instance-7-4.ts',
  ])
  expect(describeExploration([PASSED])).toHaveLength(2)
})

describe('the exit code', () => {
  test.each([
    ['nothing ran', [], 0],
    ['all passed', [PASSED, PASSED], 0],
    ['a third could not be judged', [PASSED, PASSED, INVALID], 0],
    ['more than a third could not be judged', [PASSED, INVALID], 3],
    ['one failed', [PASSED, FAILED], 1],
    ['one failed, and the others could not be judged', [INVALID, INVALID, SHRUNK], 1],
  ])('where %s', (_, records, expected) => {
    expect(exitCodeOf(records)).toBe(expected)
  })
})
