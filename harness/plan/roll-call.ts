/**
 * The roll call: messages after everything has healed and settled, so that a client that is deaf (joined, but gets nothing from
 * another instance) or mute (gets no acknowledgement) is found.
 *
 * Everybody speaks once, in the first room, where that stays affordable; beyond that, as many of each room as fit, from all of its
 * instances in turn. Coverage is by the instances where clients started: faults move clients, and the plan cannot know where to.
 * Where not everybody speaks, a mute client among the silent ones is not found.
 */

import { membersOfRooms } from './layout.ts'
import type { PlannedClient, PlannedMessages } from './plan.ts'
import type { Random } from './random.ts'

/** More deliveries than this, half a minute at the pace below, would make the roll call longer than many a load. */
export const ROLL_CALL_DELIVERIES_MAX = 300_000
/** A pace that any cluster keeps which has just been through its load: the roll call finds who is cut off, not who is slow. */
export const ROLL_CALL_DELIVERIES_PER_SECOND = 10_000
export const ROLL_CALL_SENDS_PER_SECOND = 200
/** A handful of clients is not called within one tick either. */
export const ROLL_CALL_MS_MIN = 500

interface Send {
  readonly client: number
  readonly room: number
  /** Members of the room, each of whom gets it. */
  readonly deliveries: number
}

export function planRollCall(clients: readonly PlannedClient[], rooms: number, random: Random): PlannedMessages {
  const members = membersOfRooms(clients, rooms)
  const speakers = members.map((inRoom, room) => speakersOfRoom(clients, inRoom, room, random))
  const sends: Send[] = affordable(speakers, members).flatMap((chosen, room) =>
    chosen.map(client => ({ client, room, deliveries: members[room]!.length })),
  )
  random.shuffle(sends)
  return { atMs: pace(sends), client: sends.map(send => send.client), room: sends.map(send => send.room) }
}

/**
 * Those whose first room it is, and one more from each instance that would have no speaker; in an order in which the instances
 * take turns, so that any beginning of it covers as many instances as it can.
 */
function speakersOfRoom(
  clients: readonly PlannedClient[],
  members: readonly number[],
  room: number,
  random: Random,
): { inTurn: number[]; instances: number } {
  const byInstance = new Map<number, number[]>()
  for (const member of members) {
    const { instance } = clients[member]!
    const present = byInstance.get(instance)
    if (present === undefined) byInstance.set(instance, [member])
    else present.push(member)
  }
  const queues = [...byInstance.values()].map(present => {
    const atHome = present.filter(member => clients[member]!.rooms[0] === room)
    const queue = atHome.length > 0 ? atHome : [present[random.int(present.length)]!]
    random.shuffle(queue)
    return queue
  })
  const inTurn: number[] = []
  const turns = Math.max(0, ...queues.map(queue => queue.length))
  for (let turn = 0; turn < turns; turn++) {
    for (const queue of queues) if (turn < queue.length) inTurn.push(queue[turn]!)
  }
  return { inTurn, instances: queues.length }
}

/** All speakers where the deliveries stay within the limit; else each room's equal share, but one of each instance at least. */
function affordable(
  speakers: readonly { readonly inTurn: readonly number[]; readonly instances: number }[],
  members: readonly (readonly number[])[],
): (readonly number[])[] {
  const deliveries = speakers.reduce((sum, { inTurn }, room) => sum + inTurn.length * members[room]!.length, 0)
  if (deliveries <= ROLL_CALL_DELIVERIES_MAX) return speakers.map(({ inTurn }) => inTurn)
  const share = ROLL_CALL_DELIVERIES_MAX / speakers.length
  return speakers.map(({ inTurn, instances }, room) => {
    const fitting = Math.floor(share / members[room]!.length)
    return inTurn.slice(0, Math.max(instances, fitting))
  })
}

/** Times of the sends: each is followed by the pause that its own deliveries take, so both rates hold in every stretch of it. */
function pace(sends: readonly Send[]): number[] {
  const pausesMs = sends.map(send => {
    return Math.max(1000 / ROLL_CALL_SENDS_PER_SECOND, (send.deliveries * 1000) / ROLL_CALL_DELIVERIES_PER_SECOND)
  })
  const totalMs = pausesMs.reduce((sum, pauseMs) => sum + pauseMs, 0)
  const stretch = Math.max(1, ROLL_CALL_MS_MIN / totalMs)
  let atMs = 0
  return pausesMs.map(pauseMs => {
    const sendAtMs = Math.round(atMs * 1000) / 1000
    atMs += pauseMs * stretch
    return sendAtMs
  })
}
