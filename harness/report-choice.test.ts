import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { UsageError } from './command-flags.ts'
import { readReports } from './report-choice.ts'
import { REPORT_NAMES, REPORT_WRITERS, type ReportWriter } from './reports/report-writers.ts'

const read = (...report: string[]) => readReports({ report })

test('all where nobody asks', () => {
  expect(readReports({})).toEqual(REPORT_NAMES)
})

test.each([
  [['junit'], ['junit']],
  [['junit,summary'], ['summary', 'junit']],
  [
    ['junit', 'summary', 'junit'],
    ['summary', 'junit'],
  ],
  [['none'], []],
])('--report %j is %j', (given, expected) => {
  expect(read(...given)).toEqual(expected)
})

test.each([
  [['junti'], '--report: found "junti"; allowed is summary, junit, '],
  [['junti'], 'Did you mean "junit"?'],
  [['junit,'], 'found ""'],
  [['toString'], 'found "toString"'],
  [['none,junit'], 'none alone'],
])('--report %j is refused: %s', (given, expected) => {
  expect(() => read(...given)).toThrow(UsageError)
  expect(() => read(...given)).toThrow(expected)
})

test('docs/ci.md tells of each', () => {
  const guide = readFileSync(new URL('../docs/ci.md', import.meta.url), 'utf8')
  for (const [name, { file, about }] of Object.entries<ReportWriter>(REPORT_WRITERS)) {
    expect(guide).toContain(`| \`${file}\` | \`${name}\` | ${about} |`)
  }
})
