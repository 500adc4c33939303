/**
 * Everything that takes long: the tests in full, every scenario on both drivers three times in a row, the mutants, random scenarios, and five
 * minutes with 2,000 clients. `npm run test:full`, or parts of it: `npm run test:full -- tests scenarios mutants explore soak`.
 *
 * Resumable: what has run is kept in `runs/full/<revision>*` and not run again; delete the files to begin anew. The outcomes are written
 * to `docs/evidence/<date>-<part>.md` (the mutants to `docs/mutants.md`), to be committed. Exit code 1 where something did not pass, 2 for a
 * part that does not exist.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listRegressions, listScenarios } from '../harness/scenario/catalogue.ts'
import { runScenarioOnce, runsOf, type ScenarioOutcome, scenarioEvidence } from './all-scenarios.ts'
import { LONG_TESTS, type LongTestOutcome, longTestEvidence, runLongTest } from './long-tests.ts'
import { type SoakOutcome, soak, soakEvidence } from './soak.ts'

const ROOT = join(import.meta.dirname, '..')
const EXPLORE_RUNS = 50
/** Any will do; the same one again finds the same schedules. */
const EXPLORE_SEED = 20_261_124

/** Each answers how many did not pass. */
const PARTS: Readonly<Record<string, (revision: string, folder: string) => number | Promise<number>>> = {
  tests: runLongTests,
  scenarios: runScenarios,
  mutants: runMutants,
  explore: runExplore,
  soak: runSoak,
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

function runLongTests(revision: string, folder: string): number {
  const state = join(folder, `${revision}-tests.jsonl`)
  const outcomes = readState<LongTestOutcome>(state)
  for (const test of LONG_TESTS) {
    if (outcomes.some(({ file, failed }) => file === test.file && failed === 0)) continue
    const outcome = runLongTest(ROOT, test)
    outcomes.push(outcome)
    appendFileSync(state, `${JSON.stringify(outcome)}\n`)
    console.log(`${test.file}, ${test.variable}=${outcome.cases}: ${outcome.passed} passed, ${outcome.failed} failed`)
  }
  writeEvidence('tests', longTestEvidence(outcomes, revision))
  return outcomes.filter(({ failed }) => failed > 0).length
}

async function runScenarios(revision: string, folder: string): Promise<number> {
  const state = join(folder, `${revision}.jsonl`)
  const outcomes = readState<ScenarioOutcome>(state)
  const scenarios = join(ROOT, 'scenarios')
  // For those in which clients are pages.
  execFileSync('npm', ['run', '--silent', 'build:web'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  for (const { name } of [...(await listScenarios(scenarios)), ...(await listRegressions(scenarios))]) {
    for (const { driver, repeat } of runsOf(name)) {
      if (outcomes.some(done => done.scenario === name && done.driver === driver && done.repeat === repeat)) continue
      const outcome = runScenarioOnce(ROOT, name, driver, repeat)
      outcomes.push(outcome)
      appendFileSync(state, `${JSON.stringify(outcome)}\n`)
      console.log(`${name} on ${driver}, ${repeat}: ${outcome.verdict} ${outcome.because}`)
    }
  }
  writeEvidence('scenarios', scenarioEvidence(outcomes, revision))
  return outcomes.filter(({ verdict }) => verdict !== 'pass').length
}

/** Writes `docs/mutants.md` by itself, and knows what has run at this revision. */
function runMutants(): number {
  return runNode(['harness/mutants/main.ts']) === 0 ? 0 : 1
}

/** Keeps its own runs in its folder, and goes on where it was ended. */
function runExplore(revision: string, folder: string): number {
  const out = join(folder, `${revision}-explore`)
  const size = ['--runs', String(EXPLORE_RUNS), '--seed', String(EXPLORE_SEED)]
  const args = ['harness/main.ts', 'scenario', 'explore', ...size, '--driver', 'process', '--out', out]
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  console.log(stdout)
  const told = stdout.replaceAll(ROOT, '.')
  const command = `npm run scenario explore -- ${size.join(' ')} --driver process`
  const text = [
    '# Random scenarios',
    '',
    `\`${command}\` at ${revision}, exit code ${status}:`,
    '',
    '```',
    told.trim(),
    '```',
    '',
  ]
  writeEvidence('explore', text.join('\n'))
  return status === 0 ? 0 : 1
}

async function runSoak(revision: string, folder: string): Promise<number> {
  const state = join(folder, `${revision}-soak.jsonl`)
  const done = readState<SoakOutcome>(state).find(({ problems }) => problems.length === 0)
  const outcome = done ?? (await soak(ROOT, join(folder, `${revision}-soak`)))
  if (done === undefined) appendFileSync(state, `${JSON.stringify(outcome)}\n`)
  writeEvidence('soak', soakEvidence(outcome, revision))
  return outcome.problems.length === 0 ? 0 : 1
}

function runNode(args: readonly string[]): number | null {
  return spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] }).status
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !(name in PARTS))
if (unknown.length > 0) {
  console.error(`there is no part "${unknown.join('", "')}"; there are ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}
const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim()
const folder = join(ROOT, 'runs', 'full')
mkdirSync(folder, { recursive: true })
let failed = 0
for (const [name, run] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) failed += await run(revision, folder)
}
console.log(failed === 0 ? 'everything passed' : `${failed} did not pass`)
process.exitCode = failed === 0 ? 0 : 1
