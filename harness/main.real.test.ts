import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { IS_FULL } from './full-tests.ts'
import { HarnessProcess, newFolder, readResult, runHarness } from './harness-process.ts'
import { expectNothingAnswers, processesWith, runContainersAndNetworks } from './leftovers.ts'
import { PatchedService } from './mutants/patched-service.ts'
import { SERVICE_MUTANTS } from './mutants/service-mutants.ts'
import { readCurves } from './reports/curves-file.ts'
import { schemaProblems } from './reports/schema-problems.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..')
/** A small load without faults, for what is not about the verdict of a whole scenario. 1,200 messages are enough for a P99. */
const SHORT = 'steady --instances 2 --clients 40 --rooms 4 --seconds 4 --messages-per-second 300'.split(' ')
const folders: string[] = []

function sum(series: readonly (number | null)[]): number {
  return series.reduce<number>((total, value) => total + value!, 0)
}

function folder(): string {
  const path = newFolder()
  folders.push(path)
  return path
}

afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

describe('smoke', () => {
  it.each(IS_FULL ? ['process', 'docker'] : ['docker'])(
    'passes on %s, shows that the kill fired, and leaves nothing behind',
    async driver => {
      const out = folder()
      const end = await runHarness('scenario', 'smoke', '--driver', driver, '--out', out)
      expect(end, end.output).toMatchObject({ exitCode: 0 })
      expect(end.output).toMatch(/verdict: pass\n$/)
      const { verdict, faults, counts, generator } = readResult(out)
      expect(verdict).toBe('pass')
      expect(schemaProblems(readResult(out))).toEqual([])
      expect(faults).toMatchObject([{ kind: 'kill-instance', status: 'fired' }])
      expect(generator.workers).toMatchObject([{ worker: 0, sendLagP99Ms: expect.any(Number) }])
      expect(generator.noiseFloorMs!.p99).toBeGreaterThan(0)
      expect(generator.idleRoundTripMs!.p50).toBeGreaterThan(0)
      expect(faults[0]!.evidence).toMatch(/died of SIGKILL/)
      expect(counts.obligations).toBeGreaterThanOrEqual(5000)
      expect(counts.deliveredAcross).toBeGreaterThanOrEqual(1000)
      expect(counts).toMatchObject({ lost: 0, duplicated: 0 })
      const { perSecond, outstanding } = readCurves(out)!
      expect(sum(perSecond.delivered)).toBe(counts.delivered)
      expect(sum(perSecond.sent)).toBe(counts.sent)
      expect(outstanding.at(-1)).toBe(0)
      expect(existsSync(join(out, 'report.html'))).toBe(true)
      expect(existsSync(join(out, 'logs', 'chat-1.log'))).toBe(true)
      await expectNothingAnswers(end.output)
      expect(processesWith(out)).toEqual([])
      if (driver === 'docker') expect(await runContainersAndNetworks()).toEqual([])
    },
  )
})

describe('verdicts', () => {
  it('fails with losses where the service drops one delivery in a thousand', async () => {
    const out = folder()
    using mutant = new PatchedService(SERVICE_MUTANTS.find(({ name }) => name === 'drops-deliveries')!)
    const end = await runHarness('scenario', 'smoke', '--driver', 'process', '--service', mutant.folder, '--out', out)
    expect(end.exitCode, end.output).toBe(1)
    const { verdict, counts } = readResult(out)
    expect(verdict).toBe('fail')
    expect(counts.lost).toBeGreaterThan(0)
    expect(end.output).toMatch(/✗\s+lost/)
    expect(schemaProblems(readResult(out))).toEqual([])
    expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toMatch(/<failure message="lost: [^"]*" type="lost">/)
  })
})

describe('bad input', () => {
  it.each([
    [['scenario', 'smok'], /"smok"[\s\S]*"smoke"[\s\S]*rolling-restart/],
    [['scenario', 'smoke', '--budget', 'lots=0'], /lots[\s\S]*lost/],
    [['scenario', 'smoke', '--clients', 'many'], /--clients[\s\S]*many/],
    [['scenario', 'smoke', '--cliens', '5'], /--cliens[\s\S]*--clients/],
    [['scenario', 'smoke', '--driver', 'process', '--redis-url', 'redis://127.0.0.1:1'], /127\.0\.0\.1:1/],
    [['scenario', 'smoke', '--clients', '100000'], /50000 on each[\s\S]*--instances 10/],
    [['check', 'no-such-folder'], /no-such-folder/],
    [['scenario', 'smoke', '--driver', 'process', '--service', 'no-such-folder'], /--service no-such-folder/],
    [['scenario', 'smoke', '--driver', 'process', '--out', 'package.json'], /package\.json/],
    [['scenari'], /scenari[\s\S]*scenario/],
    [['scenario', 'smoke', '--report', 'junti'], /--report: found "junti"[\s\S]*"junit"/],
    [['scenario', 'smoke', '--budgets', 'no-such-file'], /--budgets no-such-file[\s\S]*no such file/],
    [['runs', '--keep', '0'], /--keep: found "0"/],
    [['runs', 'open', '--in', 'no-such-folder'], /no-such-folder: expected a run in it/],
  ])('%j exits with 2, says why, and shows no stack trace', async (args, expected) => {
    const end = await runHarness(...args)
    expect(end.exitCode, end.output).toBe(2)
    expect(end.output).toMatch(expected)
    expect(end.output).not.toMatch(/^\s+at /m)
  })

  it('says the three ways to get Redis where there is none', async () => {
    const end = await runWithout({ PATH: join(PROJECT_FOLDER, 'no-such-folder') }, [
      'scenario',
      ...SHORT,
      '--driver',
      'process',
    ])
    expect(end.exitCode, end.output).toBe(2)
    for (const way of ['npm run setup', '--driver docker', '--redis-url']) expect(end.output).toContain(way)
  })

  it('names the socket where Docker is asked for and does not answer', async () => {
    const end = await runWithout({ DOCKER_HOST: 'unix:///no/such/socket' }, [
      'scenario',
      ...SHORT,
      '--driver',
      'docker',
    ])
    expect(end.exitCode, end.output).toBe(2)
    expect(end.output).toContain('/no/such/socket')
  })

  it('shows the last lines of an instance that is dead at the start', async () => {
    const copy = folder()
    writeFileSync(join(copy, 'main.ts'), "console.log('the moon is in the wrong house')\nprocess.exit(7)\n")
    const end = await runHarness('scenario', ...SHORT, '--driver', 'process', '--service', copy)
    expect(end.exitCode, end.output).toBe(2)
    expect(end.output).toContain('the moon is in the wrong house')
  })

  it('refuses a metrics port that is taken', async () => {
    const first = new HarnessProcess([
      'scenario',
      ...SHORT,
      '--driver',
      'process',
      '--metrics-port',
      '19191',
      '--out',
      folder(),
    ])
    await first.waitFor('metrics at')
    const second = await runHarness(
      'scenario',
      ...SHORT,
      '--driver',
      'process',
      '--metrics-port',
      '19191',
      '--out',
      folder(),
    )
    expect(second.exitCode, second.output).toBe(2)
    expect(second.output).toContain('19191')
    first.child.kill('SIGINT')
    await first.ended
  })
})

/** Runs the harness with other values in its environment. */
function runWithout(environment: Record<string, string>, args: readonly string[]) {
  return new HarnessProcess(args, 'alone', environment).ended
}

describe.runIf(IS_FULL)('whole scenarios, one for each driver', () => {
  it.each([
    ['rolling-restart', 'process'],
    ['cut-redis-one', 'docker'],
  ])(
    '%s passes on %s',
    async (scenario, driver) => {
      const out = folder()
      const end = await runHarness('scenario', scenario, '--driver', driver, '--out', out)
      expect(end.exitCode, end.output).toBe(0)
      const { faults, size } = readResult(out)
      expect(size).toMatchObject({ instances: 3, clients: 300 })
      expect(faults.length).toBeGreaterThanOrEqual(2)
      expect(new Set(faults.map(({ status }) => status))).toEqual(new Set(['fired']))
    },
    150_000,
  )
})
