/**
 * Slow readers: who is held back by a fault and does not read any more has to be closed with the service's own code for that, and no other way.
 *
 * A fault by which nobody is closed with that code counts as a case too.
 *
 * The fault holds back connections without knowing whose they are. So during its window every connection that closes must have that code, but for
 * those to an instance that another fault hits meanwhile.
 */

import type { ConnectionRecord, FaultRecord } from '../ledger/ledger.ts'
import { attribute } from './attribution.ts'
import { faultEndAtMs, mayHit } from './fault-window.ts'
import { type Finding, FindingCollector } from './finding.ts'
import type { IndexedRun } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

/** `slowReader` in the service's table of codes. */
export const SLOW_READER_CODE = 4409
/** `goingAway`: the client itself went, since it has another home now. */
const CLIENT_WENT_CODE = 1001
/** What was held back has to be read before the close that stands behind it. */
const RELEASE_MS_MAX = 5_000

export interface SlowReaderFinding {
  readonly slowReadersWithoutCode: Finding
  /** Connections that closed in the windows of such faults. */
  readonly closed: number
}

export function checkSlowReaders(run: IndexedRun, phases: PhaseMap): SlowReaderFinding {
  const found = new FindingCollector()
  /** One that closed in the windows of several such faults counts once. */
  const closed = new Set<ConnectionRecord>()
  run.ledger.faults.forEach((fault, index) => {
    if (fault.kind !== 'slow-readers' || fault.firedAtMs === null || fault.effectAtMs === null) return
    let withCode = 0
    run.ledger.clients.forEach(({ connections }, client) => {
      for (const connection of connections) {
        const { closedAtMs, closeCode } = connection
        if (closedAtMs === null || closeCode === CLIENT_WENT_CODE || !isHeldBack(run, index, connection)) continue
        if (closeCode === SLOW_READER_CODE) withCode++
        const isCounted = closed.has(connection)
        closed.add(connection)
        if (closeCode === SLOW_READER_CODE || isCounted) continue
        const what = `closed with ${closeCode ?? 'no code'}, not with ${SLOW_READER_CODE}`
        found.add({
          ...attribute(run, phases, { what, atMs: closedAtMs }),
          client: run.plan.clients[client]!.name,
          fault: `${fault.kind} ${fault.target}`,
          instance: run.plan.instances[connection.instance] ?? null,
          connection: connections.indexOf(connection),
        })
      }
    })
    if (withCode > 0) return
    const what = `nobody was closed with ${SLOW_READER_CODE}: there is no cap, or the load was too small to reach it`
    found.add({ ...attribute(run, phases, { what, atMs: fault.firedAtMs }), fault: `${fault.kind} ${fault.target}` })
  })
  return { slowReadersWithoutCode: found.finding(), closed: closed.size }
}

/** Whether it closed in the window of the fault, and no other fault accounts for that. */
function isHeldBack({ plan, ledger }: IndexedRun, index: number, connection: ConnectionRecord): boolean {
  const isInWindow = (fault: FaultRecord, of: number) => {
    const endAtMs = faultEndAtMs(plan.faults[of], fault) ?? Infinity
    const atMs = connection.closedAtMs!
    const isDuring = fault.firedAtMs !== null && atMs >= fault.firedAtMs && atMs <= endAtMs + RELEASE_MS_MAX
    return isDuring && mayHit(plan, fault.target, connection.instance)
  }
  if (!isInWindow(ledger.faults[index]!, index)) return false
  return !ledger.faults.some((other, of) => of !== index && other.kind !== 'slow-readers' && isInWindow(other, of))
}
