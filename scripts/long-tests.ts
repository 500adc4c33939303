/**
 * Tests that run a small number of cases in `npm test`, or one of each mechanism, and all of them here: by which variable, and what they said.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LongTest {
  readonly what: string
  readonly project: 'unit' | 'real*'
  readonly file: string
  readonly variable: string
  readonly cases: number
}

export interface LongTestOutcome {
  readonly file: string
  readonly at: string
  readonly cases: number
  readonly passed: number
  readonly failed: number
  readonly seconds: number
}

export const LONG_TESTS: readonly LongTest[] = [
  {
    what: 'random interleavings against the model of the contract, without I/O',
    ...{ project: 'unit', file: 'service/contract.property.test.ts', variable: 'CONTRACT_CASES', cases: 10_000 },
  },
  {
    what: 'the same on a real Redis, with connections cut and instances killed',
    ...{ project: 'real*', file: 'service/contract.real.test.ts', variable: 'CONTRACT_REAL_CASES', cases: 60 },
  },
  {
    what: 'malformed and hostile frames, bodies and bytes',
    ...{ project: 'real*', file: 'service/fuzz.real.test.ts', variable: 'FUZZ_INPUTS', cases: 50_000 },
  },
  {
    what: 'small whole histories, honest and damaged, judged by the checkers and by a naive second one',
    ...{
      project: 'unit',
      file: 'harness/checkers/second-checker.property.test.ts',
      variable: 'HISTORY_CASES',
      cases: 20_000,
    },
  },
  {
    what: 'a broken service, found by random scenarios and shrunk',
    ...{ project: 'real*', file: 'harness/explore/explore.real.test.ts', variable: 'EXPLORE_MUTANTS', cases: 1 },
  },
  {
    what: 'the cost of rooms in which nobody says anything',
    ...{ project: 'real*', file: 'service/quiet-rooms.real.test.ts', variable: 'QUIET_ROOMS', cases: 10_000 },
  },
  {
    what: 'readers that do not read for as many seconds',
    ...{ project: 'real*', file: 'service/slow-reader.real.test.ts', variable: 'SLOW_READER_SECONDS', cases: 30 },
  },
  {
    what: 'a harness that is ended early, by each signal on both drivers',
    ...{ project: 'real*', file: 'harness/ended-early.real.test.ts', variable: 'FULL_TESTS', cases: 1 },
  },
  {
    what: 'whole scenarios on both drivers',
    ...{ project: 'real*', file: 'harness/main.real.test.ts', variable: 'FULL_TESTS', cases: 1 },
  },
  {
    what: 'the live view, and none of it in continuous integration',
    ...{ project: 'real*', file: 'harness/live-view.real.test.ts', variable: 'FULL_TESTS', cases: 1 },
  },
  {
    what: 'the pages of runs at both widths in both colours',
    ...{ project: 'real*', file: 'harness/reports/html/report.real.test.ts', variable: 'FULL_TESTS', cases: 1 },
  },
  {
    what: 'faults that do not fire or outlive the harness, on both drivers',
    ...{ project: 'real*', file: 'harness/chaos.real.test.ts', variable: 'FULL_TESTS', cases: 1 },
  },
  {
    what: 'the stack, with the front end built in its image',
    ...{ project: 'real*', file: 'stack/stack.real.test.ts', variable: 'FULL_TESTS', cases: 1 },
  },
  {
    what: 'two people at two pages who type for as many seconds while instances go',
    ...{ project: 'real*', file: 'web/tests/faults.real.test.ts', variable: 'WEB_FAULT_SECONDS', cases: 60 },
  },
]

export function runLongTest(root: string, test: LongTest): LongTestOutcome {
  const { project, file, variable, cases } = test
  const folder = mkdtempSync(join(tmpdir(), 'tuesday-long-test-'))
  const report = join(folder, 'report.json')
  const startMs = performance.now()
  spawnSync('npx', ['vitest', 'run', '--project', project, file], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, VITEST_JSON: report, [variable]: String(cases) },
  })
  const seconds = Math.round((performance.now() - startMs) / 1000)
  const { passed, failed } = readReport(report)
  rmSync(folder, { recursive: true, force: true })
  return { file, at: new Date().toISOString(), cases, passed, failed, seconds }
}

/** A run that left no report, or ran nothing, has failed. */
function readReport(path: string): { passed: number; failed: number } {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(path, 'utf8'))
    return { passed: numPassedTests, failed: numPassedTests === 0 ? Math.max(1, numFailedTests) : numFailedTests }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

export function longTestEvidence(outcomes: readonly LongTestOutcome[], revision: string): string {
  const rows = outcomes.map(({ file, cases, passed, failed, seconds }) => {
    const { what, variable } = LONG_TESTS.find(test => test.file === file)!
    return `| ${what} | \`${file}\` | ${variable}=${cases} | ${passed} | ${failed} | ${seconds} |`
  })
  return [
    '# The tests that take long',
    '',
    `\`npm run test:full -- tests\` at ${revision}, ${outcomes[0]?.at.slice(0, 10)}, ${execFileSync('nproc', { encoding: 'utf8' }).trim()} cores, Node ${process.version}.`,
    '',
    '| what | file | cases | tests passed | tests failed | seconds |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
