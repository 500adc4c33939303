/** Test support: the log of a room as an honest service keeps it, over epochs, losses of Redis, and trimming. */

import type { Position, RoomLog } from '../ledger/ledger.ts'

export interface Place extends Position {
  /** Number of the message in the plan. */
  readonly number: number
}

/** The next message of a member's stream, and the gap that has to be declared before it. */
export interface Step {
  /** Null: it follows directly. */
  readonly gapAfter: Position | null
  readonly place: Place
}

interface Epoch {
  readonly name: string
  readonly beganWithLoss: boolean
}

export class HonestRoom {
  /** Messages handed over whose acceptance is not decided. */
  openSends = 0
  readonly #epochs: Epoch[]
  /** What Redis has, oldest first. */
  readonly #line: Place[] = []
  #seq = 0

  constructor(epoch: string) {
    this.#epochs = [{ name: epoch, beganWithLoss: false }]
  }

  get top(): Position {
    return { epoch: this.#epochs.at(-1)!.name, seq: this.#seq }
  }

  get length(): number {
    return this.#line.length
  }

  /** Entries that can be lost without the epoch being forgotten altogether. */
  get losable(): number {
    const { epoch } = this.top
    return Math.max(0, this.#line.filter(place => place.epoch === epoch).length - 1)
  }

  append(number: number): Position {
    this.#seq++
    const position = this.top
    this.#line.push({ ...position, number })
    return position
  }

  /** The next message begins a new epoch; the last entries are gone. */
  changeEpoch(name: string, lost: number): void {
    this.#line.length -= lost
    this.#seq -= lost
    this.#epochs.push({ name, beganWithLoss: lost > 0 })
  }

  /** Drops the oldest entries, but never all of the epoch that the log begins with. */
  trim(count: number): void {
    const first = this.#line[0]
    const ofEpoch = this.#line.filter(({ epoch }) => epoch === first?.epoch).length
    this.#line.splice(0, Math.min(count, Math.max(0, ofEpoch - 1)))
  }

  stepsAfter(position: Position): Step[] {
    const steps: Step[] = []
    let at = position
    for (const place of this.#line) {
      const [from, to] = [this.#rankOf(at), this.#rankOf(place)]
      if (to < from || (to === from && place.seq <= at.seq)) continue
      const isLossBetween = this.#epochs.slice(from + 1, to + 1).some(({ beganWithLoss }) => beganWithLoss)
      const isNext = place.seq === at.seq + 1 && !isLossBetween
      steps.push({ gapAfter: isNext ? null : at, place })
      at = place
    }
    return steps
  }

  /** Entries that a member with this position has not got. */
  missingAfter(position: Position): number {
    return this.stepsAfter(position).length
  }

  log(): RoomLog {
    const entries = this.#line.map(({ epoch, seq, number }) => ({ epoch, seq, number }))
    return { top: this.top, firstSeq: entries[0]?.seq ?? this.#seq + 1, entries }
  }

  #rankOf({ epoch }: Position): number {
    return this.#epochs.findIndex(({ name }) => name === epoch)
  }
}
