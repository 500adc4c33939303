/** What is judged of connections alone: how many came back at once, and whether slow readers were told why they were closed. */

import type { FaultRecord } from '../ledger/ledger.ts'
import { type Connection, connectionsOf, type History } from './naive-history.ts'

/** The service's own code for a reader that is too slow. */
const SLOW_READER_CODE = 4409
/** Said by a client that goes elsewhere by itself. */
const WENT_AWAY_CODE = 1001
/** A reader that was held back may be closed when it is not any more. */
const AFTERMATH_MS = 5_000

/** Connections opened, other than the first of each client, in the second of the run's clock that had most. Going home before the roll call is left out. */
export function reconnectsPerSecondMax({ records, run }: History): number {
  const seconds: number[] = []
  for (const [index, record] of records.entries()) {
    if (record[0] !== 'opened') continue
    const before = records.slice(0, index).filter(earlier => earlier[1] === record[1])
    const isFirst = !before.some(([kind]) => kind === 'opened')
    const last = before.findLast(([kind]) => kind === 'opened' || kind === 'went-home')
    const isGoingHome = last?.[0] === 'went-home' && record[3] < (run.rollCallAtMs ?? Number.POSITIVE_INFINITY)
    if (!isFirst && !isGoingHome) seconds.push(Math.floor(record[3] / 1000))
  }
  return Math.max(0, ...seconds.map(second => seconds.filter(other => other === second).length))
}

/** Tries of clients to connect that came to nothing. */
export function connectsFailed({ records }: History): number {
  return records.filter(([kind]) => kind === 'connect-failed').length
}

/**
 * Connections that closed in the window of a fault `slow-readers`, or within 5 s after it, with another code than that for slow readers; those to
 * an instance that another fault hit meanwhile are left out, and clients that went by themselves. A fault by which nobody was closed with that code is one more.
 */
export function slowReadersWithoutCode(history: History): number {
  const { run } = history
  const slow = run.faults.filter(({ kind, effectAtMs }) => kind === 'slow-readers' && effectAtMs !== null)
  const others = run.faults.filter(({ kind }) => kind !== 'slow-readers')
  const isOf = (fault: FaultRecord, connection: Connection) =>
    connection.closed !== null &&
    connection.closed.code !== WENT_AWAY_CODE &&
    isWithin(history, fault, connection.closed.atMs) &&
    mayHit(history, fault, connection)
  const heldBack = connectionsOf(history).filter(
    connection => slow.some(fault => isOf(fault, connection)) && !others.some(fault => isOf(fault, connection)),
  )
  const isWithCode = ({ closed }: Connection) => closed?.code === SLOW_READER_CODE
  const withoutEffect = slow.filter(
    fault => !heldBack.some(connection => isWithCode(connection) && isOf(fault, connection)),
  )
  return heldBack.filter(connection => !isWithCode(connection)).length + withoutEffect.length
}

/** From the firing until healing was evident, where it never was to the end of the run; and what comes of it. */
function isWithin({ plan, run }: History, fault: FaultRecord, atMs: number): boolean {
  const { kind, firedAtMs, effectAtMs, healedAtMs, exit } = fault
  if (firedAtMs === null) return false
  const heals = plan.faults[run.faults.indexOf(fault)]?.heals ?? true
  const exitAtMs = exit === null ? null : firedAtMs + exit.afterMs
  const downAtMs = kind === 'stop-instance' || kind === 'remove-instance' ? exitAtMs : effectAtMs
  const endAtMs = (heals ? healedAtMs : downAtMs) ?? Number.POSITIVE_INFINITY
  return atMs >= firedAtMs && atMs <= endAtMs + AFTERMATH_MS
}

/** A fault whose target is no instance, such as `redis`, may hit every one. */
function mayHit({ plan }: History, { target }: FaultRecord, { instance }: Connection): boolean {
  return !plan.instances.includes(target) || plan.instances[instance] === target
}
