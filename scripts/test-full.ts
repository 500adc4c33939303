/**
 * Everything that takes long: the tests with many cases, and every scenario on both drivers, three times in a row. `npm run test:full`.
 *
 * Resumable: what has run is kept in `runs/full/<revision>*.jsonl` and not run again; delete the files to begin anew. The outcomes are written
 * to `docs/evidence/<date>-long-tests.md` and `<date>-scenarios.md`, to be committed. Exit code 1 where something did not pass.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listScenarios } from '../harness/scenario/catalogue.ts'
import { LONG_TESTS, type LongTestOutcome, longTestEvidence, runLongTest } from './long-tests.ts'

const ROOT = join(import.meta.dirname, '..')
const REPEATS = 3
const DRIVERS = ['process', 'docker'] as const

interface Outcome {
  readonly scenario: string
  readonly driver: string
  readonly repeat: number
  readonly at: string
  readonly verdict: string
  readonly exitCode: number
  readonly owed: number
  readonly lost: number
  readonly crossP99Ms: number
  readonly sendLagP99Ms: number
  readonly seed: number
}

function runOnce(scenario: string, driver: string, repeat: number): Outcome {
  const out = join(ROOT, 'runs', 'full', `${Date.now()}-${scenario}-${driver}-${repeat}`)
  const args = ['harness/main.ts', 'scenario', scenario, '--driver', driver, '--out', out]
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  const result = existsSync(join(out, 'result.json'))
    ? JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))
    : null
  return {
    scenario,
    driver,
    repeat,
    at: new Date().toISOString(),
    verdict: result?.verdict ?? 'none',
    exitCode: status ?? -1,
    owed: result?.counts.obligations ?? 0,
    lost: result?.counts.lost ?? -1,
    crossP99Ms: result?.latencyMs.steady.cross.p99 ?? -1,
    sendLagP99Ms: result?.generator.sendLagP99Ms ?? -1,
    seed: result?.seed ?? -1,
  }
}

function evidence(outcomes: readonly Outcome[], revision: string): string {
  const passed = outcomes.filter(({ verdict }) => verdict === 'pass').length
  const rows = outcomes.map(
    ({ scenario, driver, repeat, verdict, owed, lost, crossP99Ms, sendLagP99Ms, seed }) =>
      `| ${scenario} | ${driver} | ${repeat} | ${verdict} | ${owed} | ${lost} | ${crossP99Ms} | ${sendLagP99Ms} | ${seed} |`,
  )
  return [
    '# Every scenario, both drivers, three times in a row',
    '',
    `\`npm run test:full\` at ${revision}, ${outcomes[0]?.at.slice(0, 10)}, ${execFileSync('nproc', { encoding: 'utf8' }).trim()} cores, Node ${process.version}:`,
    `${passed} of ${outcomes.length} passed.`,
    '',
    '| scenario | driver | repeat | verdict | owed deliveries | lost | P99 across, steady, ms | P99 send lag, ms | seed |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

/** What has run at this revision already. */
function readState<Outcome>(path: string): Outcome[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as Outcome)
}

function writeEvidence(name: string, text: string): void {
  const path = join(ROOT, 'docs', 'evidence', `${new Date().toISOString().slice(0, 10)}-${name}.md`)
  mkdirSync(join(ROOT, 'docs', 'evidence'), { recursive: true })
  writeFileSync(path, text)
  console.log(`written to ${path}`)
}

/** Answers how many did not pass. */
function runLongTests(revision: string, folder: string): number {
  const state = join(folder, `${revision}-long-tests.jsonl`)
  const outcomes = readState<LongTestOutcome>(state)
  for (const test of LONG_TESTS) {
    if (outcomes.some(({ file, failed }) => file === test.file && failed === 0)) continue
    const outcome = runLongTest(ROOT, test)
    outcomes.push(outcome)
    appendFileSync(state, `${JSON.stringify(outcome)}\n`)
    console.log(`${test.file}, ${outcome.cases} cases: ${outcome.passed} passed, ${outcome.failed} failed`)
  }
  writeEvidence('long-tests', longTestEvidence(outcomes, revision))
  return outcomes.filter(({ failed }) => failed > 0).length
}

async function runScenarios(revision: string, folder: string): Promise<number> {
  const state = join(folder, `${revision}.jsonl`)
  const outcomes = readState<Outcome>(state)
  for (const { name } of await listScenarios(join(ROOT, 'scenarios'))) {
    for (const driver of DRIVERS) {
      for (let repeat = 1; repeat <= REPEATS; repeat++) {
        if (outcomes.some(done => done.scenario === name && done.driver === driver && done.repeat === repeat)) continue
        const outcome = runOnce(name, driver, repeat)
        outcomes.push(outcome)
        appendFileSync(state, `${JSON.stringify(outcome)}\n`)
        console.log(`${name} on ${driver}, ${repeat} of ${REPEATS}: ${outcome.verdict}`)
      }
    }
  }
  writeEvidence('scenarios', evidence(outcomes, revision))
  return outcomes.filter(({ verdict }) => verdict !== 'pass').length
}

const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim()
const folder = join(ROOT, 'runs', 'full')
mkdirSync(folder, { recursive: true })
const failed = runLongTests(revision, folder) + (await runScenarios(revision, folder))
console.log(failed === 0 ? 'everything passed' : `${failed} did not pass`)
process.exitCode = failed === 0 ? 0 : 1
