import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { HarnessProcess } from '../harness-process.ts'
import { processesWith } from '../leftovers.ts'
import { loadScenario } from '../scenario/catalogue.ts'
import type { DrawRanges } from './draw-scenario.ts'
import { type ExploreOptions, explore } from './explore.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '../..')
/** Runs of about ten seconds, where the machine has nothing else to do. */
const SMALL: DrawRanges = {
  instances: { min: 2, max: 3 },
  clients: { min: 12, max: 24 },
  rooms: { min: 2, max: 4 },
  messagesPerSecond: { min: 20, max: 40 },
  seconds: { min: 4, max: 5 },
  faults: { min: 2, max: 2 },
}
/** Its first run stops an instance, and kills another one after that. */
const SEED = 1
/** Nothing here ends by the time, however slow the machine is; it is the runs that are few. */
const MINUTES_MAX = 8

const folders: string[] = []

function newFolder(parent = tmpdir()): string {
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'tuesday-explore-'))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A copy of the service with one change. */
function mutant(file: string, original: string, changed: string): string {
  const folder = newFolder(join(PROJECT_FOLDER, 'runs'))
  cpSync(join(PROJECT_FOLDER, 'service'), folder, { recursive: true })
  const source = readFileSync(join(folder, file), 'utf8')
  expect(source).toContain(original)
  writeFileSync(join(folder, file), source.replace(original, changed))
  return folder
}

async function exploreSmall(options: Partial<ExploreOptions> & { out: string }) {
  const lines: string[] = []
  const exitCode = await explore({
    runs: 1,
    seed: SEED,
    driver: 'process',
    serviceFolder: null,
    shrinkMinutes: MINUTES_MAX,
    shrinkRunsMax: 5,
    interruption: new AbortController().signal,
    print: line => lines.push(line),
    kinds: ['kill-instance', 'stop-instance'],
    ranges: SMALL,
    repeats: 1,
    ...options,
  })
  return { exitCode, output: lines.join('\n') }
}

/** Minutes for a mutant are for the full test; 0 leaves it out. What shrinking does is tested without I/O in any case. */
const MUTANTS = Number(process.env.EXPLORE_MUTANTS || 0)

describe.runIf(MUTANTS > 0)('a service that exits at once when it is asked to go', () => {
  test(
    'is found, and shrunk to the stop of one instance in a file that can be loaded',
    async () => {
      const drains = "process.on('SIGTERM', () => void end())"
      const service = mutant('main.ts', drains, "process.on('SIGTERM', () => process.exit(0))")
      const out = newFolder()
      const { exitCode, output } = await exploreSmall({ out, serviceFolder: service })
      expect(exitCode, output).toBe(1)
      expect(output).toMatch(/run 1 {2}seed \d+ {2}stop-instance, kill-instance {2}FAILED: uncleanDrains/)
      const name = `unclean-drains-stop-instance-${SEED}-1`
      expect(output).toMatch(new RegExp(`1 {2}uncleanDrains {2}stop-instance {2}1 of 1 .*${name}\\.ts`))
      const { scenario } = await loadScenario(join(out, `${name}.ts`), out)
      expect(scenario.faults).toHaveLength(1)
      expect(scenario.load.clients).toBeLessThanOrEqual(SMALL.clients.max)
      expect(existsSync(join(out, 'runs', '0001', 'result.json'))).toBe(true)
      expect(existsSync(join(out, 'runs', '0001-shrunk', 'result.json'))).toBe(true)
      expect(processesWith(out)).toEqual([])
    },
    MINUTES_MAX * 60_000,
  )
})

describe('the service as it is', () => {
  test(
    'passes, and what has run is not run again',
    async () => {
      const out = newFolder()
      const first = await exploreSmall({ out })
      expect(first.exitCode, first.output).toBe(0)
      expect(first.output).toMatch(/stop-instance, kill-instance {2}passed/)
      expect(readdirSync(join(out, 'runs'))).toEqual([])
      const before = readFileSync(join(out, 'runs.jsonl'), 'utf8')
      const again = await exploreSmall({ out, seed: null })
      expect(again.exitCode).toBe(0)
      expect(again.output).toContain('(kept)')
      expect(readFileSync(join(out, 'runs.jsonl'), 'utf8')).toBe(before)
    },
    MINUTES_MAX * 60_000,
  )
})

describe('an exploration that is interrupted', () => {
  test('lets the present run heal, tells what there is, and goes on with that run next time', async () => {
    const out = newFolder()
    const command = ['scenario', 'explore', '--runs', '2', '--seed', '7', '--driver', 'process', '--out', out]
    const harness = new HarnessProcess(command)
    const plan = join(out, 'runs', '0001', 'plan.json')
    while (!existsSync(plan) && harness.child.exitCode === null) await sleep(20)
    harness.child.kill('SIGINT')
    const { exitCode, output } = await harness.ended
    expect(exitCode, output).toBe(130)
    expect(output).toContain('healing and clearing away')
    expect(output).toMatch(/runs {2}passed {2}failed {2}invalid\n {3}0/)
    expect(output).toContain(`go on with --out ${out}`)
    expect(existsSync(join(out, 'runs.jsonl'))).toBe(false)
    expect(processesWith(out)).toEqual([])
  })
})

describe('what cannot be understood', () => {
  test.each([
    [['--runs', 'many'], /--runs: found "many"/],
    [['--service', 'no-such-folder'], /--service no-such-folder/],
    [['--out', 'package.json'], /--out package\.json/],
  ])('%j exits with 2, says why, and shows no stack trace', async (flags, expected) => {
    const { exitCode, output } = await new HarnessProcess(['scenario', 'explore', ...flags]).ended
    expect(exitCode, output).toBe(2)
    expect(output).toMatch(expected)
    expect(output).not.toMatch(/^\s+at /m)
  })
})
