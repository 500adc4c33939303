/** After the load: what is still owed comes, everybody goes home, the roll is called, counts and logs are read. */

import { COUNT_MS_MAX } from './checkers/counter.ts'
import { faultEndAtMs, foundOutAtMs } from './checkers/fault-window.ts'
import type { FaultRecord } from './ledger/ledger.ts'
import type { RunFile } from './ledger/ledger-records.ts'
import { readLogs, readRooms } from './load/final-reads.ts'
import type { Fleet } from './load/fleet.ts'
import type { FleetStatus } from './load/fleet-status.ts'
import { readText } from './load/message-text.ts'
import { monotonicMs } from './monotonic.ts'
import type { Plan } from './plan/plan.ts'
import type { Run } from './run-context.ts'
import { BEGIN_LEAD_MS, paceMs } from './run-load.ts'
import type { TargetAddress } from './targets/target.ts'
import { TuesdayTarget } from './targets/tuesday.ts'

/** Beyond the time within which counts have to be right, for the last change to be seen. */
const COUNT_MARGIN_MS = 500

/** Waits until nothing is owed, or as long as the scenario allows after the last send. What is still owed then is lost. */
export async function settle(
  run: Run,
  fleet: Fleet,
  phase: string,
  sendsStillToCome: number,
  lastSendMs = 0,
): Promise<void> {
  const { plan, narrator, interruption } = run
  narrator.phase(phase)
  const isSettled = ({ sendsToCome, openSends, outstanding, isAllJoined }: FleetStatus) =>
    sendsToCome <= sendsStillToCome && openSends === 0 && outstanding === 0 && isAllJoined
  const isDone = await fleet.waitUntil(isSettled, lastSendMs + plan.settleMsMax, interruption.signal)
  interruption.throwIfInterrupted()
  if (!isDone) narrator.say(`not settled after ${plan.settleMsMax / 1000} s: ${describe(fleet.status())}`)
}

/** Waits until everybody was told how many there are; or for so long that whoever was not can be blamed. `zeroAtMs`: of the run's clock. */
export async function settleCounts(
  run: Run,
  fleet: Fleet,
  faults: readonly FaultRecord[],
  zeroAtMs: number,
): Promise<void> {
  const { plan, narrator, interruption } = run
  narrator.phase('counting')
  const knownAtMs = faults.map((fault, index) => foundOutAtMs(plan.faults[index], fault) ?? 0)
  const stillUnknownMs = Math.max(0, ...knownAtMs.map(atMs => atMs + zeroAtMs - monotonicMs()))
  const waitMs = stillUnknownMs + COUNT_MS_MAX + COUNT_MARGIN_MS
  await fleet.waitUntil(({ isCounted }) => isCounted, waitMs, interruption.signal)
  interruption.throwIfInterrupted()
}

function describe({ connected, clients, openSends, outstanding, sendsToCome }: FleetStatus): string {
  return `${connected} of ${clients} clients connected, ${openSends} sends open, ${sendsToCome} to come, ${outstanding} deliveries owed`
}

/** Everybody goes home, so that every instance is heard; then it begins, at the monotonic time that is returned. */
export async function callRoll(run: Run, fleet: Fleet): Promise<number> {
  const { plan, narrator, interruption } = run
  narrator.phase('going home')
  const isHome = await fleet.goHome(paceMs(run) + plan.settleMsMax, interruption.signal)
  interruption.throwIfInterrupted()
  if (!isHome) narrator.say(`not everybody has come home: ${describe(fleet.status())}`)
  const atMs = monotonicMs() + BEGIN_LEAD_MS
  fleet.rollCall(atMs)
  narrator.beginSending(plan.rollCall, atMs)
  return atMs
}

export async function finalReads({ id, plan, narrator, interruption }: Run, addresses: readonly TargetAddress[]) {
  narrator.phase('final reads')
  using target = new TuesdayTarget({
    addresses,
    roomPrefix: `${id}.`,
    senderPrefix: `${id}-`,
    random: Math.random,
    clientsOfRun: plan.clients.length,
  })
  return readLogs(plan, target, interruption.signal, line => narrator.say(line))
}

/** The logs of the rooms that were published to over HTTP, by the plan's connections. Missing where there were none. */
export async function readHttpLogs(
  { id, plan, narrator, interruption }: Run,
  addresses: readonly TargetAddress[],
): Promise<Pick<RunFile, 'httpLogs'>> {
  if (plan.http === undefined) return {}
  const rooms = plan.http.flatMap(({ room }) => room ?? [])
  using target = new TuesdayTarget({
    addresses,
    roomPrefix: `${id}.`,
    senderPrefix: `${id}-`,
    random: Math.random,
    clientsOfRun: 0,
  })
  const number = (text: string) => readText(text, plan.textBytes)?.number ?? -1
  const logs = await readRooms(rooms, number, target, interruption.signal, line => narrator.say(line))
  return { httpLogs: plan.http.map(({ room }) => (room === null ? null : logs[rooms.indexOf(room)]!)) }
}

/** When the last fault was over; 0 without faults, null where one is not. */
export function lastHealing({ faults: planned }: Plan, faults: readonly FaultRecord[]): number | null {
  // A fault that never broke anything has nothing to heal.
  const broke = (fault: FaultRecord, index: number) =>
    fault.status === 'fired' || (fault.firedAtMs !== null && planned[index]!.heals)
  const ends = faults.flatMap((fault, index) => (broke(fault, index) ? [faultEndAtMs(planned[index], fault)] : []))
  return ends.includes(null) ? null : Math.max(0, ...ends.map(Number))
}
