/**
 * A small stand-in for k6, to run the scripts of `scenarios/k6/` in tests on a machine that has no k6:
 *
 *     node harness/k6/stand-in/main.ts scenarios/k6/smoke.ts -e TUESDAY_URLS=ws://127.0.0.1:8080 --summary-export summary.json
 *
 * It is one process of Node, and each virtual user is a copy of the script in it, so it has neither k6's interpreter nor its scheduling, and what it
 * measures is not what k6 would measure. It has one scenario with the executor `per-vu-iterations`, counters, trends, their thresholds, timers,
 * WebSockets and shared arrays. It is stricter than k6 where a script throws: that ends the test.
 *
 * Exit codes are k6's: 0 thresholds kept · 99 a threshold crossed · 104 bad configuration · 107 the script threw.
 */

import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { ThresholdResult } from './metric-registry.ts'
import { registerK6Modules } from './module-hooks.ts'
import { registry, start } from './test-run.ts'
import { type IterationEnd, virtualUser } from './virtual-user.ts'

const EXIT_THRESHOLDS = 99
const EXIT_CONFIGURATION = 104
const EXIT_EXCEPTION = 107
const USAGE = 'usage: main.ts <script> [-e NAME=value …] [--summary-export <file>]'

interface Script {
  readonly default?: () => unknown
  readonly options?: {
    readonly scenarios?: Readonly<Record<string, StandInScenario>>
    readonly thresholds?: Readonly<Record<string, readonly string[]>>
  }
}

interface StandInScenario {
  readonly executor: string
  readonly vus?: number
  readonly iterations?: number
  /** Such as "90s", the only form that is understood. */
  readonly maxDuration?: string
}

class ConfigurationError extends Error {}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { env: { type: 'string', short: 'e', multiple: true }, 'summary-export': { type: 'string' } },
    allowPositionals: true,
  })
  const [path] = positionals
  if (path === undefined) throw new ConfigurationError(USAGE)
  const environment = (values.env ?? []).map(pair => pair.split(/=(.*)/s).slice(0, 2))
  Object.assign(globalThis, { __ENV: Object.fromEntries(environment) })
  registerK6Modules()
  const load = (user: number) => import(`${pathToFileURL(resolve(path)).href}?vu=${user}`) as Promise<Script>
  const { options } = await load(0)
  const { vus, durationMs } = onlyScenario(options?.scenarios ?? {})
  const scripts: Script[] = []
  for (let user = 1; user <= vus; user++) scripts.push(await load(user))
  start()
  const timer = setTimeout(() => {
    for (let user = 1; user <= vus; user++) virtualUser(user).interrupt()
  }, durationMs)
  const ends = await Promise.all(scripts.map((script, index) => virtualUser(index + 1).iterate(script.default!)))
  clearTimeout(timer)
  const results = registry.evaluate(options?.thresholds ?? {})
  if (values['summary-export'] !== undefined) writeFileSync(values['summary-export'], exported(results, ends))
  print(results, ends)
  return results.every(({ isKept }) => isKept) ? 0 : EXIT_THRESHOLDS
}

function onlyScenario(scenarios: Readonly<Record<string, StandInScenario>>): { vus: number; durationMs: number } {
  const [scenario, ...more] = Object.values(scenarios)
  const seconds = /^(\d+)s$/.exec(scenario?.maxDuration ?? '')?.[1]
  if (scenario?.executor !== 'per-vu-iterations' || more.length > 0 || scenario.iterations !== 1 || !seconds) {
    throw new ConfigurationError('the stand-in takes one scenario: per-vu-iterations, one of each user, within "…s"')
  }
  return { vus: scenario.vus ?? 1, durationMs: Number(seconds) * 1000 }
}

function exported(thresholds: readonly ThresholdResult[], ends: readonly IterationEnd[]): string {
  return `${JSON.stringify({ metrics: registry.summary(), thresholds, iterations: ends }, null, 2)}\n`
}

function print(results: readonly ThresholdResult[], ends: readonly IterationEnd[]): void {
  const lines = ['A stand-in for k6, in Node: it shows that the script works, and not how fast.', '']
  for (const { metric, expression, actual, isKept } of results) {
    lines.push(`${isKept ? '✓' : '✗'} ${metric}: ${expression}, found ${Number(actual.toFixed(3))}`)
  }
  lines.push('')
  for (const [name, parts] of Object.entries(registry.summary())) {
    const values = Object.entries(parts).map(([part, value]) => `${part}=${Number(value.toFixed(3))}`)
    lines.push(`  ${name}: ${values.join(' ')}`)
  }
  const complete = ends.filter(end => end === 'complete').length
  lines.push('', `  iterations: ${complete} complete, ${ends.length - complete} interrupted`)
  process.stdout.write(`${lines.join('\n')}\n`)
}

process.exitCode = await main().catch((error: unknown) => {
  if (error instanceof ConfigurationError) {
    process.stderr.write(`${error.message}\n`)
    return EXIT_CONFIGURATION
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  return EXIT_EXCEPTION
})
// What a script that threw has left open.
if (process.exitCode === EXIT_EXCEPTION) process.exit()
