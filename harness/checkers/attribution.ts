/**
 * What an example says about a message and its receiver, so that a violation can be traced to a fault, an instance and a connection.
 */

import type { ConnectionRecord } from '../ledger/ledger.ts'
import type { Order } from './epochs.ts'
import { faultEndAtMs } from './fault-window.ts'
import type { Example, Moment, StreamPart } from './finding.ts'
import type { IndexedRoom, IndexedRun, Member } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

export interface Circumstances {
  readonly what: string
  readonly room?: IndexedRoom
  readonly member?: Member
  /** Number of a message of the plan. */
  readonly message?: number
  readonly order?: Order
  readonly part?: StreamPart
  /** The time to look at, where no message of the plan tells it. */
  readonly atMs?: number
}

/** Writes out the circumstances of one case. */
export function attribute(run: IndexedRun, phases: PhaseMap, circumstances: Circumstances): Example {
  const { what, room, member, message, part } = circumstances
  const { plan, messages } = run
  const isPlanned = message !== undefined && message >= 0 && message < messages.count
  const atMs = isPlanned ? messages.plannedAtMs[message]! : (circumstances.atMs ?? Number.NaN)
  const order = circumstances.order ?? (isPlanned ? messages.order[message]! : Number.NaN)
  const connection = member === undefined ? -1 : connectionAt(member.record.connections, atMs)
  const connected = member?.record.connections[connection]
  return {
    what,
    client: member?.name ?? null,
    room: room?.name ?? null,
    // -1 stands for a text that is no message at all.
    message: message === undefined || message < 0 ? null : message,
    position: room === undefined || Number.isNaN(order) ? null : room.epochs.positionOf(order),
    sender: isPlanned ? (plan.clients[messages.sender[message]!]?.name ?? null) : null,
    moment: isPlanned && message >= messages.loadCount ? 'roll-call' : momentOf(phases, atMs),
    fault: faultsAt(run, atMs),
    instance:
      member === undefined || Number.isNaN(atMs)
        ? null
        : connected === undefined
          ? 'disconnected'
          : (plan.instances[connected.instance] ?? null),
    connection: connection < 0 ? null : connection,
    part: part ?? null,
  }
}

/** Index of the connection that was open at that time, -1 for none. */
export function connectionAt(connections: readonly ConnectionRecord[], atMs: number): number {
  return connections.findIndex(
    ({ openedAtMs, closedAtMs }) => openedAtMs <= atMs && (closedAtMs === null || atMs < closedAtMs),
  )
}

/** The faults whose windows, from firing to healing, cover the time, or some of it where it lasts; " + " between several. */
export function faultsAt(run: IndexedRun, atMs: number, untilMs = atMs): string | null {
  const covering = run.ledger.faults.filter((fault, index) => {
    const endAtMs = faultEndAtMs(run.plan.faults[index], fault)
    return fault.firedAtMs !== null && fault.firedAtMs <= untilMs && (endAtMs === null || atMs < endAtMs)
  })
  return covering.length === 0 ? null : covering.map(({ kind, target }) => `${kind} ${target}`).join(' + ')
}

export function momentOf(phases: PhaseMap, atMs: number): Moment | null {
  if (Number.isNaN(atMs)) return null
  return atMs < 0 ? 'warm-up' : (phases.phaseOf(Math.floor(atMs / 1000)) ?? 'settling')
}
