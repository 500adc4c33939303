/**
 * Recovery: how long after a fault's observed effect its clients noticed, were back, heard other instances again, and the run was steady
 * again. What was not reached before the run ended is censored: null, never a number.
 */

import type { FaultRecord, Ledger } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import { faultKind } from '../scenario/fault-kinds.ts'
import { faultEndAtMs, mayHit } from './fault-window.ts'
import { deliveryP99BySlice } from './latency.ts'

/** Milliseconds from the fault's observed effect; null: not reached. */
export interface Recovery {
  /**
   * When the effect was first observed, from where the others count: by the harness, or by the first client that lost its connection if
   * that was earlier (a container engine may take a quarter of a second to tell of a death). Null: the fault did not fire.
   */
  readonly fromMs: number | null
  /** Until the first connection that it may have hit closed at a client. */
  readonly detectMs: number | null
  /** Until every client that was hit had its joins answered again. */
  readonly reconnectMs: number | null
  /** Until the first of them got a live message from another instance again. */
  readonly firstCrossMs: number | null
  /** Until the first of three seconds in a row, after the fault's end, within the steady budgets and with nobody disconnected. */
  readonly steadyMs: number | null
  /**
   * Clients that lost a connection to an instance of the fault's target, or any connection where the target is no instance. With 0, the first
   * three do not apply.
   */
  readonly clientsHit: number
}

export const STEADY_SECONDS_NEEDED = 3
/** A fault that heals at once still hits those whose connections close within this time of its effect. */
const HIT_MS_MIN = 1_000

/** Of a fault that did not fire. */
export const NOT_RECOVERED: Recovery = {
  fromMs: null,
  detectMs: null,
  reconnectMs: null,
  firstCrossMs: null,
  steadyMs: null,
  clientsHit: 0,
}

interface HitClient {
  readonly client: number
  /** Index of the connection that was lost. */
  readonly lostConnection: number
  readonly closedAtMs: number
}

/** One for each fault, in order. `steadyCrossP99MsMax`: the steady budget for the latency across instances, null for none. */
export function measureRecovery(plan: Plan, ledger: Ledger, steadyCrossP99MsMax: number | null): Recovery[] {
  const isSteady = steadySlices(plan, ledger, steadyCrossP99MsMax)
  return ledger.faults.map((fault, index) => {
    const { effectAtMs } = fault
    if (fault.firedAtMs === null || effectAtMs === null) {
      return NOT_RECOVERED
    }
    const hit = clientsHit(plan, ledger, fault, fault.firedAtMs, effectAtMs)
    const detectedAtMs = hit.length === 0 ? null : Math.min(...hit.map(({ closedAtMs }) => closedAtMs))
    const fromMs = Math.min(effectAtMs, detectedAtMs ?? effectAtMs)
    const sinceEffect = (atMs: number | null) => (atMs === null ? null : atMs - fromMs)
    const endAtMs = faultEndAtMs(plan.faults[index], fault)
    return {
      fromMs,
      detectMs: sinceEffect(detectedAtMs),
      reconnectMs: sinceEffect(allRejoinedAtMs(ledger, hit)),
      firstCrossMs: sinceEffect(firstCrossAtMs(ledger, hit)),
      steadyMs: endAtMs === null ? null : sinceEffect(steadyAtMs(plan, isSteady, endAtMs)),
      clientsHit: hit.length,
    }
  })
}

function clientsHit(
  plan: Plan,
  ledger: Ledger,
  fault: FaultRecord,
  firedAtMs: number,
  effectAtMs: number,
): HitClient[] {
  // Of an instance that is not started again, every connection that closes was lost to this fault, however late. A fault that had done its
  // work at once has nothing to do with what closes later.
  const openEndMs = faultKind(fault.kind).isDown ? Infinity : effectAtMs
  const untilMs = Math.max(fault.healedAtMs ?? openEndMs, effectAtMs + HIT_MS_MIN)
  const hit: HitClient[] = []
  ledger.clients.forEach(({ connections, wentHomeAtMs }, client) => {
    const lostConnection = connections.findIndex(({ instance, closedAtMs }) => {
      if (closedAtMs === null || closedAtMs < firedAtMs || closedAtMs > untilMs) return false
      // What a client gave up to go home was not lost.
      return closedAtMs < (wentHomeAtMs ?? Infinity) && mayHit(plan, fault.target, instance)
    })
    if (lostConnection >= 0) {
      hit.push({ client, lostConnection, closedAtMs: connections[lostConnection]!.closedAtMs! })
    }
  })
  return hit
}

/** When the last of them had all its rooms' joins answered on later connections; null where one never had. */
function allRejoinedAtMs(ledger: Ledger, hit: readonly HitClient[]): number | null {
  let lastAtMs = -Infinity
  for (const { client, lostConnection } of hit) {
    for (const { joins } of ledger.clients[client]!.memberships) {
      const rejoin = joins.find(join => join.connection > lostConnection && join.answeredAtMs !== null)
      if (rejoin === undefined) return null
      lastAtMs = Math.max(lastAtMs, rejoin.answeredAtMs!)
    }
  }
  return lastAtMs === -Infinity ? null : lastAtMs
}

function firstCrossAtMs(ledger: Ledger, hit: readonly HitClient[]): number | null {
  let firstAtMs = Infinity
  for (const { client, lostConnection } of hit) {
    for (const later of ledger.clients[client]!.connections.slice(lostConnection + 1)) {
      firstAtMs = Math.min(firstAtMs, later.firstCrossAtMs ?? Infinity)
    }
  }
  return firstAtMs === Infinity ? null : firstAtMs
}

/** Start of the first three steady seconds in a row at or after the fault's end, all within the load. */
function steadyAtMs(plan: Plan, isSteady: ReadonlySet<number>, endAtMs: number): number | null {
  const slices = Math.floor(plan.loadMs / 1000)
  let inARow = 0
  for (let slice = Math.max(0, Math.ceil(endAtMs / 1000)); slice < slices; slice++) {
    inARow = isSteady.has(slice) ? inARow + 1 : 0
    if (inARow === STEADY_SECONDS_NEEDED) return (slice - STEADY_SECONDS_NEEDED + 1) * 1000
  }
  return null
}

/** Slices with deliveries, their 99th percentile within the limit, and every client connected throughout. */
function steadySlices(plan: Plan, ledger: Ledger, crossP99MsMax: number | null): Set<number> {
  const disconnected = disconnectedSlices(plan, ledger)
  const steady = new Set<number>()
  for (const [slice, p99Ms] of deliveryP99BySlice(ledger.latencies)) {
    if (!disconnected.has(slice) && (crossP99MsMax === null || p99Ms <= crossP99MsMax)) steady.add(slice)
  }
  return steady
}

function disconnectedSlices(plan: Plan, ledger: Ledger): Set<number> {
  const slices = Math.ceil(plan.loadMs / 1000)
  const disconnected = new Set<number>()
  const markApart = (fromMs: number, untilMs: number) => {
    const last = Math.min(slices - 1, Math.ceil(untilMs / 1000) - 1)
    for (let slice = Math.max(0, Math.floor(fromMs / 1000)); slice <= last; slice++) disconnected.add(slice)
  }
  for (const { connections } of ledger.clients) {
    let apartSinceMs = -Infinity
    for (const { openedAtMs, closedAtMs } of connections) {
      if (openedAtMs > apartSinceMs) markApart(apartSinceMs, openedAtMs)
      apartSinceMs = closedAtMs ?? Infinity
    }
    markApart(apartSinceMs, Infinity)
  }
  return disconnected
}
