/**
 * Late: deliveries that came later than the deadline after the intended time of the send. The load workers count them while the run goes, since
 * the ledger has no time for each delivery: catch-up from history is left out, and so is whatever a client missed while it was cut off,
 * which reaches it as history. A message that its sender could only hand over late is late for everybody.
 */

import { attribute, faultsAt, momentOf } from './attribution.ts'
import { type Finding, FindingCollector } from './finding.ts'
import type { IndexedRun } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

/** The breakdown has the instance on which a delivery came; the examples, as everywhere, the one at the intended time. */
export function checkLate(run: IndexedRun, phases: PhaseMap): Finding {
  const { ledger, plan } = run
  const found = new FindingCollector()
  for (const { slice, instance, count } of ledger.late?.slices ?? []) {
    const fromMs = slice * 1000
    const known = {
      moment: momentOf(phases, fromMs),
      fault: faultsAt(run, fromMs, fromMs + 999),
      instance: plan.instances[instance] ?? 'disconnected',
      part: null,
    }
    found.addUnseen(known, count)
  }
  for (const { client, room, position, number, atMs } of ledger.late?.examples ?? []) {
    const indexed = run.rooms[room]!
    const member = indexed.members.find(of => of.client === client)
    const what = `came ${Math.round(atMs - run.messages.plannedAtMs[number]!)} ms after its intended send`
    const order = indexed.epochs.orderOf(position)
    found.addExample(attribute(run, phases, { what, room: indexed, member, message: number, order }))
  }
  const count = ledger.clients.reduce(
    (total, { memberships }) => total + memberships.reduce((sum, { late }) => sum + late, 0),
    0,
  )
  return { ...found.finding(), count }
}
