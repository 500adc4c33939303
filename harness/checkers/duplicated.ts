/**
 * Duplicated: one client gets the same message more than once, after its own de-duplication. Each repetition counts.
 */

import { attribute } from './attribution.ts'
import { type Finding, FindingCollector } from './finding.ts'
import type { IndexedRun } from './indexed-run.ts'
import type { PhaseMap } from './phases.ts'

export function checkDuplicated(run: IndexedRun, phases: PhaseMap): Finding {
  const found = new FindingCollector()
  const deliveredTo = new Int32Array(run.messages.count).fill(-1)
  let stamp = 0
  for (const room of run.rooms) {
    for (const member of room.members) {
      for (const delivery of member.membership.deliveries) {
        for (let i = 0; i < delivery.numbers.length; i++) {
          const message = delivery.numbers[i]!
          // What is no message of the plan is a phantom, each time.
          if (message < 0 || message >= deliveredTo.length) continue
          if (deliveredTo[message] === stamp) {
            const order = room.epochs.orderOf({ epoch: delivery.epoch, seq: delivery.fromSeq + i })
            found.add(attribute(run, phases, { what: 'delivered again', room, member, message, order }))
          }
          deliveredTo[message] = stamp
        }
      }
      stamp++
    }
  }
  return found.finding()
}
