/**
 * The harness's own plan of a scenario, worked out by k6 once and shared by all virtual users: the same seed makes the same sends at the
 * same intended times. The faults are left out; nobody here could inject them.
 */

import { SharedArray } from 'k6/data'
import { makePlan } from '../../../harness/plan/make-plan.ts'
import type { Scenario } from '../../../harness/scenario/scenario.ts'

/** When, by whom, and where a message is to be sent. Times are milliseconds after the warm-up, which has negative ones. */
export type PlannedSend = readonly [atMs: number, client: number, room: number]

export interface FloodClientPlan {
  readonly name: string
  /** Index of the instance where it is at home. */
  readonly instance: number
  /** Indexes of its rooms. */
  readonly rooms: readonly number[]
  /** Numbers of its messages, rising. */
  readonly sends: readonly number[]
  /** When it leaves all rooms and when it comes back. */
  readonly absences: readonly (readonly [leaveAtMs: number, backAtMs: number])[]
}

export interface FloodPlan {
  /** Index = number of the message. Each look at one costs a copy of it. */
  readonly sends: readonly PlannedSend[]
  /** Index = number of the client. */
  readonly clients: readonly FloodClientPlan[]
}

/** For the init context, as everything that is shared. */
export function sharePlan(name: string, scenario: Scenario, seed: number): FloodPlan {
  const plan = () => makePlan(name, { ...scenario, faults: [] }, seed)
  const sends = new SharedArray('sends', () => {
    const { atMs, client, room } = plan().messages
    return atMs.map((time, number): PlannedSend => [time, client[number]!, room[number]!])
  })
  const clients = new SharedArray('clients', (): FloodClientPlan[] => {
    const { clients: planned, messages, churn } = plan()
    const ownSends: number[][] = planned.map(() => [])
    for (const [number, client] of messages.client.entries()) ownSends[client]!.push(number)
    const absences: [number, number][][] = planned.map(() => [])
    for (const [index, client] of (churn?.client ?? []).entries()) {
      absences[client]!.push([churn!.leaveAtMs[index]!, churn!.backAtMs[index]!])
    }
    return planned.map((client, index) => ({ ...client, sends: ownSends[index]!, absences: absences[index]! }))
  })
  return { sends, clients }
}
