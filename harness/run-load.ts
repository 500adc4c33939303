/** From connecting to the end of the load, with the faults beside it. */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchForAbort } from './abort-watch.ts'
import type { AddressList } from './address-list.ts'
import type { Cluster } from './cluster/cluster.ts'
import { openJournalRecord } from './cluster/journal-record.ts'
import { thisProcess } from './cluster/owner.ts'
import { FAULTS } from './faults/catalogue.ts'
import { JOURNAL_FILE, Journal } from './faults/journal.ts'
import { probesOf } from './faults/probes.ts'
import { type FaultStage, runTimeline } from './faults/timeline.ts'
import type { HttpLoadProcess } from './http-load/http-load-process.ts'
import type { FaultRecord } from './ledger/ledger.ts'
import type { RunFile } from './ledger/ledger-records.ts'
import type { Fleet } from './load/fleet.ts'
import { monotonicMs, monotonicOf } from './monotonic.ts'
import { membersOfRooms } from './plan/layout.ts'
import type { PlannedFault } from './plan/plan.ts'
import { createRandom } from './plan/random.ts'
import type { Run } from './run-context.ts'
import { DEFAULTS, type Scenario } from './scenario/scenario.ts'
import type { VisitorProcess } from './visitors/visitor-process.ts'
import type { VisitedRoom } from './visitors/visitors.ts'

/** Beyond the pace of connecting: every client is connected and joined before the load begins, or the run has no sense. */
const CONNECT_MS_MAX = 60_000
/** A machine that cannot keep the scenario's rate may take this much longer; who connects too slowly says nothing of the load. */
const CONNECT_SLOWNESS_MAX = 4
/** From the order to begin to the first send, so that every worker has the order by then. */
export const BEGIN_LEAD_MS = 300

export async function warmUp(run: Run, fleet: Fleet): Promise<void> {
  const { narrator, interruption } = run
  narrator.phase('connecting')
  await fleet.connect(paceMs(run) * CONNECT_SLOWNESS_MAX + CONNECT_MS_MAX, interruption.signal)
  interruption.throwIfInterrupted()
  narrator.phase('warm-up')
}

/** What it takes to connect all clients at the scenario's rate. */
export function paceMs({ plan, scenario }: Run): number {
  return (plan.clients.length * 1000) / connectsPerSecond(scenario)
}

export function connectsPerSecond({ load }: Scenario): number {
  return load.connectsPerSecond ?? DEFAULTS.connectsPerSecond
}

export function visitedRooms({ id, plan }: Run): VisitedRoom[] {
  const members = membersOfRooms(plan.clients, plan.rooms.length)
  return plan.rooms.map((name, room) => ({ room, name: `${id}.${name}`, members: members[room]!.length }))
}

/** In plan time. */
export function visitsOf(visitors: VisitorProcess, zeroAtMs: number): NonNullable<RunFile['visits']> {
  return visitors.visits().map(({ rooms, fromMs, untilMs }) => ({
    rooms,
    fromMs: fromMs - zeroAtMs,
    untilMs: untilMs - zeroAtMs,
  }))
}

/** The monotonic time of the plan's 0. */
export function beginLoad({ plan, narrator }: Run, fleet: Fleet): number {
  const zeroAtMs = monotonicMs() + BEGIN_LEAD_MS + plan.warmUpMs
  fleet.begin(zeroAtMs)
  narrator.beginLoad(zeroAtMs)
  narrator.beginSending(plan.messages, zeroAtMs)
  return zeroAtMs
}

/**
 * Publishes where clients connect, and asks the instances for their metrics where those are. Readiness is asked of the instances themselves, as a
 * balancer does it.
 */
export function beginHttpLoad(
  { id, plan, folder }: Run,
  httpLoad: HttpLoadProcess | null,
  { instances, balancer }: Cluster,
  zeroAtMs: number,
): void {
  const connections = (plan.http ?? []).map(({ instance, room, ...connection }) => {
    const { host, port, metricsPort } = instances[instance]!
    const asked = {
      publish: balancer ?? { host, port },
      readyz: { host, port },
      metrics: { host, port: metricsPort },
    }[connection.path]
    return { ...connection, host: asked.host, port: asked.port, room: room === null ? null : `${id}.${room}` }
  })
  const ledgerPath = join(folder.path, 'ledger/http.jsonl')
  httpLoad?.begin({ connections, ledgerPath, textBytes: plan.textBytes, zeroAtMs, loadMs: plan.loadMs })
}

interface System {
  readonly cluster: Cluster
  readonly visitors: VisitorProcess
  /** Null: others make the load. */
  readonly fleet: Fleet | null
  readonly list: AddressList
}

interface LoadEnd {
  readonly faults: FaultRecord[]
  /** Why it was ended early; null where it was not. */
  readonly aborted: string | null
}

/**
 * Resolves when the load's time is over and every fault has healed; early, but healed, after an interruption, a worker's end, or where the
 * scenario's `abortWhen` says so.
 */
export async function loadAndFaults(
  run: Run,
  { cluster, visitors, fleet, list }: System,
  zeroAtMs: number,
): Promise<LoadEnd> {
  const { plan, folder, narrator } = run
  const uselessness = new AbortController()
  const failed = fleet === null ? [] : [fleet.failed]
  const abort = AbortSignal.any([run.interruption.signal, uselessness.signal, ...failed])
  const journalPath = join(folder.path, JOURNAL_FILE)
  using _record = openJournalRecord({ runId: run.id, driver: cluster.driver, journal: journalPath }, thisProcess())
  using journal = new Journal(journalPath)
  const now = () => monotonicMs() - zeroAtMs
  const ofPerformance = (ms: number) => monotonicOf(ms) - zeroAtMs
  const random = (fault: number) => createRandom(plan.seed, `fault ${fault}`).uniform
  const context = { cluster, visitors, probes: probesOf(cluster), now, ofPerformance, pause, random }
  const loaded = pause(-now(), abort).then(() => {
    if (!abort.aborted) narrator.phase('load')
    return pause(plan.loadMs - now(), abort)
  })
  const onChange = (planned: PlannedFault, stage: FaultStage) => {
    narrator.fault(planned, stage)
    if (list.hear(planned, stage)) fleet?.useAddresses(list.addresses)
  }
  const { instancesDownMax, loadMs: untilMs } = plan
  const timeline = { catalogue: FAULTS, context, journal, instancesDownMax, untilMs, onChange }
  const watched =
    fleet === null
      ? null
      : watchForAbort(run.scenario.abortWhen ?? {}, fleet, untilMs - now(), abort).then(why => {
          if (why === null || abort.aborted) return null
          narrator.say(`ended early: ${why}`)
          fleet.stopSending()
          uselessness.abort()
          return why
        })
  const [faults, aborted] = await Promise.all([runTimeline(plan.faults, timeline, abort), watched, loaded])
  return { faults, aborted }
}

async function pause(ms: number, abort?: AbortSignal): Promise<void> {
  if (ms <= 0) return
  await sleep(ms, undefined, abort === undefined ? {} : { signal: abort }).catch(() => {})
}
