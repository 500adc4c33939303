/**
 * Writes down how many clients were told to be in a room. A change is told to every member at nearly the same time, so what many are told is
 * one line: the numbers, and which of the room's members were told, as ranges of their places in a list that is written once.
 */

import type { LedgerLine } from './ledger-records.ts'

/** What is told within this time stands under one time, that of the last. */
export const COUNT_BURST_MS_MAX = 100

interface RoomCounts {
  /** By client: its place in the room's list of members. */
  readonly places: Map<number, number>
  /** Members that are not in the written list yet. */
  fresh: number[]
  /** By client: what it was told last on its present connection. */
  readonly known: Map<number, readonly [connections: number, participants: number]>
  /** By client: what it was told and is not written yet, connections and participants in turn. */
  readonly burst: Map<number, number[]>
  burstFromMs: number
  burstUntilMs: number
}

export class CountLog {
  readonly #write: (line: LedgerLine) => void
  readonly #rooms = new Map<number, RoomCounts>()

  constructor(write: (line: LedgerLine) => void) {
    this.#write = write
  }

  /** A client was told; a repetition of what it knows is left out. */
  told(client: number, room: number, connections: number, participants: number, atMs: number): void {
    const counts = this.#countsOf(room)
    const known = counts.known.get(client)
    if (known?.[0] === connections && known[1] === participants) return
    counts.known.set(client, [connections, participants])
    if (atMs - counts.burstFromMs > COUNT_BURST_MS_MAX) this.#flushRoom(room, counts)
    if (counts.burst.size === 0) counts.burstFromMs = atMs
    counts.burstUntilMs = atMs
    const told = counts.burst.get(client)
    if (told === undefined) counts.burst.set(client, [connections, participants])
    else told.push(connections, participants)
  }

  /** Its connection or its stay has ended: what it is told next counts, though it may be the same. */
  forget(client: number, room: number): void {
    const counts = this.#rooms.get(room)
    if (counts === undefined) return
    // What it was told has to stand in the file before the end of its connection.
    if (counts.burst.has(client)) this.#flushRoom(room, counts)
    counts.known.delete(client)
  }

  flush(): void {
    for (const [room, counts] of this.#rooms) this.#flushRoom(room, counts)
  }

  #countsOf(room: number): RoomCounts {
    let counts = this.#rooms.get(room)
    if (counts === undefined) {
      counts = {
        places: new Map(),
        fresh: [],
        known: new Map(),
        burst: new Map(),
        burstFromMs: Infinity,
        burstUntilMs: Infinity,
      }
      this.#rooms.set(room, counts)
    }
    return counts
  }

  /** One line for all who were told the same. */
  #flushRoom(room: number, counts: RoomCounts): void {
    const groups = new Map<string, { readonly told: readonly number[]; readonly places: number[] }>()
    for (const [client, told] of counts.burst) {
      const key = told.join(' ')
      const place = placeOf(client, counts)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { told, places: [place] })
      else group.places.push(place)
    }
    counts.burst.clear()
    if (counts.fresh.length > 0) this.#write(['count-members', room, counts.fresh])
    counts.fresh = []
    for (const { told, places } of groups.values()) {
      this.#write(['count', room, told, counts.burstUntilMs, rangesOf(places)])
    }
  }
}

function placeOf(client: number, { places, fresh }: RoomCounts): number {
  const known = places.get(client)
  if (known !== undefined) return known
  places.set(client, places.size)
  fresh.push(client)
  return places.size - 1
}

function rangesOf(places: number[]): number[] {
  const ranges: number[] = []
  for (const place of places.sort((a, b) => a - b)) {
    if (ranges.length > 0 && ranges.at(-1) === place - 1) ranges[ranges.length - 1] = place
    else ranges.push(place, place)
  }
  return ranges
}
