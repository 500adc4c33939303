/** Runs one scenario file as a process of its own, so that a crash of the harness is a finding, not the end of the exploration. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DriverName } from '../cluster/cluster.ts'
import type { RunFile } from '../ledger/ledger-records.ts'
import type { Plan } from '../plan/plan.ts'
import { MODULE_EXTENSION, PROJECT_FOLDER } from '../project.ts'
import { readResult } from '../reports/result.ts'
import { DEFAULTS, type Scenario } from '../scenario/scenario.ts'
import { outcomeOf, type ProcessEnd, type RunOutcome } from './run-outcome.ts'

const MAIN_FILE = join(PROJECT_FOLDER, 'harness', `main${MODULE_EXTENSION}`)
/** Beside load and settling: building an image, starting, connecting, healing, final reads and judging on a machine that is busy. */
const OVERHEAD_SECONDS_MAX = 600
/** A run settles twice and goes home once in between. */
const SETTLINGS = 3
/** For healing after an interruption; then it is killed, and the next run reaps what it has left. */
const HEAL_MS_MAX = 90_000
/** Of what it prints; a run says a few hundred lines. */
const OUTPUT_CHARACTERS_MAX = 1_000_000

export interface ScenarioRunOptions {
  readonly file: string
  readonly scenario: Scenario
  readonly seed: number
  /** New or empty. */
  readonly out: string
  readonly driver: DriverName | null
  /** Of `--driver compose`. Null or missing: found by itself. */
  readonly composeProject?: string | null
  /** Absolute; null: `service/` of this repository. */
  readonly serviceFolder: string | null
  /** Null or missing: as many as the machine bears. */
  readonly workers?: number | null
  readonly interruption: AbortSignal
}

export interface ScenarioRun {
  readonly outcome: RunOutcome
  readonly seconds: number
}

/**
 * What the run printed is in `output.txt` in its folder. An interruption ends the run, which heals first; then this rejects with the
 * interruption's reason.
 */
export async function runScenarioFile(options: ScenarioRunOptions): Promise<ScenarioRun> {
  const { interruption, out } = options
  interruption.throwIfAborted()
  const startedAtMs = performance.now()
  const { end, output } = await runHarness(argumentsFor(options), secondsMax(options.scenario), interruption)
  interruption.throwIfAborted()
  if (existsSync(out)) writeFileSync(join(out, 'output.txt'), output)
  const seconds = (performance.now() - startedAtMs) / 1000
  const saved = {
    result: readResult(out),
    plan: readJson<Plan>(join(out, 'plan.json')),
    runFile: readJson<RunFile>(join(out, 'ledger', 'run.json')),
  }
  return { outcome: outcomeOf(end, saved), seconds }
}

function argumentsFor({
  file,
  seed,
  out,
  driver,
  composeProject = null,
  serviceFolder,
  workers = null,
}: ScenarioRunOptions): string[] {
  const flags = ['--seed', `${seed}`, '--out', out]
  if (driver !== null) flags.push('--driver', driver)
  if (composeProject !== null) flags.push('--compose-project', composeProject)
  if (serviceFolder !== null) flags.push('--service', serviceFolder)
  if (workers !== null) flags.push('--workers', `${workers}`)
  return [MAIN_FILE, 'scenario', file, ...flags]
}

function secondsMax({ load, settleSecondsMax = DEFAULTS.settleSecondsMax }: Scenario): number {
  const { seconds, warmUpSeconds = DEFAULTS.warmUpSeconds } = load
  return warmUpSeconds + seconds + SETTLINGS * settleSecondsMax + OVERHEAD_SECONDS_MAX
}

/** Runs Node with these arguments to its end; with SIGINT at the interruption or when the time is up, and SIGKILL where that does not help. */
export async function runHarness(
  args: readonly string[],
  endsInSeconds: number,
  interruption: AbortSignal,
): Promise<{ end: ProcessEnd; output: string }> {
  // A search makes dozens of runs, whose summaries nobody wants in that of its job.
  const env = { ...process.env, GITHUB_STEP_SUMMARY: '' }
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  let [output, errors, isTimeUp] = ['', '', false]
  child.stdout.on('data', chunk => {
    output = `${output}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX)
  })
  child.stderr.on('data', chunk => {
    output = `${output}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX)
    errors = `${errors}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX)
  })
  const timers: NodeJS.Timeout[] = []
  const stop = () => {
    timers.push(setTimeout(() => child.kill('SIGKILL'), HEAL_MS_MAX))
    child.kill('SIGINT')
  }
  timers.push(
    setTimeout(() => {
      isTimeUp = true
      stop()
    }, endsInSeconds * 1000),
  )
  interruption.addEventListener('abort', stop, { once: true })
  try {
    const [exitCode, signal] = await closing(child)
    return { end: { exitCode, signal, errors, isTimeUp }, output }
  } finally {
    interruption.removeEventListener('abort', stop)
    for (const timer of timers) clearTimeout(timer)
  }
}

/** Rejects where the process cannot be started. */
async function closing(child: ChildProcess): Promise<[number | null, string | null]> {
  return (await once(child, 'close')) as [number | null, string | null]
}

/** Null where it is not there, or was not written to its end. */
function readJson<Value>(path: string): Value | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Value
  } catch {
    return null
  }
}
