import { expect, test } from 'vitest'
import type { ListedRun } from './listed-run.ts'
import { runTable } from './run-table.ts'

const RUN: ListedRun = {
  name: '2026-11-24T08-19-48Z-kill-instance',
  folder: '/runs/2026-11-24T08-19-48Z-kill-instance',
  state: 'judged',
  startedAt: '2026-11-24T08:19:48.000Z',
  scenario: 'kill-instance',
  driver: 'process',
  verdict: 'fail',
  durationSeconds: 71.6,
  because: ['lost 3, limit 0', 'crossInstanceP99Ms in steady 132 ms, limit 100 ms'],
}
const RUNS: readonly ListedRun[] = [
  { ...RUN, state: 'running', scenario: 'smoke', driver: null, verdict: null, durationSeconds: null, because: [] },
  RUN,
  { ...RUN, scenario: 'pass', verdict: 'pass', because: [] },
]

test('everything, where there is no terminal', () => {
  expect(runTable(RUNS, { width: null, useColours: false })).toEqual([
    '   started, UTC      scenario       driver   verdict  took  because',
    '1  2026-11-24 08:19  smoke                   running',
    '2  2026-11-24 08:19  kill-instance  process  fail     72 s  lost 3, limit 0; crossInstanceP99Ms in steady 132 ms, limit 100 ms',
    '3  2026-11-24 08:19  pass           process  pass     72 s',
  ])
})

test.each([200, 100, 80, 60, 40, 20, 5, 1])('no line is longer than %i characters', width => {
  for (const useColours of [false, true]) {
    const lines = runTable(RUNS, { width, useColours }).map(line => line.replaceAll(/\x1b\[\d+m/g, ''))
    expect(lines).toHaveLength(4)
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width)
  }
})

test('a narrow terminal keeps what tells most', () => {
  const [head, , failed] = runTable(RUNS, { width: 52, useColours: false })
  expect(head).toBe('   scenario       verdict  because')
  expect(failed).toBe('2  kill-instance  fail     lost 3, limit 0; crossIn…')
})

test('verdicts have colours, and nothing else that says the same', () => {
  const lines = runTable(RUNS, { width: 100, useColours: true })
  expect(lines[2]).toContain('\x1b[31mfail\x1b[0m')
  expect(lines[3]).toContain('  pass           process  \x1b[32mpass\x1b[0m')
  expect(lines[3]!.match(/\x1b\[32m/g)).toHaveLength(1)
})

test('no name or reason moves the cursor', () => {
  const lines = runTable([{ ...RUN, because: ['a\nb\x1b[2Jc\tz'] }], { width: null, useColours: false })
  expect(lines).toHaveLength(2)
  expect(lines[1]).not.toMatch(/[\x00-\x1f]/)
})
