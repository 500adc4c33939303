import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { history } from '../checkers/history.ts'
import { deriveCurves } from '../curves/derive-curves.ts'
import { REPORT_NAMES, REPORT_WRITERS } from './report-writers.ts'
import { SAMPLE_RUNS } from './sample-runs.ts'
import { renderSummary } from './summary.ts'
import { writeReports } from './write-reports.ts'

let folder: string
const printed: string[] = []
const print = (line: string) => printed.push(line)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-reports-'))
  printed.length = 0
})
afterEach(() => rmSync(folder, { recursive: true }))

function judgedRun() {
  const { plan, ledger } = history({ sends: [{ by: 'ann', atMs: 0 }], clients: { ann: '0', bob: '0' } })
  const curves = deriveCurves(plan, ledger)
  return { folder, plan, ledger, result: SAMPLE_RUNS.fail, curves, whyNoCurves: null }
}

it('writes all of them, and leaves nothing else', async () => {
  await writeReports(judgedRun(), { reports: REPORT_NAMES, print, environment: {} })
  expect(readdirSync(folder).sort()).toEqual(
    Object.values(REPORT_WRITERS)
      .map(({ file }) => file)
      .sort(),
  )
  expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toBe(renderSummary(SAMPLE_RUNS.fail))
})

it('writes those that were chosen', async () => {
  await writeReports(judgedRun(), { reports: ['junit'], print, environment: {} })
  expect(readdirSync(folder)).toEqual(['junit.xml'])
})

it('adds the summary to that of the job, after what is there', async () => {
  const summary = join(folder, 'step-summary')
  writeFileSync(summary, 'before\n')
  await writeReports(judgedRun(), { reports: ['summary'], print, environment: { GITHUB_STEP_SUMMARY: summary } })
  expect(readFileSync(summary, 'utf8')).toBe(`before\n${renderSummary(SAMPLE_RUNS.fail)}\n`)
  await writeReports(judgedRun(), { reports: ['junit'], print, environment: { GITHUB_STEP_SUMMARY: summary } })
  expect(readFileSync(summary, 'utf8').match(/: fail/g)).toHaveLength(1)
})

it('says so where the job summary cannot be written to, and goes on', async () => {
  const environment = { GITHUB_STEP_SUMMARY: join(folder, 'no-such-folder', 'summary') }
  await writeReports(judgedRun(), { reports: REPORT_NAMES, print, environment })
  expect(printed).toEqual([expect.stringContaining('GITHUB_STEP_SUMMARY: the summary could not be added')])
  expect(readdirSync(folder)).toContain('junit.xml')
})
