/**
 * Looks for what nobody thought of: draws scenarios from a seed, runs them, keeps every one that fails and shrinks it.
 *
 *     npm run scenario explore -- --runs 20 --seed 7
 */

import { randomInt } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { asCalled } from '../called.ts'
import type { DriverName } from '../cluster/cluster.ts'
import { RUNS_FOLDER } from '../project.ts'
import { FAULT_NAMES, type FaultName } from '../scenario/fault-kinds.ts'
import { clientCount, roomCount } from '../scenario/load-size.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { checkServiceFolder } from '../service-folder.ts'
import { DRAW_RANGES, type DrawRanges, drawScenario } from './draw-scenario.ts'
import { ExploreFolder, type RunRecord, type ShrunkRecord } from './explore-folder.ts'
import { describeExploration, describeFaults, describeRun, exitCodeOf } from './explore-report.ts'
import { runScenarioFile } from './run-scenario-file.ts'
import { shrink, type TryOutcome } from './shrink.ts'
import { howToKeep, writeRegression, writeScenario } from './write-regression.ts'

export interface ExploreOptions {
  readonly runs: number
  /** Null: that of the folder that is gone on with, or else drawn. */
  readonly seed: number | null
  readonly driver: DriverName | null
  /** As written. Null: `service/` of this repository. */
  readonly serviceFolder: string | null
  /** For each run that failed; 0 for no shrinking. */
  readonly shrinkMinutes: number
  /** As written. Null: a new folder under `runs/`. */
  readonly out: string | null
  readonly interruption: AbortSignal
  readonly print: (line: string) => void
  /** Default: those that have code. */
  readonly kinds?: readonly FaultName[]
  readonly ranges?: DrawRanges
  /** Beside the time, for each run that failed. */
  readonly shrinkRunsMax?: number
  /** Runs from which a probability is told. */
  readonly repeats?: number
}

const SEEDS = 2 ** 31
/** Enough for most of what fails one time in two, and what does not fail is done with after a minute or two. */
const TRIES_MAX = 3
/** Far more than it takes as a rule. */
const SHRINK_RUNS_MAX = 200
const REPEATS = 5
/**
 * What is lost is waited for to the end, three times in a run, which is most of the time that a failing run takes. It has been seen to be
 * lost for longer than this, so what is left is run with less patience; it stands in its file.
 */
const SETTLE_SECONDS_MAX = 10

/** Resolves with the exit code. Rejects with the interruption's reason, after the present run has healed and a report was printed. */
export async function explore(options: ExploreOptions): Promise<number> {
  const { runs, print, serviceFolder, driver, seed, out } = options
  if (serviceFolder !== null) checkServiceFolder(serviceFolder)
  const service = serviceFolder === null ? null : resolve(serviceFolder)
  const kinds = options.kinds ?? FAULT_NAMES
  const path = out ?? join(RUNS_FOLDER, `${timeName(new Date())}-explore`)
  const folder = ExploreFolder.open(path, { seed, driver, service, kinds }, randomInt(SEEDS))
  print(`exploring with seed ${folder.identity.seed}: ${runs} runs, in ${shown(folder.path)}`)
  const records: RunRecord[] = []
  try {
    for (let number = 1; number <= runs; number++) {
      const record = await runNumber(number, folder, options)
      records.push(record)
      if (record.outcome.is !== 'failed' || record.shrunk !== null || options.shrinkMinutes === 0) continue
      records[records.length - 1] = await shrinkRun(record, record.outcome.measures[0]!, folder, options)
    }
  } finally {
    print('')
    for (const line of describeExploration(records)) print(line)
    print(`\n${shown(folder.path)}: go on with --out ${shown(folder.path)}`)
  }
  return exitCodeOf(records)
}

/** Draws and runs it, unless that has been done. */
async function runNumber(number: number, folder: ExploreFolder, options: ExploreOptions): Promise<RunRecord> {
  const { print } = options
  const known = folder.record(number)
  if (known !== null) {
    print(`${describeRun(known)}  (kept)`)
    return known
  }
  const { seed: explored, kinds } = folder.identity
  const { scenario, seed } = drawScenario({ seed: explored, number, kinds, ranges: options.ranges ?? DRAW_RANGES })
  const file = folder.scenarioFile(number)
  writeScenario(file, scenario)
  const out = folder.runFolder(number)
  const { outcome, seconds } = await run(scenario, { file, seed, out }, folder, options)
  if (outcome.is === 'passed') rmSync(out, { recursive: true, force: true })
  const record = { number, seed, faults: kindsOf(scenario), outcome, seconds, shrunk: null }
  folder.save(record)
  print(describeRun(record))
  return record
}

async function run(
  scenario: Scenario,
  where: { readonly file: string; readonly seed: number; readonly out: string },
  { identity }: ExploreFolder,
  { driver, interruption }: ExploreOptions,
) {
  return await runScenarioFile({ ...where, scenario, driver, serviceFolder: identity.service, interruption })
}

/** Shrinks a run that failed, writes what is left as a regression, and says how to keep it. */
async function shrinkRun(
  record: RunRecord,
  measure: string,
  folder: ExploreFolder,
  options: ExploreOptions,
): Promise<RunRecord> {
  const { number, seed } = record
  const { print, shrinkMinutes, shrinkRunsMax = SHRINK_RUNS_MAX, repeats = REPEATS, driver } = options
  const { seed: exploredSeed, kinds } = folder.identity
  const { scenario } = drawScenario({ seed: exploredSeed, number, kinds, ranges: options.ranges ?? DRAW_RANGES })
  const file = join(folder.path, 'scenarios', 'shrinking.ts')
  const kept = folder.runFolder(number, '-shrunk')
  const endsAtMs = performance.now() + shrinkMinutes * 60_000
  const tryOnce = async (candidate: Scenario): Promise<TryOutcome> => {
    writeScenario(file, candidate)
    const out = folder.runFolder(number, '-shrinking')
    const { outcome } = await run(candidate, { file, seed, out }, folder, options)
    const isSame = outcome.is === 'failed' && outcome.measures.includes(measure)
    if (isSame && existsSync(out)) {
      rmSync(kept, { recursive: true, force: true })
      renameSync(out, kept)
    }
    rmSync(out, { recursive: true, force: true })
    return isSame ? 'failed' : outcome.is === 'invalid' ? 'invalid' : 'passed'
  }
  print(`  shrinking it for ${measure}, up to ${shrinkMinutes} minutes …`)
  const { scenario: left, ...shrunk } = await shrink(
    { ...scenario, settleSecondsMax: SETTLE_SECONDS_MAX },
    {
      seed,
      run: tryOnce,
      triesMax: TRIES_MAX,
      runsMax: shrinkRunsMax,
      isTimeUp: () => performance.now() > endsAtMs,
      repeats,
      onSmaller: smaller => print(`  still: ${describeSize(smaller)}`),
    },
  )
  rmSync(file, { force: true })
  const regression = { scenario: left, seed, measure, exploredSeed, exploredRun: number, driver }
  const path = writeRegression(folder.path, { ...regression, probability: shrunk.probability })
  const shrunkRecord: ShrunkRecord = { ...shrunk, measure, faults: kindsOf(left), file: basename(path) }
  const done = { ...record, shrunk: shrunkRecord }
  folder.save(done)
  sayWhatIsLeft(path, shrunkRecord, seed, options)
  return done
}

function sayWhatIsLeft(
  path: string,
  { probability, endedBy, runs, faults }: ShrunkRecord,
  seed: number,
  { print, driver, serviceFolder }: ExploreOptions,
): void {
  const { failed, of } = probability
  print(`  shrunk to ${describeFaults(faults)} in ${runs} runs (${endedBy}); it failed in ${failed} of ${of}`)
  const flags = [`--seed ${seed}`]
  if (driver !== null) flags.unshift(`--driver ${driver}`)
  if (serviceFolder !== null) flags.push(`--service ${serviceFolder}`)
  const file = shown(path)
  print(asCalled(`  again:   npm run scenario ${file} -- ${flags.join(' ')}`))
  for (const [index, line] of howToKeep(path, file).entries())
    print(`  ${index === 0 ? 'to keep:' : '        '} ${line}`)
}

function describeSize(scenario: Scenario): string {
  const { topology, load } = scenario
  const size = `${topology.instances} instances, ${clientCount(load)} clients, ${roomCount(load)} rooms, ${load.messagesPerSecond}/s`
  return `${describeFaults(kindsOf(scenario))}; ${size}, ${load.seconds} s`
}

function kindsOf({ faults = [] }: Scenario): FaultName[] {
  return faults.map(({ kind }) => kind)
}

/** As a path that `npm run` understands, which runs in the repository's folder. */
function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

function timeName(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(':', '-')}Z`
}
