/**
 * Comparing real runs: two honest ones are equal, and 20 ms more on the way to Redis and back are found. All three go through one proxy in front of one Redis
 * server, so that nothing differs but what the proxy adds.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stopEverything, TestRedis } from '../service/test-cluster.ts'
import { runHarness } from './harness-process.ts'
import { TcpProxy } from './proxy/tcp-proxy.ts'

/** Little load, so that a median is a few milliseconds. Its budget is loose: not the runs are judged here, but what is between them. */
const SCENARIO = {
  about: 'A little talk in four rooms.',
  topology: { instances: 2 },
  load: { rooms: 4, clients: 40, messagesPerSecond: 150, textBytes: 120, seconds: 3, warmUpSeconds: 1 },
  budgets: { crossInstanceP99Ms: 1000 },
}
/** 10 ms each way make 20 ms more for a round trip, and for a message that goes to Redis on one link and comes back on another. */
const EACH_WAY_MS = 10

let folder: string
let proxy: TcpProxy

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-compare-'))
  writeFileSync(join(folder, 'talk.ts'), `export default ${JSON.stringify(SCENARIO)}`)
  const redis = await TestRedis.start()
  proxy = await TcpProxy.listen({ port: 0, targetHost: '127.0.0.1', targetPort: redis.port })
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await stopEverything()
  rmSync(folder, { recursive: true })
})

async function runInto(name: string, ...flags: readonly string[]) {
  const url = `redis://127.0.0.1:${proxy.port}`
  const [file, out] = [join(folder, 'talk.ts'), join(folder, name)]
  return await runHarness('scenario', file, '--driver', 'process', '--redis-url', url, '--out', out, ...flags)
}

describe('runs of the same scenario', () => {
  it('are equal where nothing was changed, and worse where 20 ms were added to the way to Redis and back', async () => {
    const before = await runInto('before', '--repeat', '2')
    expect(before.exitCode, before.output).toBe(0)
    expect(before.output).toContain('how far 2 runs lie apart')
    const equal = await runHarness('compare', join(folder, 'before', '1'), join(folder, 'before', '2'), '--all')
    expect(equal.exitCode, equal.output).toBe(0)
    expect(equal.output).toMatch(/verdict: no regression/)
    expect(equal.output).toMatch(/floors\s+alone\s+decide/)

    const eachWay = { latencyMs: EACH_WAY_MS }
    const slowness = proxy.inject({ toTarget: eachWay, fromTarget: eachWay })
    const slow = await runInto('slow', '--baseline', join(folder, 'before'))
    slowness.heal()
    expect(slow.exitCode, slow.output).toBe(1)
    expect(slow.output).toMatch(/✗\s+crossInstanceP50Ms\s+run\b/)
    expect(slow.output).toMatch(/✗\s+ackP50Ms\s+run\b/)
    expect(slow.output).toMatch(/verdict: worse: \d+ measures are worse/)

    const markdown = readFileSync(join(folder, 'slow', 'compare.md'), 'utf8')
    expect(markdown).toMatch(/### worse[\s\S]*`crossInstanceP50Ms`/)
    expect(existsSync(join(folder, 'slow', 'compare.html'))).toBe(true)
  }, 120_000)
})

describe('bad input', () => {
  it.each([
    [['compare'], /two runs, the old one first/],
    [['compare', 'no-such-run', 'no-such-run'], /no-such-run: no such folder/],
    [['compare', 'docs', 'docs'], /docs: expected result\.json/],
    [['compare', '1', '2', '--floor', 'latency=1'], /"latency" is not a kind/],
    [['scenario', 'steady', '--baseline', 'docs'], /docs: expected result\.json/],
    [['scenario', 'steady', '--floor', 'latencyP50=1'], /--baseline/],
    [['scenario', 'steady', '--repeat', '0'], /--repeat[\s\S]*from 1/],
  ])('%j exits with 2, says why, and shows no stack trace', async (args, expected) => {
    const end = await runHarness(...args)
    expect(end.exitCode, end.output).toBe(2)
    expect(end.output).toMatch(expected)
    expect(end.output).not.toMatch(/^\s+at /m)
  })

  it('refuses a baseline of another load before it runs anything', async () => {
    const end = await runHarness('scenario', 'smoke', '--baseline', join(folder, 'before', '1'))
    expect(end.exitCode, end.output).toBe(2)
    expect(end.output).toMatch(/scenario: talk → smoke[\s\S]*--force/)
    expect(end.output).not.toContain('load ')
  })
})
