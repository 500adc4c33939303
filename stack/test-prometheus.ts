/** Test support: a real Prometheus, Debian's, with a configuration and a folder of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { freePort } from '../service/test-cluster.ts'

const READY_MS_MAX = 15_000

export interface Series {
  readonly metric: Readonly<Record<string, string>>
  /** Unix time in seconds, and the number as text: "NaN" is one. */
  readonly values: readonly (readonly [number, string])[]
}

export interface ScrapeTarget {
  readonly job: string
  readonly health: string
  readonly lastError: string
}

export interface TestPrometheusOptions {
  /** Files of Prometheus' file-based discovery; their targets bring their jobs. */
  readonly targetsFiles: readonly string[]
  readonly ruleFiles: readonly string[]
  readonly scrapeSeconds: number
}

export class TestPrometheus implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #url: string

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child
    this.#folder = folder
    this.#url = url
  }

  static async start({ targetsFiles, ruleFiles, scrapeSeconds }: TestPrometheusOptions): Promise<TestPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'tuesday-prometheus-'))
    const [config, log] = [join(folder, 'prometheus.yml'), join(folder, 'log')]
    const interval = `${scrapeSeconds}s`
    const discovery = [{ files: targetsFiles, refresh_interval: '1s' }]
    writeFileSync(
      config,
      stringify({
        global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
        rule_files: ruleFiles,
        scrape_configs: [{ job_name: 'run', file_sd_configs: discovery }],
      }),
    )
    const address = `127.0.0.1:${await freePort()}`
    const flags = [
      '--config.file',
      config,
      '--storage.tsdb.path',
      join(folder, 'data'),
      '--web.listen-address',
      address,
    ]
    const output = openSync(log, 'a')
    const child = spawn('prometheus', flags, { stdio: ['ignore', output, output] })
    const failed = new Promise<never>((_, reject) => {
      const advice = 'prometheus: "npm run setup -- --all" installs it.'
      child.once('error', error => reject(new Error(`${error.message}. Expected Debian's ${advice}`)))
      child.once('exit', code => reject(new Error(`Prometheus ended with ${code}:\n${readFileSync(log, 'utf8')}`)))
    })
    failed.catch(() => {})
    const prometheus = new TestPrometheus(child, folder, `http://${address}`)
    await Promise.race([prometheus.#untilReady(), failed])
    return prometheus
  }

  async #untilReady(): Promise<void> {
    const deadlineMs = performance.now() + READY_MS_MAX
    while (performance.now() < deadlineMs) {
      const answer = await fetch(`${this.#url}/-/ready`).catch(() => null)
      if (answer?.ok) return
      await sleep(50)
    }
    throw new Error(`Prometheus was not ready after ${READY_MS_MAX / 1000} s`)
  }

  /** The query's series over a stretch of time, in Unix seconds. Throws with Prometheus' own words where it does not take the query. */
  async range(query: string, { start, end, step }: { start: number; end: number; step: number }): Promise<Series[]> {
    const body = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) })
    const { result } = (await this.#ask('/api/v1/query_range', body)) as { result: Series[] }
    return result
  }

  async targets(): Promise<ScrapeTarget[]> {
    const { activeTargets } = (await this.#ask('/api/v1/targets')) as {
      activeTargets: { labels: { job: string }; health: string; lastError: string }[]
    }
    return activeTargets.map(({ labels, health, lastError }) => ({ job: labels.job, health, lastError }))
  }

  /** Names of the alerting rules that it has loaded, with the error of the last evaluation, '' for none. */
  async rules(): Promise<{ readonly name: string; readonly lastError: string }[]> {
    const { groups } = (await this.#ask('/api/v1/rules?type=alert')) as {
      groups: { rules: { name: string; lastError?: string }[] }[]
    }
    return groups.flatMap(({ rules }) => rules.map(({ name, lastError }) => ({ name, lastError: lastError ?? '' })))
  }

  async #ask(path: string, body?: URLSearchParams): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, body === undefined ? {} : { method: 'POST', body })
    const answer = (await response.json()) as { status: string; data: unknown; error?: string }
    if (answer.status !== 'success') throw new Error(answer.error ?? `Prometheus answered with ${response.status}`)
    return answer.data
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise(resolve => this.#child.once('exit', resolve))
      this.#child.kill('SIGTERM')
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
