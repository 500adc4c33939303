/** Brings up what a run needs: instances, Redis, load workers, and who looks at memory. */

import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import type { AddressList } from './address-list.ts'
import { findPageNeeds } from './browsers/page-needs.ts'
import type {
  BalancerAddress,
  Cluster,
  ClusterOptions,
  DriverName,
  OwnDriverName,
  ProxiedLinks,
} from './cluster/cluster.ts'
import { adoptStack } from './cluster/compose-cluster.ts'
import type { Stack } from './cluster/compose-stack.ts'
import { startCluster } from './cluster/start-cluster.ts'
import { UsageError } from './command-flags.ts'
import { balancedConnectionsMax, checkConnections, checkOpenFiles, chooseWorkers, openFilesMax } from './fleet-size.ts'
import { HttpLoadProcess } from './http-load/http-load-process.ts'
import { pageCountOf } from './load/client-shares.ts'
import { Fleet } from './load/fleet.ts'
import { sampleMemory } from './memory-samples.ts'
import { monotonicMs } from './monotonic.ts'
import type { Plan } from './plan/plan.ts'
import { PROJECT_FOLDER } from './project.ts'
import { measureAddedLatency } from './proxy/added-latency.ts'
import { readRedisPauses } from './redis-pauses.ts'
import { announceTargets } from './reports/prometheus-targets.ts'
import type { RunFacts } from './reports/result.ts'
import type { Run } from './run-context.ts'
import { connectsPerSecond } from './run-load.ts'
import { faultKind } from './scenario/fault-kinds.ts'
import { DEFAULTS, type Scenario } from './scenario/scenario.ts'
import type { ScenarioCommand } from './scenario-command.ts'

/** A fraction of a second's worth. */
const PROXY_ROUND_TRIPS = 500
/** The front end's port is not known when the instances start. */
const ORIGINS_OF_PAGES = { ORIGINS: '*' }

/** Nobody else's server is ended or filled. */
export function refuseForeignRedis({ faults }: Plan): void {
  const fault = faults.find(({ kind }) => faultKind(kind).hits === 'redis')
  if (fault === undefined) return
  const expected = `no --redis-url with a scenario that has ${fault.kind}, which is for a server of the run's own`
  throw new UsageError(`--redis-url: expected ${expected}. Leave it out.`)
}

export async function bringUpCluster(run: Run): Promise<Cluster> {
  const { narrator, stack } = run
  narrator.phase('cluster up')
  const cluster = stack === null ? await startOwnCluster(run, run.driver as OwnDriverName) : await adopt(run, stack)
  const ports = cluster.instances.map(({ name, host, port }) => `${name} on ${host}:${port}`).join(', ')
  narrator.runsOn(cluster.driver)
  narrator.say(`driver ${cluster.driver}, Redis ${cluster.redisVersion}, ${ports}`)
  if (cluster.balancer !== null) narrator.say(describeBalancer(cluster.balancer))
  return cluster
}

function adopt({ id, plan, folder, narrator, interruption }: Run, stack: Stack): Promise<Cluster> {
  const onProgress = (line: string) => narrator.say(line)
  const isBalanced = plan.balancer !== undefined
  return adoptStack(stack, { runId: id, folder: folder.path, isBalanced, onProgress }, interruption.signal)
}

async function startOwnCluster(
  { command, id, plan, scenario, folder, narrator, interruption }: Run,
  driver: OwnDriverName,
): Promise<Cluster> {
  const { appendFsync = DEFAULTS.appendFsync, environment = {} } = scenario.topology
  const options: ClusterOptions & { readonly links: ProxiedLinks } = {
    runId: id,
    folder: folder.path,
    instances: plan.instances.length,
    instancesAtStart: plan.instancesAtStart,
    links: linksOf(plan),
    balancer: plan.balancer === undefined ? null : { connectionsMax: balancedConnectionsMax(plan, driver) },
    appendFsync,
    environment: pageCountOf(plan) > 0 ? { ...ORIGINS_OF_PAGES, ...environment } : environment,
    redisUrl: command.redisUrl,
    serviceFolder: command.serviceFolder === null ? join(PROJECT_FOLDER, 'service') : resolve(command.serviceFolder),
    onProgress: (line: string) => narrator.say(line),
  }
  if (options.links.clients || options.links.redis) narrator.say(await describeProxies(options.links))
  return startCluster(driver, options, interruption.signal)
}

function describeBalancer({ name, version, host, port, metricsPort, metricsHost = host }: BalancerAddress): string {
  return `clients connect to ${name} ${version} on ${host}:${port}; its metrics are at http://${metricsHost}:${metricsPort}/metrics`
}

/** Where something that listens on this host can be asked: 0.0.0.0 is all addresses, and none. */
function reachableHost(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host
}

/** Tells Prometheus where the metrics are, until it is disposed of. */
export function announceMetrics({ command, folder }: Run, { instances, balancer }: Cluster): Disposable {
  return announceTargets(folder.path, {
    instances: instances.map(({ host, metricsPort: port }) => ({ host, port })),
    harness:
      command.metricsPort === null ? null : { host: reachableHost(command.metricsHost), port: command.metricsPort },
    balancer: balancer === null ? null : { host: balancer.metricsHost ?? balancer.host, port: balancer.metricsPort },
  })
}

/** What the proxies add of their own, measured before anything else is busy. */
async function describeProxies({ clients, redis }: ProxiedLinks): Promise<string> {
  const { addedP50Ms, proxied } = await measureAddedLatency({ roundTrips: PROXY_ROUND_TRIPS })
  const links = [clients ? 'clients' : '', redis ? 'Redis' : ''].filter(Boolean).join(' and ')
  const times = `${addedP50Ms.toFixed(3)} ms to a round trip (P50; P99 of the whole ${proxied.p99Ms.toFixed(3)} ms)`
  return `the links to ${links} run through proxies, each of which adds ${times}`
}

/** Only scenarios that break a link run through proxies. */
function linksOf({ faults }: Plan): ProxiedLinks {
  const links = faults.map(({ kind }) => faultKind(kind).link)
  return { clients: links.includes('clients'), redis: links.includes('redis') }
}

/** Throws `UsageError` where the machine or the instances cannot hold so many connections. */
export function workersFor({ workers }: ScenarioCommand, plan: Plan, scenario: Scenario, driver: DriverName): number {
  const pages = pageCountOf(plan)
  if (driver !== 'compose') checkConnections(plan, scenario)
  checkOpenFiles(plan, {
    areInstancesProcesses: driver === 'process',
    areClientsProxied: linksOf(plan).clients,
    isBalancerProcess: driver === 'process' && plan.balancer !== undefined,
  })
  const size = {
    clients: plan.clients.length - pages,
    asked: workers,
    cores: availableParallelism(),
    openFilesMax: openFilesMax(),
  }
  return chooseWorkers(size) + (pages > 0 ? 1 : 0)
}

/** Throws `UsageError` where pages are wanted and cannot be opened. */
export function pagesFor(plan: Plan, driver: DriverName): Run['pages'] {
  if (pageCountOf(plan) === 0) return undefined
  if (driver === 'compose') {
    throw new UsageError('--driver compose: found load.pages, but pages need instances that the harness has started.')
  }
  try {
    return findPageNeeds()
  } catch (error) {
    throw new UsageError(
      `load.pages: some of the clients are pages in a browser, for which there is missing:${(error as Error).message}`,
    )
  }
}

export async function startFleet(
  { id, plan, workers, pages, scenario, folder, narrator }: Run,
  { addresses, welcomeNames }: AddressList,
): Promise<Fleet> {
  const onCounters = narrator.counters.bind(narrator)
  const { deadlineMs, clients } = plan
  const pageCount = pageCountOf(plan)
  if (pageCount > 0) narrator.say(`${pageCount} of ${clients.length} clients are pages in ${pages!.chromium}`)
  return Fleet.start({
    workers,
    folder: folder.path,
    runId: id,
    addresses,
    welcomeNames,
    deadlineMs,
    connectsPerSecond: connectsPerSecond(scenario),
    idlePingMs: (scenario.load.idlePingSeconds ?? DEFAULTS.idlePingSeconds) * 1000,
    pages,
    onCounters,
  })
}

/** The process that asks over HTTP; null where the scenario has none. */
export async function startHttpLoad({ plan, folder, narrator }: Run): Promise<HttpLoadProcess | null> {
  if (plan.http === undefined) return null
  const onCounters = narrator.httpCounters.bind(narrator)
  return HttpLoadProcess.start({ logPath: join(folder.path, 'logs/http-load.log'), onCounters })
}

/** Looks at the instances' memory from now on. */
export function watchMemory({ interruption }: Run, { instances }: Cluster, zeroAtMs: number) {
  const over = new AbortController()
  const now = () => monotonicMs() - zeroAtMs
  const samples = sampleMemory({ instances, now }, AbortSignal.any([over.signal, interruption.signal]))
  return {
    end: () => {
      over.abort()
      return samples
    },
    [Symbol.dispose]: () => over.abort(),
  }
}

/** Of a Redis that the harness has started: another's need not tell, and its pauses need not be this run's. */
export async function pausesOfRedis(
  { command, stack }: Run,
  { redisUrl }: Cluster,
  zeroAtMs: number,
): Promise<Pick<RunFacts, 'redisPauses'>> {
  if (command.redisUrl !== null || stack !== null) return {}
  const redisPauses = await readRedisPauses(redisUrl, monotonicMs() - zeroAtMs)
  return redisPauses === null ? {} : { redisPauses }
}
