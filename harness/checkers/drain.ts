/**
 * Unclean drains: stopped instances that did not exit with 0 in time, or cut clients without a close code. An instance counts once for
 * each stop.
 */

import type { FaultRecord } from '../ledger/ledger.ts'
import { DRAINING_KINDS } from '../scenario/downtime.ts'
import { attribute } from './attribution.ts'
import { mayHit } from './fault-window.ts'
import { type Finding, FindingCollector } from './finding.ts'
import type { IndexedRun } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

/** The contract's deadline for a drain. */
export const DRAIN_MS_MAX = 20_000
/** RFC 6455, 7.4.1: none of these is ever sent; they say that the connection ended without a code. */
const CODES_OF_A_CUT: readonly (number | null)[] = [null, 1005, 1006]

export function checkDrains(run: IndexedRun, phases: PhaseMap): Finding {
  const found = new FindingCollector()
  for (const fault of run.ledger.faults) {
    if (!DRAINING_KINDS.includes(fault.kind) || fault.firedAtMs === null) continue
    const { firedAtMs } = fault
    const reasons = [...whyExitIsUnclean(fault), ...whyCutsAreUnclean(run, fault, firedAtMs)]
    if (reasons.length === 0) continue
    found.add({
      ...attribute(run, phases, { what: reasons.join('; '), atMs: firedAtMs }),
      fault: `${fault.kind} ${fault.target}`,
      instance: fault.target,
    })
  }
  return found.finding()
}

function whyExitIsUnclean({ exit }: FaultRecord): string[] {
  if (exit === null) return ['it was not seen to exit']
  const reasons: string[] = []
  if (exit.code !== 0) reasons.push(exit.signal === null ? `exit code ${exit.code}` : `ended by ${exit.signal}`)
  if (exit.afterMs > DRAIN_MS_MAX) reasons.push(`exit after ${Math.round(exit.afterMs)} ms of ${DRAIN_MS_MAX}`)
  return reasons
}

function whyCutsAreUnclean(run: IndexedRun, fault: FaultRecord, firedAtMs: number): string[] {
  // However late a client notices: what was opened before the exit did not live on after it, and what was opened later is of the next life.
  const exitAtMs = fault.exit === null ? (fault.healedAtMs ?? Infinity) : firedAtMs + fault.exit.afterMs
  let cut = 0
  for (const { connections } of run.ledger.clients) {
    for (const { instance: at, openedAtMs, closedAtMs, closeCode } of connections) {
      if (closedAtMs === null || !mayHit(run.plan, fault.target, at) || openedAtMs > exitAtMs) continue
      if (closedAtMs >= firedAtMs && CODES_OF_A_CUT.includes(closeCode)) cut++
    }
  }
  return cut === 0 ? [] : [`${cut} connections cut without a close code`]
}
