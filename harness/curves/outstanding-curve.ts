/**
 * Deliveries that were owed and had not come, at the end of each step: what was owed by then of what had been handed over, less what had come.
 *
 * The ledger knows of each second how many deliveries came in it, but not of each delivery when it came. Those that nobody was owed
 * (repetitions, phantoms, what was in flight at a leave) are therefore taken out again where their run of deliveries ended, which for a leave is the
 * moment itself.
 */

import type { IndexedRun } from '../checkers/indexed-run.ts'
import { eachObligation } from '../checkers/obligations.ts'
import type { Series } from './curves.ts'
import { nothingMeasured, stepAt, type TimeSteps } from './time-steps.ts'
import { deliveredByStep } from './traffic-curves.ts'

export function outstandingCurve(run: IndexedRun, steps: TimeSteps): Series {
  const { deliveredIn } = run.ledger
  if (deliveredIn === undefined) return nothingMeasured(steps)
  const change = deliveredByStep(deliveredIn, steps).map(count => -count)
  const owed = new OwedMessages(run.messages.count)
  for (const room of run.rooms) {
    for (const member of room.members) {
      owed.clear()
      eachObligation(run, room, member, number => {
        owed.add(number)
        change[stepAt(steps, sentAtMs(run, number))]!++
      })
      for (const { numbers, lastAtMs } of member.membership.deliveries) {
        for (const number of numbers) if (!owed.take(number)) change[stepAt(steps, lastAtMs)]!++
      }
    }
  }
  let outstanding = 0
  return Array.from(change, by => {
    outstanding += by
    return Math.max(0, outstanding)
  })
}

/** What is owed without ever having been handed over cannot be; the plan's time stands in. */
function sentAtMs({ messages }: IndexedRun, number: number): number {
  const atMs = messages.handedAtMs[number]!
  return Number.isNaN(atMs) ? messages.plannedAtMs[number]! : atMs
}

/** Numbers of the messages that one member is owed: one array for all members, since there are thousands of both. */
class OwedMessages {
  readonly #round: Int32Array
  #now = 0

  constructor(messages: number) {
    this.#round = new Int32Array(messages)
  }

  clear(): void {
    this.#now++
  }

  add(number: number): void {
    this.#round[number] = this.#now
  }

  /** Whether it was owed, and had not been taken before. */
  take(number: number): boolean {
    if (this.#round[number] !== this.#now) return false
    this.#round[number] = 0
    return true
  }
}
