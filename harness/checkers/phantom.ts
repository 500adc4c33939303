/**
 * Phantom: a message that nobody sent, or that was definitely rejected, or in the wrong room, or changed on the way. Each sighting
 * counts, at a client or in a room's log.
 */

import { attribute } from './attribution.ts'
import { type Finding, FindingCollector } from './finding.ts'
import { type IndexedRoom, type IndexedRun, type Member, messageRecord } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

const WHY = {
  'not-sent': 'nobody sent it',
  'wrong-room': 'it was sent to another room',
  'wrong-sender': 'another client sent it',
  changed: 'its text is not what was sent',
} as const

export function checkPhantom(run: IndexedRun, phases: PhaseMap): Finding {
  const found = new FindingCollector()
  for (const room of run.rooms) {
    for (const member of room.members) findAtMember(run, phases, room, member, found)
    for (const entry of room.log?.entries ?? []) {
      const why = whyPhantom(run, room, entry.number)
      if (why === null) continue
      const order = room.epochs.orderOf(entry)
      found.add(attribute(run, phases, { what: `in the log, but ${why}`, room, message: entry.number, order }))
    }
  }
  return found.finding()
}

function findAtMember(
  run: IndexedRun,
  phases: PhaseMap,
  room: IndexedRoom,
  member: Member,
  found: FindingCollector,
): void {
  const { phantoms, deliveries } = member.membership
  const reported = new Set<number>()
  for (const { position, why, id, text, atMs } of phantoms) {
    const order = room.epochs.orderOf(position)
    reported.add(order)
    const what = `delivered, but ${WHY[why]}: id ${id}, text "${text}"`
    found.add(attribute(run, phases, { what, room, member, order, atMs }))
  }
  for (const { epoch, fromSeq, numbers, firstAtMs } of deliveries) {
    for (let i = 0; i < numbers.length; i++) {
      const message = numbers[i]!
      const why = whyPhantom(run, room, message)
      if (why === null) continue
      const order = room.epochs.orderOf({ epoch, seq: fromSeq + i })
      if (reported.has(order)) continue
      found.add(
        attribute(run, phases, { what: `delivered, but ${why}`, room, member, message, order, atMs: firstAtMs }),
      )
    }
  }
}

/** Null where the message may be seen in that room. */
function whyPhantom(run: IndexedRun, room: IndexedRoom, message: number): string | null {
  if (message < 0 || message >= run.messages.count) return WHY['not-sent']
  if (run.messages.room[message] !== room.room) return WHY['wrong-room']
  const record = messageRecord(run.ledger, message)
  return record.outcome === 'rejected' ? `it was definitely rejected (${record.code ?? 'no code'})` : null
}
