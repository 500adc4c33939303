/**
 * Reordered: a receiver gets a sender's messages of one room not in the order in which they were sent. Numbers of the plan rise with the
 * intended time, so a sender's messages must come with rising numbers. One that never came reorders nothing, nor does a repetition, nor what was
 * never sent, which is a phantom.
 */

import { attribute } from './attribution.ts'
import { type Finding, FindingCollector } from './finding.ts'
import { belongsTo, type IndexedRun } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

/** Each delivery counts that comes after a later message of the same sender. */
export function checkReordered(run: IndexedRun, phases: PhaseMap): Finding {
  const found = new FindingCollector()
  const { messages } = run
  const deliveredTo = new Int32Array(messages.count).fill(-1)
  const latestOfSender = new Int32Array(run.plan.clients.length)
  let stamp = 0
  for (const room of run.rooms) {
    for (const member of room.members) {
      latestOfSender.fill(-1)
      for (const { numbers } of member.membership.deliveries) {
        for (const message of numbers) {
          if (!belongsTo(messages, message, room.room) || deliveredTo[message] === stamp) continue
          if (Number.isNaN(messages.handedAtMs[message]!)) continue
          deliveredTo[message] = stamp
          const sender = messages.sender[message]!
          const latest = latestOfSender[sender]!
          if (message > latest) {
            latestOfSender[sender] = message
            continue
          }
          const what = `delivered after message ${latest} of the same sender`
          found.add(attribute(run, phases, { what, room, member, message }))
        }
      }
      stamp++
    }
  }
  return found.finding()
}
