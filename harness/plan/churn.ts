/** Who leaves all rooms during the load, and when each is back; and who says something meanwhile. */

import { CHURN_MARGIN_SECONDS } from '../scenario/load-size.ts'
import type { Load } from '../scenario/scenario.ts'
import { drawArrivals } from './arrivals.ts'
import type { PlannedChurn, PlannedClient } from './plan.ts'
import { createRandom } from './random.ts'
import { createSenderDraw, type Seat, talkersOfRooms } from './senders.ts'

const MARGIN_MS = CHURN_MARGIN_SECONDS * 1000
/** At least half of the clients are there at any time, so that even a few draws find one. */
const DRAWS_MAX = 100

/** Null: nobody ever leaves. Departures that would find nobody who may go are left out. */
export function planChurn(load: Load, clients: readonly PlannedClient[], seed: number): PlannedChurn | null {
  if (load.churn === undefined) return null
  const { clientsPerSecond: rate, awaySeconds } = load.churn
  const random = createRandom(seed, 'churn')
  const stays = new Set(residents(load, clients, seed))
  const present = [...clients.keys()].filter(client => !stays.has(client))
  // In the order in which they may go again, since all are away for the same time.
  const away: { readonly client: number; readonly untilMs: number }[] = []
  const churn = { leaveAtMs: [] as number[], backAtMs: [] as number[], client: [] as number[] }
  const seconds = load.seconds - awaySeconds - CHURN_MARGIN_SECONDS
  for (const time of drawArrivals([{ seconds, fromRate: rate, toRate: rate }], random)) {
    const leaveAtMs = time / 1000
    while (away.length > 0 && away[0]!.untilMs <= leaveAtMs) present.push(away.shift()!.client)
    if (present.length === 0) continue
    const index = random.int(present.length)
    const client = present[index]!
    present[index] = present.at(-1)!
    present.pop()
    const backAtMs = Math.round((leaveAtMs + awaySeconds * 1000) * 1000) / 1000
    away.push({ client, untilMs: backAtMs + 2 * MARGIN_MS })
    churn.leaveAtMs.push(leaveAtMs)
    churn.backAtMs.push(backAtMs)
    churn.client.push(client)
  }
  return churn
}

/** One of each room that talks and never leaves, so that no room falls silent or empty. */
function residents(load: Load, clients: readonly PlannedClient[], seed: number): number[] {
  return talkersOfRooms(load, clients, seed).map(([first]) => first!)
}

/** As `createSenderDraw`, at a time; but nobody speaks who is away then, or is about to go, or has just come back. */
export function createPresentSenderDraw(
  load: Load,
  clients: readonly PlannedClient[],
  churn: PlannedChurn | null,
  seed: number,
): (atMs: number) => Seat {
  const draw = createSenderDraw(load, clients, seed)
  if (churn === null) return draw
  const absences = absencesOf(churn)
  const isAway = (client: number, atMs: number) =>
    absences.get(client)?.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs <= untilMs) ?? false
  const staying = residents(load, clients, seed)
  return atMs => {
    let seat = draw()
    for (let draws = 1; isAway(seat.client, atMs); draws++) {
      if (draws === DRAWS_MAX) return { client: staying[seat.room]!, room: seat.room }
      seat = draw()
    }
    return seat
  }
}

interface Absence {
  readonly fromMs: number
  readonly untilMs: number
}

/** By client, with the margins around them. */
function absencesOf({ client, leaveAtMs, backAtMs }: PlannedChurn): Map<number, Absence[]> {
  const absences = new Map<number, Absence[]>()
  for (const [index, who] of client.entries()) {
    const absence = { fromMs: leaveAtMs[index]! - MARGIN_MS, untilMs: backAtMs[index]! + MARGIN_MS }
    const known = absences.get(who)
    if (known === undefined) absences.set(who, [absence])
    else known.push(absence)
  }
  return absences
}
