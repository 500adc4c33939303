import { expect, test } from 'vitest'
import type { Judged } from './judgement.ts'
import { disturbance, measurementTables, table, targetTable } from './report.ts'
import { MEASUREMENT_NAMES, type Sample } from './sample.ts'
import { TARGETS } from './targets.ts'

function sample(subject: string, round: number, rate: number | null, saturated: string | null = 'server'): Sample {
  const values = { deliveriesPerSecond: rate, foreign: 0.02 }
  return { measurement: 'fan-out', subject, point: 'W=1 N=1000', round, values, saturated }
}

test('a table is padded', () => {
  expect(
    table([
      ['', 'a'],
      ['long', 'b'],
    ]),
  ).toBe('|      | a |\n|------|---|\n| long | b |')
})

test('a cell has median, range and the core that was saturated most often', () => {
  const samples = [sample('naive', 1, 39_000), sample('naive', 2, 41_000, 'load'), sample('naive', 3, 64_000)]
  const text = measurementTables('fan-out', [...samples, sample('bun', 1, 80_000, null)])
  expect(text).toContain('| naive | 41 (39–64) server |')
  expect(text).toContain('| bun   | 80 (80–80)        |')
})

test('a measurement that was not made has no table', () => {
  for (const name of MEASUREMENT_NAMES) expect(measurementTables(name, [])).toBe('')
})

test('each target is a row with what it needs, what it got, and its aim', () => {
  const [target] = TARGETS
  const judged: Judged = {
    target: target!,
    spread: { median: 1.254, min: 1.1, max: 1.4, count: 5 },
    ...{ outcome: 'met', isAimMet: false },
  }
  const [, , row, empty] = targetTable([
    judged,
    { target: target!, spread: null, outcome: 'too few rounds', isAimMet: null },
  ]).split('\n')
  const cells = (line: string) =>
    line
      .split('|')
      .map(cell => cell.trim())
      .slice(1, -1)
  expect(cells(row!)).toEqual([target!.row, '1.25×', '1.10× – 1.40×', '5', '≥ 1.20×', 'met', '≥ 1.50×', 'not reached'])
  expect(cells(empty!)).toEqual([target!.row, '–', '–', '0', '≥ 1.20×', 'too few rounds', '≥ 1.50×', ''])
})

test('a point where others were on the core is marked and told of, unless it was one round of several', () => {
  const rounds = [0.4, 0.3, 0.02].map((foreign, index) => ({
    ...sample('naive', index + 1, 40_000),
    values: { deliveriesPerSecond: 40_000, foreign },
  }))
  const [disturbed, , quiet] = rounds
  const samples = [...rounds, sample('bun', 1, 80_000)]
  const text = measurementTables('fan-out', samples)
  expect(text).toContain('| naive | 40 (40–40) server ! |')
  expect(text).toContain('| bun   | 80 (80–80) server   |')
  expect(disturbance(samples)).toMatch(/^At 1 of 2 points, marked !, .*30 %/)

  expect(measurementTables('fan-out', [disturbed!, quiet!, quiet!])).not.toContain('!')
  expect(disturbance([disturbed!, quiet!, quiet!])).toBeNull()
  expect(disturbance([])).toBeNull()
})
