/** Reads what {@link CountLog} wrote: who was told that how many are in a room. */

import type { CountRecord } from './ledger.ts'
import type { LedgerLine } from './ledger-records.ts'

export type CountLine = Extract<LedgerLine, readonly ['count-members' | 'count', ...unknown[]]>

/** Gives each client of a line what it was told. */
export class CountReader {
  readonly #tell: (client: number, room: number, count: CountRecord) => void
  readonly #zeroAtMs: number
  /** By room: the clients at their places. */
  readonly #members = new Map<number, number[]>()

  constructor(zeroAtMs: number, tell: (client: number, room: number, count: CountRecord) => void) {
    this.#zeroAtMs = zeroAtMs
    this.#tell = tell
  }

  /** Throws where a place is nobody's. */
  apply(line: CountLine): void {
    const members = this.#membersOf(line[1])
    if (line[0] === 'count-members') {
      members.push(...line[2])
      return
    }
    const [, room, told, atMs, ranges] = line
    // The same records for all of them, so that a change costs each client a reference.
    const counts: CountRecord[] = []
    for (let index = 0; index < told.length; index += 2) {
      counts.push({ atMs: atMs - this.#zeroAtMs, connections: told[index]!, participants: told[index + 1]! })
    }
    for (let index = 0; index < ranges.length; index += 2) {
      for (let place = ranges[index]!; place <= ranges[index + 1]!; place++) {
        const client = members[place]
        if (client === undefined) throw new Error(`room ${room} has no member at place ${place}`)
        for (const count of counts) this.#tell(client, room, count)
      }
    }
  }

  #membersOf(room: number): number[] {
    let members = this.#members.get(room)
    if (members === undefined) {
      members = []
      this.#members.set(room, members)
    }
    return members
  }
}
