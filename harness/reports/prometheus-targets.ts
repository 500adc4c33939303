/**
 * Where Prometheus finds the metrics of a run, in the form of its file-based service discovery: `metrics/targets.json` in the run's folder, while the
 * run goes. `dashboards/prometheus/local.yml` reads that of the newest run.
 *
 * Source of the form: Prometheus, "Use file-based service discovery to discover scrape targets".
 */

import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PROMETHEUS_JOBS } from './metric-names.ts'

export interface MetricsAddress {
  readonly host: string
  readonly port: number
}

export interface MetricsAddresses {
  readonly instances: readonly MetricsAddress[]
  /** Null: the harness exposes none. */
  readonly harness: MetricsAddress | null
  /** Null: there is none. */
  readonly balancer: MetricsAddress | null
}

export interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: { readonly job: string }
}

export const TARGETS_FILE = join('metrics', 'targets.json')

export function targetGroups({ instances, harness, balancer }: MetricsAddresses): TargetGroup[] {
  const groups = [
    { job: PROMETHEUS_JOBS.service, addresses: instances },
    { job: PROMETHEUS_JOBS.harness, addresses: harness === null ? [] : [harness] },
    { job: PROMETHEUS_JOBS.balancer, addresses: balancer === null ? [] : [balancer] },
  ]
  return groups
    .filter(({ addresses }) => addresses.length > 0)
    .map(({ job, addresses }) => ({ targets: addresses.map(({ host, port }) => `${host}:${port}`), labels: { job } }))
}

/** Writes the file, and once more without targets when disposed of: a run that is over is not one whose instances are down. */
export function announceTargets(folder: string, addresses: MetricsAddresses): Disposable {
  const path = join(folder, TARGETS_FILE)
  mkdirSync(dirname(path), { recursive: true })
  write(path, targetGroups(addresses))
  return { [Symbol.dispose]: () => write(path, []) }
}

/** At once or not at all: Prometheus may read it at any time. */
function write(path: string, groups: readonly TargetGroup[]): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(groups, null, 2)}\n`)
  renameSync(`${path}.new`, path)
}
