/**
 * The bench: `npm run bench [-- --quick] [-- --only <measurement>]`. Measures side by side in alternating rounds, prints tables, and judges the
 * medians by `targets.ts`. The full form writes `bench/RESULTS.md`.
 *
 * Exit codes: 0 all targets met · 1 one missed · 2 bad usage, or something is missing on this machine · 130 interrupted.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterError } from '../harness/cluster/cluster.ts'
import { reapLeftovers } from '../harness/cluster/reap.ts'
import { UsageError } from '../harness/command-line.ts'
import { Interrupted, Interruption } from '../harness/interruption.ts'
import { type BenchCommand, parseBench, ROUNDS } from './command-line.ts'
import { judge } from './judgement.ts'
import { describeMachine, revision } from './machine.ts'
import { crossInstance } from './measurements/cross-instance.ts'
import { fanOut } from './measurements/fan-out.ts'
import { generator } from './measurements/generator.ts'
import { growth } from './measurements/growth.ts'
import { idleMemory } from './measurements/idle-memory.ts'
import type { Form, Measurement } from './measurements/measurement.ts'
import { openLoop } from './measurements/open-loop.ts'
import { scrape } from './measurements/scrape.ts'
import { disturbance, measurementTables, targetTable } from './report.ts'
import { resultsPage } from './results-page.ts'
import { BenchError, requireAll } from './rig/needs.ts'
import { RoundLog } from './round-log.ts'
import type { MeasurementName } from './sample.ts'
import { TARGETS } from './targets.ts'

const MEASUREMENTS: readonly Measurement[] = [fanOut, crossInstance, idleMemory, openLoop, growth, generator, scrape]

const RUNS_FOLDER = join(import.meta.dirname, '..', 'runs', 'bench')
const RESULTS_PATH = join(import.meta.dirname, 'RESULTS.md')
const LIMITS_PATH = join(import.meta.dirname, 'LIMITS.md')

const EXIT_UNUSABLE = 2
const EXIT_INTERRUPTED = 130

for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<number> {
  const command = parseBench(process.argv.slice(2))
  if (command === null) {
    print(helpText())
    return 0
  }
  using interruption = new Interruption(why => print(`${why}: clearing away …`))
  try {
    return await bench(command, interruption.signal)
  } catch (error) {
    // Whatever was going on fails in its own way then.
    interruption.throwIfInterrupted()
    throw error
  }
}

async function bench({ form, only, rounds }: BenchCommand, abort: AbortSignal): Promise<number> {
  const measurements = measurementsOf(form, only)
  requireAll(measurements.flatMap(({ needs }) => needs(form)))
  await reapLeftovers(print)
  const startedMs = performance.now()
  const code = revision()
  // With fewer rounds nothing can pass, and the page would tell nothing.
  const isWhole = form === 'full' && only === null && rounds >= ROUNDS.full
  const log = openLog(isWhole, only ?? form, code)
  for (const measurement of measurements) await measureRounds(measurement, { form, rounds, log, abort })
  log.complete()

  for (const { name, about } of measurements) print(`\n${name}: ${about}\n\n${measurementTables(name, log.samples)}`)
  const measured = measurements.map(({ name }) => name)
  const { judged, exitCode } = judge({
    targets: TARGETS,
    samples: log.samples,
    form,
    roundsMin: ROUNDS[form],
    measured,
  })
  print(`\ntargets, for the median of ${ROUNDS[form]} rounds or more\n\n${targetTable(judged)}`)
  const disturbed = disturbance(log.samples)
  if (disturbed !== null) print(`\n${disturbed}`)
  if (isWhole) {
    const facts = [`revision ${code ?? 'unknown'}, ${new Date().toISOString().slice(0, 10)}`, ...describeMachine()]
    const limits = readFileSync(LIMITS_PATH, 'utf8')
    const sections = measurements.map(({ name, about }) => ({
      name,
      about,
      tables: measurementTables(name, log.samples),
    }))
    writeFileSync(RESULTS_PATH, resultsPage({ facts, judged, sections, disturbed, limits }))
    print('\nwritten: bench/RESULTS.md')
  }
  print(
    `\n${Math.round((performance.now() - startedMs) / 1000)} s; ${exitCode === 0 ? 'all targets met' : 'not all targets met'}`,
  )
  return exitCode
}

function measurementsOf(form: Form, only: MeasurementName | null): Measurement[] {
  const named = MEASUREMENTS.filter(({ name }) => only === null || name === only)
  const measured = named.filter(({ name }) => form === 'full' || !isFullOnly(name))
  if (measured.length === 0) throw new UsageError(`${only} takes too long for the quick form; leave out --quick`)
  return measured
}

/** Whether the quick form would judge nothing of it. */
function isFullOnly(name: MeasurementName): boolean {
  return TARGETS.filter(({ measurement }) => measurement === name).every(target => target.isFullOnly)
}

/** Code that is not committed is another one each time, so that its rounds are never mixed. */
function openLog(isWhole: boolean, what: string, code: string | null): RoundLog {
  const resumes = isWhole && code !== null && !code.endsWith('-dirty')
  const log = RoundLog.open(join(RUNS_FOLDER, code ?? 'unversioned', `${what}.jsonl`), resumes)
  if (log.roundCount > 0) print(`going on with an interrupted run: ${log.roundCount} rounds are there already`)
  return log
}

interface RoundsOptions extends Pick<BenchCommand, 'form' | 'rounds'> {
  readonly log: RoundLog
  readonly abort: AbortSignal
}

async function measureRounds(measurement: Measurement, { form, rounds, log, abort }: RoundsOptions): Promise<void> {
  const { name } = measurement
  const folder = join(RUNS_FOLDER, `now-${process.pid}`)
  for (let round = 1; round <= rounds; round++) {
    if (log.has(name, round)) continue
    print(`${name}, round ${round} of ${rounds}`)
    const say = (line: string) => print(`  ${line}`)
    const samples = await measurement.measure({ form, round, folder, abort, say })
    log.add({ measurement: name, round, samples })
  }
  // The logs stay where something failed.
  rmSync(folder, { recursive: true, force: true })
}

function helpText(): string {
  const width = Math.max(...MEASUREMENTS.map(({ name }) => name.length))
  return `npm run bench                      measure everything in ${ROUNDS.full} rounds and write bench/RESULTS.md
npm run bench -- --quick           most of it in ${ROUNDS.quick} shorter rounds, in less than 3 minutes
npm run bench -- --only <name>     one measurement
npm run bench -- --rounds <n>      more rounds or fewer; fewer than ${ROUNDS.full} (quick: ${ROUNDS.quick}) never pass

${MEASUREMENTS.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')}

Needs what "npm run setup -- --bench" installs, and a machine with two cores that is otherwise quiet.
Exit codes: 0 all targets met, 1 one missed, 2 bad usage or something is missing, 130 interrupted.`
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return EXIT_INTERRUPTED
  const isUsers = [UsageError, BenchError, ClusterError].some(kind => error instanceof kind)
  process.stderr.write(`${isUsers ? (error as Error).message : error instanceof Error ? error.stack : error}\n`)
  return EXIT_UNUSABLE
}

process.exitCode = await main().catch(exitCodeOf)
