/** Every scenario on every driver, several times in a row: one run, and the table of all of them. */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HUGE_SCENARIOS } from '../harness/scenario/sets.ts'

const REPEATS = 3
const DRIVERS = ['process', 'docker'] as const

export interface ScenarioRun {
  readonly driver: (typeof DRIVERS)[number]
  /** From 1. */
  readonly repeat: number
}

/** Every run that a scenario is to have. A huge one runs once, on the driver whose limits it is about. */
export function runsOf(scenario: string): ScenarioRun[] {
  if (HUGE_SCENARIOS.includes(scenario)) return [{ driver: 'process', repeat: 1 }]
  return DRIVERS.flatMap(driver => Array.from({ length: REPEATS }, (_, index) => ({ driver, repeat: index + 1 })))
}

export interface ScenarioOutcome {
  readonly scenario: string
  readonly driver: string
  readonly repeat: number
  readonly at: string
  readonly verdict: string
  readonly exitCode: number
  readonly instances: number
  readonly clients: number
  readonly faults: number
  readonly owed: number
  readonly lost: number
  readonly duplicated: number
  readonly declaredGaps: number
  readonly crossP99Ms: number
  readonly sendLagP99Ms: number
  readonly seed: number
  /** Why it did not pass. */
  readonly because: string
}

export function runScenarioOnce(root: string, scenario: string, driver: string, repeat: number): ScenarioOutcome {
  const out = join(root, 'runs', 'full', `${Date.now()}-${scenario.replaceAll('/', '-')}-${driver}-${repeat}`)
  const args = ['harness/main.ts', 'scenario', scenario, '--driver', driver, '--out', out]
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const path = join(out, 'result.json')
  const result = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
  const broken = (result?.budgets ?? [])
    .filter(({ status }: { status: string }) => status === 'fail')
    .map(({ measure, actual }: { measure: string; actual: number | null }) => `${measure} ${actual}`)
  return {
    scenario,
    driver,
    repeat,
    at: new Date().toISOString(),
    verdict: result?.verdict ?? 'none',
    exitCode: status ?? -1,
    instances: result?.size.instances ?? 0,
    clients: result?.size.clients ?? 0,
    faults: (result?.faults ?? []).length,
    owed: result?.counts.obligations ?? 0,
    lost: result?.counts.lost ?? -1,
    duplicated: result?.counts.duplicated ?? -1,
    declaredGaps: result?.counts.declaredGaps ?? -1,
    crossP99Ms: result?.latencyMs.steady.cross.p99 ?? -1,
    sendLagP99Ms: result?.generator.sendLagP99Ms ?? -1,
    seed: result?.seed ?? -1,
    because: [...(result?.invalidBecause ?? []), ...broken].join('; '),
  }
}

export function scenarioEvidence(outcomes: readonly ScenarioOutcome[], revision: string): string {
  const passed = outcomes.filter(({ verdict }) => verdict === 'pass').length
  const inOrder = outcomes.toSorted(
    (a, b) => a.scenario.localeCompare(b.scenario) || a.driver.localeCompare(b.driver) || a.repeat - b.repeat,
  )
  const rows = inOrder.map(one => {
    const size = `${one.instances} × ${one.clients}, ${one.faults}`
    const counts = `${one.owed} | ${one.lost} | ${one.duplicated} | ${one.declaredGaps}`
    const verdict = one.verdict === 'pass' ? 'pass' : `${one.verdict}: ${one.because}`
    const times = `${one.crossP99Ms} | ${one.sendLagP99Ms}`
    return `| ${one.scenario} | ${one.driver} | ${one.repeat} | ${verdict} | ${size} | ${counts} | ${times} | ${one.seed} |`
  })
  return [
    '# Every scenario, both drivers, three times in a row; hundred-thousand once',
    '',
    `\`npm run test:full\` at ${revision}, ${outcomes[0]?.at.slice(0, 10)}, ${execFileSync('nproc', { encoding: 'utf8' }).trim()} cores, Node ${process.version}:`,
    `${passed} of ${outcomes.length} passed.`,
    '',
    '| scenario | driver | repeat | verdict | instances × clients, faults | owed deliveries | lost | duplicated | declared gaps | P99 across, steady, ms | P99 send lag, ms | seed |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
