/** What people are shown of a run whose load others have made. */

import { expect, test } from 'vitest'
import { FAULTS_AND_SERVICE } from '../verdict/judgement.ts'
import type { RunResult } from './result.ts'
import { sampleResult } from './sample-result.ts'
import { renderTerminal } from './terminal.ts'

const WHOLE = sampleResult({ crossInstanceP99Ms: { steady: 100 } })
const WITHOUT_LOAD: RunResult = {
  ...WHOLE,
  scope: FAULTS_AND_SERVICE,
  connectionsOfOthersMax: 1,
  budgets: WHOLE.budgets.map(budget =>
    budget.measure === 'uncleanDrains' ? budget : { ...budget, actual: null, samples: 0, status: 'not-judged' },
  ),
}
const text = renderTerminal(WITHOUT_LOAD, { folder: 'runs/x', useColours: false })

test('title and verdict cannot be taken for those of a whole run', () => {
  const lines = text.trimEnd().split('\n')
  expect(lines[0]).toBe(
    'sketch, faults and service only: 2 instances (process), no load of its own in 10 s, at most 1 connection of others',
  )
  expect(lines.at(-1)).toBe(
    'verdict: pass, faults and service only: whether the load came through has to be said by who made it',
  )
})

test('what was judged, and what was not', () => {
  expect(text).toMatch(/✓ {2}uncleanDrains +run +0 +0 {2}0 stops\n/)
  expect(text).toMatch(/- {2}lost +run +0 {2}not judged: there was no load\n/)
  expect(text).toMatch(/- {2}crossInstanceP99Ms +steady +100 ms {2}not judged: there was no load\n/)
})

test('faults are told without clients, and nothing is said of a load', () => {
  expect(text).toContain('seen: ended by SIGKILL after 10 ms')
  expect(text).not.toMatch(/clients? hit|planned sends|owed deliver/)
})
