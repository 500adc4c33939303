/**
 * Everything that takes long: every scenario on both drivers, three times in a row. `npm run test:full`.
 *
 * Resumable: what has run is kept in `runs/full/<revision>.jsonl` and not run again; delete the file to begin anew. The outcome is written
 * to `docs/evidence/<date>-scenarios.md`, to be committed. Exit code 1 where a run did not pass.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listScenarios } from '../harness/scenario/catalogue.ts'

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

const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim()
const state = join(ROOT, 'runs', 'full', `${revision}.jsonl`)
mkdirSync(join(ROOT, 'runs', 'full'), { recursive: true })
const outcomes: Outcome[] = existsSync(state)
  ? readFileSync(state, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Outcome)
  : []

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

mkdirSync(join(ROOT, 'docs', 'evidence'), { recursive: true })
const path = join(ROOT, 'docs', 'evidence', `${new Date().toISOString().slice(0, 10)}-scenarios.md`)
writeFileSync(path, evidence(outcomes, revision))
const failed = outcomes.filter(({ verdict }) => verdict !== 'pass')
console.log(`${outcomes.length - failed.length} passed, ${failed.length} failed; written to ${path}`)
process.exitCode = failed.length === 0 ? 0 : 1
