/** The scripts for k6, run by the stand-in against real instances around a real Redis. */

import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { METRIC_NAMES } from '../../service/metric-names.ts'
import { stopEverything, TestInstance, TestRedis, until } from '../../service/test-cluster.ts'
import { type HarnessEnd, HarnessProcess, readResult, runHarness } from '../harness-process.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { TestProject } from '../test-project.ts'
import { writeK6Script } from './write-script.ts'

const PROJECT = join(import.meta.dirname, '../..')
const THRESHOLDS_CROSSED = 99
const SCRIPT_THREW = 107

/** Loose limits, of which the generator has a tenth: it is about whether messages flow, not about this machine. 90 % needs a hundred samples. */
const LIMIT_MS = 20_000
const BUDGETS = {
  crossInstanceP90Ms: LIMIT_MS,
  sameInstanceP90Ms: LIMIT_MS,
  ackP90Ms: LIMIT_MS,
  rejected: 0,
  unknown: 0,
}
const LOAD = { rooms: 4, clients: 16, messagesPerSecond: 100, textBytes: 80, seconds: 4, warmUpSeconds: 1 }
const CALM: Scenario = { about: 'A test.', topology: { instances: 2 }, load: LOAD, budgets: BUDGETS }
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  calm: CALM,
  strict: { ...CALM, load: { ...LOAD, seconds: 2 }, budgets: { ackP50Ms: 0.001 } },
  drain: { ...CALM, load: { ...LOAD, seconds: 6 }, budgets: {} },
  churn: { ...CALM, load: { ...LOAD, churn: { clientsPerSecond: 2, awaySeconds: 1 } } },
  kill: {
    ...CALM,
    load: { ...LOAD, seconds: 6 },
    faults: [{ kind: 'kill-instance', target: 'chat-1', atSeconds: 2, downSeconds: 1 }],
    budgets: { crossInstanceP90Ms: { steady: 1000, fault: LIMIT_MS }, reconnectSeconds: 20 },
  },
}

interface Summary {
  readonly metrics: Readonly<Record<string, { readonly count?: number; readonly samples?: number }>>
  readonly iterations: readonly string[]
}

let project: TestProject
/** They serve all tests but the last one of them, which ends the first. */
let instances: TestInstance[]
let urls: string

beforeAll(async () => {
  project = new TestProject(SCENARIOS)
  const flood = join('scenarios', 'k6', 'flood')
  cpSync(join(PROJECT, flood), join(project.folder, flood), { recursive: true })
  for (const name of Object.keys(SCENARIOS)) await writeK6Script(name, project.folder)
  const redis = await TestRedis.start()
  instances = []
  for (const name of ['chat-1', 'chat-2']) instances.push(await TestInstance.start(name, redis.url))
  urls = instances.map(({ webSocketUrl }) => webSocketUrl).join(',')
})

afterAll(async () => {
  await stopEverything()
  await project[Symbol.asyncDispose]()
})

/** As `k6 run` would, with a few virtual users for all clients. */
async function runScript(name: string, environment: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(project.folder, 'k6-'))
  const summaryPath = join(folder, 'summary.json')
  const variables = Object.entries({ TUESDAY_VUS: '4', TUESDAY_RUN: name, ...environment }).flatMap(([key, value]) => [
    '-e',
    `${key}=${value}`,
  ])
  const standIn = join(project.folder, 'harness/k6/stand-in/main.ts')
  const script = join(project.folder, 'scenarios/k6', `${name}.ts`)
  const end = await ended(process.execPath, [standIn, script, ...variables, '--summary-export', summaryPath])
  const hasSummary = end.exitCode === 0 || end.exitCode === THRESHOLDS_CROSSED
  const summary: Summary = hasSummary ? JSON.parse(readFileSync(summaryPath, 'utf8')) : { metrics: {}, iterations: [] }
  rmSync(folder, { recursive: true })
  const count = (metric: string) => summary.metrics[metric]?.count ?? summary.metrics[metric]?.samples
  return { ...end, ...summary, count }
}

function ended(command: string, args: readonly string[]): Promise<HarnessEnd> {
  return new Promise(resolve => {
    const child = spawn(command, args)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        output += String(chunk)
      })
    }
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, output }))
  })
}

/** At the same time: each has rooms of its own, and little load. */
describe.concurrent('a script', () => {
  test('lets messages flow, measures them, and keeps its thresholds; each client gets each message once', async () => {
    const run = await runScript('calm', { TUESDAY_URLS: urls })
    expect(run.exitCode, run.output).toBe(0)
    expect(run.iterations).toEqual(['complete', 'complete', 'complete', 'complete'])
    expect(run.count('tuesday_sent')).toBe(500)
    expect(run.count('tuesday_acked')).toBe(500)
    // Four members to a room, two on each instance; the warm-up is not timed.
    expect(run.count('tuesday_delivered')).toBe(2000)
    expect(run.count('tuesday_cross_instance_ms')).toBe(800)
    expect(run.count('tuesday_same_instance_ms')).toBe(800)
    expect(run.count('tuesday_ack_ms')).toBe(400)
    expect(run.count('tuesday_send_lag_ms')).toBe(400)
    for (const metric of ['lost', 'duplicated', 'reordered', 'phantom', 'stranded', 'reconnects']) {
      expect(run.count(`tuesday_${metric}`), metric).toBe(0)
    }
  })

  test('ends with another code than 0 where a threshold is crossed', async () => {
    const run = await runScript('strict', { TUESDAY_URLS: urls })
    expect(run.exitCode, run.output).toBe(THRESHOLDS_CROSSED)
    expect(run.output).toMatch(/✗ tuesday_ack_ms: p\(50\)<=0.001, found \d/)
    expect(run.output).toMatch(/✓ tuesday_lost: count<=0, found 0/)
  })

  test('lets clients leave and come back by the plan', async () => {
    const run = await runScript('churn', { TUESDAY_URLS: urls })
    expect(run.exitCode, run.output).toBe(0)
    expect(run.count('tuesday_delivered')).toBeLessThan(2000)
    expect(run.count('tuesday_delivered')).toBeGreaterThan(1000)
  })

  test('says what is wrong with its environment, and does not begin', async () => {
    const run = await runScript('calm', { TUESDAY_URLS: 'http://127.0.0.1:1' })
    expect(run.exitCode).toBe(SCRIPT_THREW)
    expect(run.output).toContain('TUESDAY_URLS: found "http://127.0.0.1:1"')
  })
})

describe('a script beside faults', () => {
  test('moves away from an instance that drains, and misses nothing', async () => {
    const accepted = () => instances[0]!.metric(METRIC_NAMES.accepted)
    const before = await accepted()
    const running = runScript('drain', { TUESDAY_URLS: urls, TUESDAY_FAULTS: 'beside' })
    const hasBegun = async () => (await accepted()) > before + 50
    await until('the load has begun', hasBegun)
    instances[0]!.signal('SIGTERM')
    const run = await running
    expect(await instances[0]!.exited).toEqual({ code: 0, signal: null })
    expect(run.exitCode, run.output).toBe(0)
    expect(run.count('tuesday_draining_notices')).toBe(8)
    expect(run.count('tuesday_reconnects')).toBe(8)
    expect(run.count('tuesday_delivered')).toBe(2800)
  })
})

describe('npm run k6', () => {
  test('writes the script, and leaves one alone that is as it should be', async () => {
    rmSync(join(project.folder, 'scenarios/k6/calm.ts'))
    const write = () => new HarnessProcess(['k6', 'calm'], 'alone', {}, project.folder).ended
    expect(await write()).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(/^Wrote scenarios\/k6\/calm\.ts\./),
    })
    expect(await write()).toMatchObject({ exitCode: 0, output: 'scenarios/k6/calm.ts is as it should be.\n' })
  })

  test.each([
    [['k6', 'stedy'], /no scenario is called "stedy"\. Did you mean "steady"\?/],
    [['k6', 'http-beside-flood'], /^scenarios\/http-beside-flood\.ts: http: cannot be a k6 script/],
  ])('%j exits with 2 and says why', async (args, message) => {
    const end = await runHarness(...args)
    expect(end.exitCode, end.output).toBe(2)
    expect(end.output).toMatch(message)
    expect(end.output).not.toMatch(/^\s+at /m)
  })
})

describe('--load none', () => {
  test('injects the faults beside a script, which reconnects and resumes without a gap or a duplicate', async () => {
    const out = join(project.folder, 'without-load')
    const args = ['scenario', 'kill', '--driver', 'process', '--load', 'none', '--out', out]
    const harness = new HarnessProcess(args, 'alone', {}, project.folder)
    await harness.waitFor('waiting for the load')
    const [, variables] = /k6 run (-e .*) scenarios\/k6\/kill\.ts/.exec(harness.output)!
    const environment = Object.fromEntries(
      variables!
        .split('-e ')
        .slice(1)
        .map(pair => pair.trim().split('=')),
    )
    expect(environment).toMatchObject({ TUESDAY_FAULTS: 'beside' })
    const [run, end] = await Promise.all([runScript('kill', environment), harness.ended])

    expect(run.exitCode, run.output).toBe(0)
    // Everybody who was on it, and nobody missed or heard anything twice.
    expect(run.count('tuesday_reconnects')).toBe(8)
    expect(run.count('tuesday_delivered')).toBe(2800)
    for (const metric of ['lost', 'duplicated', 'declared_gaps', 'holes', 'stranded', 'unknown', 'rejected']) {
      expect(run.count(`tuesday_${metric}`), metric).toBe(0)
    }

    expect(end.exitCode, end.output).toBe(0)
    expect(end.output).toMatch(/^kill, faults and service only: 2 instances \(process\), no load of its own/m)
    expect(end.output).toMatch(/verdict: pass, faults and service only: [^\n]+\n$/)
    const { scope, connectionsOfOthersMax, faults, budgets, counts } = readResult(out)
    expect(scope).toBe('faults and service only')
    expect(connectionsOfOthersMax).toBe(16)
    expect(faults).toMatchObject([{ kind: 'kill-instance', target: 'chat-1', status: 'fired' }])
    expect(faults[0]!.evidence).toMatch(/died of SIGKILL/)
    expect(counts).toMatchObject({ lost: null, delivered: 0, uncleanDrains: 0 })
    expect(budgets.filter(({ status }) => status === 'pass').map(({ measure }) => measure)).toEqual(['uncleanDrains'])
    const again = await new HarnessProcess(['check', out], 'alone', {}, project.folder).ended
    expect(again).toMatchObject({ exitCode: 0, output: expect.stringContaining('pass, faults and service only') })
  })
})
