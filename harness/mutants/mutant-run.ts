/** One run of the harness for a mutant, or for the service as it ships, as a process of its own. */

import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RunResult } from '../reports/result.ts'
import type { Mutant } from './mutant.ts'
import { MUTANTS_FOLDER, PatchedService } from './patched-service.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..', '..')
export const SCENARIOS_FOLDER = join(import.meta.dirname, 'scenarios')
/** Everybody gets the same plan: a mutant differs from the service as it ships by its bug alone. */
const SEED = 7

export interface MutantRun {
  /** `none`: there is no result. */
  readonly verdict: RunResult['verdict'] | 'none'
  /** Measures whose budgets are broken. */
  readonly broken: readonly string[]
  /** What keeps the run from saying something, or the last that was said where there is no result. */
  readonly because: readonly string[]
  readonly seconds: number
}

/** `mutant` null: the service as it ships. At the abort the harness heals, clears away and ends without a result. */
export async function runScenarioOn(scenario: string, mutant: Mutant | null, abort: AbortSignal): Promise<MutantRun> {
  using service = mutant === null ? null : new PatchedService(mutant)
  const out = join(MUTANTS_FOLDER, `run-${process.pid}`)
  const path = join(SCENARIOS_FOLDER, `${scenario}.ts`)
  const args = ['scenario', path, '--driver', 'process', '--seed', `${SEED}`, '--out', out]
  const startMs = performance.now()
  try {
    const output = await runHarness(service === null ? args : [...args, '--service', service.folder], abort)
    const seconds = Math.round((performance.now() - startMs) / 1000)
    return { ...readRun(join(out, 'result.json'), output), seconds }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** Resolves with what it said, whatever its exit code. */
function runHarness(args: readonly string[], abort: AbortSignal): Promise<string> {
  const options = { cwd: PROJECT_FOLDER, signal: abort, killSignal: 'SIGINT' } as const
  const child = spawn(process.execPath, ['harness/main.ts', ...args], options)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += String(chunk)
    })
  }
  return new Promise((resolve, reject) => {
    // The abort is an error, too; the end comes later.
    child.once('error', error => {
      if (!abort.aborted) reject(error)
    })
    child.once('close', () => resolve(output))
  })
}

function readRun(path: string, output: string): Omit<MutantRun, 'seconds'> {
  if (!existsSync(path)) return { verdict: 'none', broken: [], because: [output.trimEnd().split('\n').at(-1) ?? ''] }
  const { verdict, budgets, invalidBecause } = JSON.parse(readFileSync(path, 'utf8')) as RunResult
  const broken = budgets.filter(({ status }) => status === 'fail').map(({ measure }) => measure)
  return { verdict, broken: [...new Set(broken)], because: invalidBecause }
}
