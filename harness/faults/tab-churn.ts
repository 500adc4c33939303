/**
 * Tabs beside the load: visitors connect, join a room or two of the load and are gone again after a moment, half of them without a goodbye.
 * Evidence: joins were answered. Healed once all have gone and no room's counter tells of one of them any more.
 */

import type { Party } from '../visitors/visitors.ts'
import { type Fault, NotFired } from './fault.ts'
import { addressOf, visitedAddress } from './instance-view.ts'

const JOINED_MS_MAX = 20_000
/** Somebody has to be in all of them in the end to look at their counters, and may be in a hundred. */
const ROOMS_MAX = 20
const SEED_MAX = 2 ** 31

export const tabChurn: Fault<'tab-churn'> = {
  kind: 'tab-churn',
  undo: () => 'close the tabs of the visitors',

  prepare: ({ target, settings: { opensPerSecond } }, { cluster, now, random, visitors }) => {
    let churn: Party<'churn'> | null = null
    return {
      async inject() {
        const asked = visitedAddress(addressOf(cluster, target))
        churn = visitors.begin('churn', {
          ...asked,
          opensPerSecond,
          rooms: draw(visitors.rooms, random),
          counters: [asked, ...cluster.instances.map(visitedAddress)],
          seed: Math.floor(random() * SEED_MAX),
          msMax: JOINED_MS_MAX,
        })
        const { joinsAnswered, firstFailure } = await churn.begun
        if (joinsAnswered === 0) {
          const why = firstFailure === null ? '' : `: ${firstFailure}`
          throw new NotFired(
            `waited ${JOINED_MS_MAX / 1000} s for ${target} to answer the join of a visitor, in vain${why}`,
          )
        }
        return {
          effectAtMs: now(),
          evidence: `${target} answered the first ${joinsAnswered} joins of visitors`,
          exit: null,
        }
      },
      async heal() {
        const ended = await churn?.end()
        if (ended !== undefined && ended.ghosts.length > 0) throw new Error(ended.ghosts.join('; '))
      },
    }
  },
}

/** At most {@link ROOMS_MAX} of them. */
function draw<Room>(rooms: readonly Room[], random: () => number): Room[] {
  const left = [...rooms]
  const count = Math.min(ROOMS_MAX, rooms.length)
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0]!)
}
