import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findEngine, OWNER_LABEL, RUN_LABEL } from './cluster/docker-engine.ts'
import { HarnessProcess, newFolder, readResult, runHarness } from './harness-process.ts'
import { PatchedService } from './mutants/patched-service.ts'
import { SERVICE_MUTANTS } from './mutants/service-mutants.ts'

const PROJECT_FOLDER = join(import.meta.dirname, '..')
/** A small load without faults, for what is not about the verdict of a whole scenario. */
const SHORT = [
  'steady',
  '--instances',
  '2',
  '--clients',
  '40',
  '--rooms',
  '4',
  '--seconds',
  '6',
  '--messages-per-second',
  '200',
]
/** For runs side by side, which slow each other down: they are not about latency. */
const LOOSE = ['crossInstanceP99Ms', 'sameInstanceP99Ms', 'ackP99Ms'].flatMap(measure => [
  '--budget',
  `${measure}=5000`,
])

const folders: string[] = []

function folder(): string {
  const path = newFolder()
  folders.push(path)
  return path
}

afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

/** Command lines of this machine's processes that have this text. */
function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        return line.includes(text) || environment.includes(text) ? [`${pid} ${line}`] : []
      } catch {
        return []
      }
    })
    .filter(line => !line.startsWith(`${process.pid} `))
}

/** The ports on which a run's instances listen, from its output. */
function portsIn(output: string): number[] {
  return [...output.matchAll(/chat-\d+ on 127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port))
}

async function isAnswering(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => true,
    () => false,
  )
}

async function expectNothingAnswers(output: string): Promise<void> {
  const ports = portsIn(output)
  expect(ports.length).toBeGreaterThan(0)
  for (const port of ports) expect(await isAnswering(port), `port ${port}`).toBe(false)
}

async function runContainersAndNetworks(): Promise<string[]> {
  const { engine } = await findEngine()
  if (engine === null) throw new Error('This test needs a Docker engine: npm run setup -- --all')
  const containers = await engine.listContainers({ all: true, filters: { label: [RUN_LABEL] } })
  const networks = await engine.listNetworks({ filters: { label: [RUN_LABEL] } })
  return [
    ...containers.map(({ Names, Labels }) => `${Names[0]} of ${Labels[OWNER_LABEL]}`),
    ...networks.map(({ Name }) => Name),
  ]
}

describe('smoke', () => {
  it.each(['process', 'docker'])('passes on %s, shows that the kill fired, and leaves nothing behind', async driver => {
    const out = folder()
    const end = await runHarness('scenario', 'smoke', '--driver', driver, '--out', out)
    expect(end, end.output).toMatchObject({ exitCode: 0 })
    expect(end.output).toMatch(/verdict: pass\n$/)
    const { verdict, faults, counts, generator } = readResult(out)
    expect(verdict).toBe('pass')
    expect(faults).toMatchObject([{ kind: 'kill-instance', status: 'fired' }])
    expect(generator.workers).toMatchObject([{ worker: 0, sendLagP99Ms: expect.any(Number) }])
    expect(generator.noiseFloorMs!.p99).toBeGreaterThan(0)
    expect(generator.idleRoundTripMs!.p50).toBeGreaterThan(0)
    expect(faults[0]!.evidence).toMatch(/died of SIGKILL/)
    expect(counts.obligations).toBeGreaterThanOrEqual(5000)
    expect(counts.deliveredAcross).toBeGreaterThanOrEqual(1000)
    expect(counts).toMatchObject({ lost: 0, duplicated: 0 })
    expect(existsSync(join(out, 'logs', 'chat-1.log'))).toBe(true)
    await expectNothingAnswers(end.output)
    expect(processesWith(out)).toEqual([])
    if (driver === 'docker') expect(await runContainersAndNetworks()).toEqual([])
  })
})

describe('verdicts', () => {
  it('fails on a budget that is broken, names it, and judges the saved run the same again', async () => {
    const out = folder()
    const end = await runHarness(
      'scenario',
      ...SHORT,
      '--driver',
      'process',
      '--out',
      out,
      '--budget',
      'crossInstanceP99Ms=0.001',
      '--budget',
      'ackP99Ms=1000',
    )
    expect(end.exitCode, end.output).toBe(1)
    expect(end.output).toMatch(/✗\s+crossInstanceP99Ms/)
    const before = readFileSync(join(out, 'result.json'), 'utf8')
    const again = await runHarness('check', out)
    expect(again.exitCode).toBe(1)
    expect(readFileSync(join(out, 'result.json'), 'utf8')).toBe(before)
  })

  it('fails with losses where the service drops one delivery in a thousand', async () => {
    const out = folder()
    using mutant = new PatchedService(SERVICE_MUTANTS.find(({ name }) => name === 'drops-deliveries')!)
    const end = await runHarness('scenario', 'smoke', '--driver', 'process', '--service', mutant.folder, '--out', out)
    expect(end.exitCode, end.output).toBe(1)
    const { verdict, counts } = readResult(out)
    expect(verdict).toBe('fail')
    expect(counts.lost).toBeGreaterThan(0)
    expect(end.output).toMatch(/✗\s+lost/)
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

describe.each(['process', 'docker'])('a harness on %s that is ended early', driver => {
  it.each([
    ['SIGINT to the harness', 'alone', 'SIGINT'],
    ['SIGTERM to npm above it', 'npm', 'SIGTERM'],
    ['SIGHUP to the harness', 'alone', 'SIGHUP'],
  ] as const)('by %s heals, clears away and keeps the folder', async (_, how, signal) => {
    const out = folder()
    const harness = new HarnessProcess(['scenario', 'smoke', '--driver', driver, '--out', out], how)
    await harness.waitFor('kill-instance chat')
    harness.child.kill(signal)
    const end = await harness.ended
    if (how === 'alone') expect(end.exitCode, end.output).toBe(130)
    expect(end.output).toContain('healing and clearing away')
    expect(end.output).toMatch(/kill-instance chat-\d: healed/)
    expect(existsSync(join(out, 'plan.json'))).toBe(true)
    await expectNothingAnswers(end.output)
    expect(processesWith(out)).toEqual([])
    if (driver === 'docker') expect(await runContainersAndNetworks()).toEqual([])
  })

  it('while the cluster starts, exits with 130 and leaves nothing behind', async () => {
    const out = folder()
    const harness = new HarnessProcess(['scenario', 'smoke', '--driver', driver, '--out', out])
    await harness.waitFor('starting')
    harness.child.kill('SIGINT')
    const end = await harness.ended
    expect(end.exitCode, end.output).toBe(130)
    expect(end.output).not.toMatch(/^\s+at /m)
    expect(processesWith(out)).toEqual([])
    if (driver === 'docker') expect(await runContainersAndNetworks()).toEqual([])
  })

  it('whose output nobody reads any more still heals and clears away', async () => {
    const out = folder()
    const harness = new HarnessProcess(['scenario', 'smoke', '--driver', driver, '--out', out])
    await harness.waitFor('kill-instance chat')
    harness.child.stdout!.destroy()
    harness.child.stderr!.destroy()
    harness.child.kill('SIGHUP')
    const end = await harness.ended
    expect(end.exitCode).toBe(130)
    await expectNothingAnswers(end.output)
    expect(processesWith(out)).toEqual([])
  })

  it('by SIGKILL leaves things that the next run reaps, while a run beside it is left alone', async () => {
    const [killedOut, besideOut, nextOut] = [folder(), folder(), folder()]
    const beside = new HarnessProcess(['scenario', ...SHORT, ...LOOSE, '--driver', driver, '--out', besideOut])
    const killed = new HarnessProcess(['scenario', ...SHORT, ...LOOSE, '--driver', driver, '--out', killedOut])
    await killed.waitFor('load …')
    killed.child.kill('SIGKILL')
    await killed.ended
    const next = await runHarness('scenario', ...SHORT, ...LOOSE, '--driver', driver, '--out', nextOut)
    const end = await beside.ended
    expect(next.output).toContain('reaped')
    expect(next.exitCode, next.output).toBe(0)
    expect(end.exitCode, end.output).toBe(0)
    await expectNothingAnswers(killed.output)
    expect(processesWith(killedOut)).toEqual([])
  })
})

describe('whole scenarios, one for each driver', () => {
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
