import { expect, test } from 'vitest'
import { sampleResult } from '../sample-result.ts'
import { troubles } from './trouble.ts'

test('a run that passed has none', () => {
  expect(troubles(sampleResult({}))).toEqual([])
})

test('losses come first, with when, during which fault and where, though another budget is broken, too', () => {
  const [first, second] = troubles(sampleResult({ crossInstanceP99Ms: { steady: 1 } }, [3, 14]))
  expect(first).toMatchObject({ kind: 'broken', title: 'lost: 2, limit 0' })
  expect(first!.facts).toEqual([
    'deliveries owed that never came, or that the client had to fetch again',
    'when: 1 × steady, 1 × fault',
    'during: 1 × no fault, 1 × kill-instance chat-2',
    expect.stringMatching(/^receiver on: \d × chat-\d/),
    'missing in the stream at: 2 × middle',
    expect.stringContaining('the first: owed, but never delivered'),
  ])
  expect(second).toMatchObject({ kind: 'broken', title: 'crossInstanceP99Ms in steady: 8.00 ms, limit 1 ms' })
})

test('a recovery that was too slow names the fault', () => {
  const [only] = troubles(sampleResult({ steadyAgainSeconds: 1 }))
  expect(only!.title).toBe('steadyAgainSeconds: 2 s, limit 1 s')
  expect(only!.facts).toContain('kill-instance chat-2: after 2.00 s')
})

test('why a run is invalid, and why it was aborted', () => {
  const invalid = {
    ...sampleResult({}),
    invalidBecause: ['something was left behind'],
    abortedBecause: 'overdue was 7',
  }
  expect(troubles(invalid)).toEqual([
    { kind: 'aborted', title: 'The load was ended early', facts: ['overdue was 7'] },
    { kind: 'invalid', title: 'something was left behind', facts: [] },
  ])
})
