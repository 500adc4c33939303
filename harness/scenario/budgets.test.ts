import { expect, test } from 'vitest'
import { resolveBudgets } from './budgets.ts'
import { DEFAULT_BUDGETS } from './measures.ts'

test('without budgets, the defaults hold', () => {
  const resolved = resolveBudgets({})
  expect(Object.fromEntries(resolved.map(({ measure, limit }) => [measure, limit]))).toEqual(DEFAULT_BUDGETS)
  expect(resolved.every(({ phase }) => phase === null)).toBe(true)
})

test("a scenario's own budgets win, and each phase is one entry", () => {
  const resolved = resolveBudgets({ crossInstanceP99Ms: { fault: 1500, steady: 100 }, lost: 2, steadyAgainSeconds: 5 })
  expect(resolved.filter(({ limit }) => limit > 0)).toEqual([
    { measure: 'lost', phase: null, limit: 2 },
    { measure: 'steadyAgainSeconds', phase: null, limit: 5 },
    { measure: 'crossInstanceP99Ms', phase: 'steady', limit: 100 },
    { measure: 'crossInstanceP99Ms', phase: 'fault', limit: 1500 },
  ])
})
