/**
 * One run, step by step:
 *
 * scenario → plan(seed) → cluster up → warm up → load ‖ faults → heal → settle → roll call → final reads → ledger saved → judged →
 * reported
 */

import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { faultEndAtMs } from './checkers/fault-window.ts'
import type { Cluster } from './cluster/cluster.ts'
import { reapLeftovers } from './cluster/reap.ts'
import { startCluster } from './cluster/start-cluster.ts'
import type { ScenarioCommand } from './command-line.ts'
import { FAULTS } from './faults/catalogue.ts'
import { Journal } from './faults/journal.ts'
import { runTimeline } from './faults/timeline.ts'
import type { Interruption } from './interruption.ts'
import { judgeRun } from './judge-run.ts'
import type { FaultRecord } from './ledger/ledger.ts'
import type { RunFile } from './ledger/ledger-records.ts'
import { readLogs } from './load/final-reads.ts'
import { Fleet, type FleetStatus } from './load/fleet.ts'
import { CONNECTS_PER_SECOND } from './load/load-worker.ts'
import { monotonicMs, monotonicOf } from './monotonic.ts'
import { makePlan } from './plan/make-plan.ts'
import type { Plan } from './plan/plan.ts'
import { Narrator } from './reports/narrator.ts'
import { describeEnvironment } from './reports/result.ts'
import { rerunCommand } from './rerun-command.ts'
import { createRunFolder, type RunFolder, saveFacts, savePlan, saveRunFile } from './run-folder.ts'
import { loadScenario } from './scenario/catalogue.ts'
import { applyOverrides } from './scenario/overrides.ts'
import { DEFAULTS, type Scenario } from './scenario/scenario.ts'
import { checkServiceFolder } from './service-folder.ts'
import type { TargetAddress } from './targets/target.ts'
import { TuesdayTarget } from './targets/tuesday.ts'

export const PROJECT_FOLDER = join(import.meta.dirname, '..')
export const SCENARIO_FOLDER = join(PROJECT_FOLDER, 'scenarios')
/** Beyond the pace of connecting: every client is connected and joined before the load begins, or the run has no sense. */
const CONNECT_MS_MAX = 60_000
/** From the order to begin to the first send, so that every worker has the order by then. */
const BEGIN_LEAD_MS = 300
/** One worker holds this many clients easily; more workers than cores would only take turns. */
const CLIENTS_PER_WORKER = 1000
const HOST = '127.0.0.1'

interface Run {
  readonly command: ScenarioCommand
  readonly id: string
  readonly scenario: Scenario
  readonly plan: Plan
  readonly folder: RunFolder
  readonly narrator: Narrator
  readonly interruption: Interruption
}

/** Runs a scenario and judges it. Resolves with the exit code; throws what the user has to put right, and `Interrupted`. */
export async function runScenario(
  command: ScenarioCommand,
  interruption: Interruption,
  print: (line: string) => void,
): Promise<number> {
  await reapLeftovers(print)
  const { scenario: written, file } = await loadScenario(command.name, SCENARIO_FOLDER)
  const scenario = applyOverrides(written, command.overrides, file)
  if (command.serviceFolder !== null) checkServiceFolder(command.serviceFolder)
  const plan = makePlan(command.name, scenario, command.seed)
  const startedAt = new Date()
  const folder = createRunFolder(join(PROJECT_FOLDER, 'runs'), command.name, command.out, startedAt)
  savePlan(folder, plan, scenario)
  await using narrator = await Narrator.start({ plan, metricsPort: command.metricsPort, print })
  const run: Run = { command, id: randomBytes(4).toString('hex'), scenario, plan, folder, narrator, interruption }
  await observe(run, startedAt)
  interruption.throwIfInterrupted()
  return judgeRun(folder, print)
}

/** Everything that touches the world; what was seen is in the run's folder when it resolves. */
async function observe(run: Run, startedAt: Date): Promise<void> {
  const { plan, folder, narrator } = run
  await using cluster = await bringUpCluster(run)
  const addresses = addressesOf(cluster)
  await using fleet = await startFleet(run, addresses)
  narrator.watch(() => fleet.status())
  await warmUp(run, fleet)
  const zeroAtMs = beginLoad(run, fleet)
  const faults = await loadAndFaults(run, cluster, fleet, zeroAtMs)
  run.interruption.throwIfInterrupted()
  await settle(run, fleet, 'settling', plan.rollCall.atMs.length)
  const residue = residueBesides(plan, await cluster.residue())
  const rollCallAtMs = (await callRoll(run, fleet)) - zeroAtMs
  await settle(run, fleet, 'roll call', 0)
  const logs = await finalReads(run, addresses)
  await fleet.finish()
  const healedAtMs = lastHealing(plan, faults)
  const { workers } = fleet
  const file: RunFile = { schema: 1, workers, zeroAtMs, rollCallAtMs, healedAtMs, residue, faults, logs }
  saveRunFile(folder, file)
  saveFacts(folder, {
    driver: cluster.driver,
    startedAt: startedAt.toISOString(),
    durationsSeconds: narrator.durationsSeconds(),
    command: rerunCommand(run.command, cluster.driver),
    environment: describeEnvironment(cluster.redisVersion),
  })
}

async function bringUpCluster({ command, id, plan, scenario, folder, narrator, interruption }: Run): Promise<Cluster> {
  narrator.phase('cluster up')
  const { appendFsync = DEFAULTS.appendFsync, environment = {} } = scenario.topology
  const options = {
    runId: id,
    folder: folder.path,
    instances: plan.instances.length,
    appendFsync,
    environment,
    redisUrl: command.redisUrl,
    serviceFolder: command.serviceFolder === null ? join(PROJECT_FOLDER, 'service') : resolve(command.serviceFolder),
    onProgress: (line: string) => narrator.say(line),
  }
  const cluster = await startCluster(command.driver, options, interruption.signal)
  const ports = cluster.instances.map(({ name, port }) => `${name} on ${HOST}:${port}`).join(', ')
  narrator.say(`driver ${cluster.driver}, Redis ${cluster.redisVersion}, ${ports}`)
  return cluster
}

function addressesOf(cluster: Cluster): TargetAddress[] {
  return cluster.instances.map(({ port }, instance) => ({ instance, host: HOST, port }))
}

async function startFleet(
  { command, id, plan, folder, narrator }: Run,
  addresses: readonly TargetAddress[],
): Promise<Fleet> {
  const wanted = Math.ceil(plan.clients.length / CLIENTS_PER_WORKER)
  const workers = command.workers ?? Math.min(wanted, availableParallelism())
  const onCounters = narrator.counters.bind(narrator)
  const { deadlineMs } = plan
  return Fleet.start({ workers, folder: folder.path, runId: id, addresses, deadlineMs, onCounters })
}

async function warmUp({ plan, narrator, interruption }: Run, fleet: Fleet): Promise<void> {
  narrator.phase('connecting')
  await fleet.connect(paceMs(plan) + CONNECT_MS_MAX, interruption.signal)
  interruption.throwIfInterrupted()
  narrator.phase('warm-up')
}

/** What it takes to connect all clients one after the other, as a single worker would. */
function paceMs({ clients }: Plan): number {
  return (clients.length * 1000) / CONNECTS_PER_SECOND
}

/** The monotonic time of the plan's 0. */
function beginLoad({ plan, narrator }: Run, fleet: Fleet): number {
  const zeroAtMs = monotonicMs() + BEGIN_LEAD_MS + plan.warmUpMs
  fleet.begin(zeroAtMs)
  narrator.beginLoad(zeroAtMs)
  return zeroAtMs
}

/** Resolves when the load's time is over and every fault has healed; early, but healed, after an interruption or a worker's end. */
async function loadAndFaults(run: Run, cluster: Cluster, fleet: Fleet, zeroAtMs: number): Promise<FaultRecord[]> {
  const { plan, folder, narrator } = run
  const abort = AbortSignal.any([run.interruption.signal, fleet.failed])
  using journal = new Journal(join(folder.path, 'journal.jsonl'))
  const now = () => monotonicMs() - zeroAtMs
  const context = { cluster, now, ofPerformance: (ms: number) => monotonicOf(ms) - zeroAtMs, pause }
  const loaded = pause(-now(), abort).then(() => {
    if (!abort.aborted) narrator.phase('load')
    return pause(plan.loadMs - now(), abort)
  })
  const onChange = narrator.fault.bind(narrator)
  const [faults] = await Promise.all([
    runTimeline(plan.faults, { catalogue: FAULTS, context, journal, onChange }, abort),
    loaded,
  ])
  return faults
}

/** Waits until nothing is owed, or as long as the scenario allows. What is still owed then is lost. */
async function settle(run: Run, fleet: Fleet, phase: string, sendsStillToCome: number): Promise<void> {
  const { plan, narrator, interruption } = run
  narrator.phase(phase)
  const isSettled = ({ sendsToCome, openSends, outstanding, isAllJoined }: FleetStatus) =>
    sendsToCome <= sendsStillToCome && openSends === 0 && outstanding === 0 && isAllJoined
  const isDone = await fleet.waitUntil(isSettled, plan.settleMsMax, interruption.signal)
  interruption.throwIfInterrupted()
  if (!isDone) narrator.say(`not settled after ${plan.settleMsMax / 1000} s: ${describe(fleet.status())}`)
}

function describe({ connected, clients, openSends, outstanding, sendsToCome }: FleetStatus): string {
  return `${connected} of ${clients} clients connected, ${openSends} sends open, ${sendsToCome} to come, ${outstanding} deliveries owed`
}

/** Everybody goes home, so that every instance is heard; then it begins, at the monotonic time that is returned. */
async function callRoll({ plan, narrator, interruption }: Run, fleet: Fleet): Promise<number> {
  narrator.phase('going home')
  const isHome = await fleet.goHome(paceMs(plan) + plan.settleMsMax, interruption.signal)
  interruption.throwIfInterrupted()
  if (!isHome) narrator.say(`not everybody has come home: ${describe(fleet.status())}`)
  const atMs = monotonicMs() + BEGIN_LEAD_MS
  fleet.rollCall(atMs)
  return atMs
}

async function finalReads({ id, plan, narrator, interruption }: Run, addresses: readonly TargetAddress[]) {
  narrator.phase('final reads')
  using target = new TuesdayTarget({ addresses, roomPrefix: `${id}.`, senderPrefix: `${id}-`, random: Math.random })
  return readLogs(plan, target, interruption.signal, line => narrator.say(line))
}

/** Instances that were to stay down are no residue. */
function residueBesides({ faults }: Plan, residue: readonly string[]): string[] {
  const down = faults.filter(({ restart }) => !restart).map(({ target }) => target)
  return residue.filter(line => !down.some(name => line.startsWith(`${name} `)))
}

/** When the last fault was over; 0 without faults, null where one is not. */
function lastHealing({ faults: planned }: Plan, faults: readonly FaultRecord[]): number | null {
  const ends = faults.map((fault, index) => faultEndAtMs(planned[index], fault))
  return ends.includes(null) ? null : Math.max(0, ...ends.map(Number))
}

async function pause(ms: number, abort?: AbortSignal): Promise<void> {
  if (ms <= 0) return
  await sleep(ms, undefined, abort === undefined ? {} : { signal: abort }).catch(() => {})
}
