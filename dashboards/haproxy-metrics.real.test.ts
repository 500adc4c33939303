/** The declared metrics of HAProxy, against a real one with the project's configuration: `npm run setup -- --all` installs it. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MetricDeclaration } from '../service/metric-names.ts'
import { freePort } from '../service/test-cluster.ts'
import { HAPROXY_METRICS } from './haproxy-metrics.ts'
import { BALANCER_PROXIES } from './jobs.ts'

const CONFIGURATION = join(import.meta.dirname, '..', 'stack', 'haproxy', 'haproxy.cfg')
const TRIES_MAX = 50
const TRY_EVERY_MS = 100

const folder = mkdtempSync(join(tmpdir(), 'tuesday-haproxy-'))
let haproxy: ChildProcess
let lines: readonly string[]

beforeAll(async () => {
  const backend = join(folder, 'backend.cfg')
  // Nobody listens there: the server is down, and has all of its series.
  writeFileSync(backend, `backend ${BALANCER_PROXIES.backend}\n  server chat-1 127.0.0.1:${await freePort()}\n`)
  const metricsPort = String(await freePort())
  const ports = {
    BALANCER_HOST: '127.0.0.1',
    BALANCER_PORT: String(await freePort()),
    BALANCER_METRICS_PORT: metricsPort,
  }
  haproxy = spawn('haproxy', ['-f', CONFIGURATION, '-f', backend], {
    env: { ...process.env, ...ports },
    stdio: 'ignore',
  })
  haproxy.once('error', error => {
    throw new Error(`${error.message}. This test needs haproxy: npm run setup -- --all`)
  })
  lines = (await scrape(`http://127.0.0.1:${metricsPort}/metrics`)).split('\n')
})

afterAll(async () => {
  if (haproxy.exitCode === null && haproxy.kill('SIGKILL')) await once(haproxy, 'exit')
  rmSync(folder, { recursive: true })
})

async function scrape(url: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await (await fetch(url)).text()
    } catch (error) {
      if (tries === TRIES_MAX) throw new Error(`HAProxy has not answered at ${url} within 5 s`, { cause: error })
      await new Promise(resolve => setTimeout(resolve, TRY_EVERY_MS))
    }
  }
}

it.each(Object.values<MetricDeclaration>(HAPROXY_METRICS))('$name is exposed as declared', ({ name, type, labels }) => {
  expect(lines).toContain(`# TYPE ${name} ${type}`)
  const samples = lines.filter(line => line.startsWith(`${name}{`))
  const proxies = new Set(samples.map(line => /proxy="([^"]+)"/.exec(line)?.[1]))
  expect(Object.values(BALANCER_PROXIES).some(proxy => proxies.has(proxy))).toBe(true)
  for (const sample of samples) {
    expect([...sample.matchAll(/[{,](\w+)="/g)].map(([, label]) => label)).toEqual(labels)
  }
})
