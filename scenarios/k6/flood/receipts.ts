/**
 * What one client can tell of the service by itself: it knows the plan, what it was acknowledged, and what it was told. It does not know what
 * others were told, or had acknowledged; the harness compares all clients, this does not.
 */

import { claimedNumber, readText } from '../../../harness/load/message-text.ts'
import type { Position } from '../../../service/protocol.ts'
import type { PlannedSend } from './flood-plan.ts'

/** What became of a delivery. `phantom`: a message nobody sent, or changed, or in the wrong room. */
export type Receipt =
  | { readonly is: 'phantom' }
  | { readonly is: 'new' | 'duplicated' | 'reordered'; readonly number: number; readonly senderTag: number }

interface Stay {
  /** Where the stream began: what stands at or before it is not owed. Null: the join has not been answered yet. */
  from: Position | null
  at: Position | null
  readonly told: Set<number>
  /** By sender: the highest number that was told. */
  readonly highest: Map<number, number>
  /** Own messages that were acknowledged and not told yet, by their numbers. */
  readonly owed: Map<number, Position>
}

export class Receipts {
  readonly #sends: readonly PlannedSend[]
  readonly #textBytes: number
  readonly #stays = new Map<number, Stay>()

  constructor(sends: readonly PlannedSend[], textBytes: number) {
    this.#sends = sends
    this.#textBytes = textBytes
  }

  joined(room: number, position: Position): void {
    const stay = this.#stay(room)
    if (stay.from !== null) return
    stay.from = position
    stay.at = position
  }

  /** `number`: of an own message. One that was told before its acknowledgement came is not owed any more. */
  acked(room: number, number: number, position: Position): void {
    const stay = this.#stay(room)
    if (!stay.told.has(number)) stay.owed.set(number, position)
  }

  told(room: number, text: string, position: Position): Receipt {
    const stay = this.#stay(room)
    stay.at = position
    const tag = readText(text, this.#textBytes)
    const send = tag === null || tag.number >= this.#sends.length ? undefined : this.#sends[tag.number]
    if (tag === null || send === undefined || send[2] !== room) {
      // The place is taken, whatever stands there: it is not told again.
      const claimed = claimedNumber(text)
      if (claimed !== null) stay.owed.delete(claimed)
      return { is: 'phantom' }
    }
    const { number, instance: senderTag } = tag
    stay.owed.delete(number)
    if (stay.told.has(number)) return { is: 'duplicated', number, senderTag }
    stay.told.add(number)
    const [, sender] = send
    const highest = stay.highest.get(sender) ?? -1
    if (number < highest) return { is: 'reordered', number, senderTag }
    stay.highest.set(sender, number)
    return { is: 'new', number, senderTag }
  }

  /** The service has declared a part of the stream gone. What is owed in it is not lost: how much that was, it has said. Answers how much. */
  gap(room: number, after: Position, next: Position): number {
    const stay = this.#stay(room)
    for (const [number, { epoch, seq }] of stay.owed) {
      const isBehind = epoch === next.epoch && seq >= next.seq
      if (seq > after.seq && !isBehind) stay.owed.delete(number)
    }
    stay.at = { epoch: next.epoch, seq: next.seq - 1 }
    // In a new epoch the seqs of lost messages are used again: then at least one is gone, and nobody knows how many.
    return Math.max(1, next.seq - 1 - after.seq)
  }

  /**
   * Answers how many deliveries are lost: what the service says that it had sent, and own messages before that end of which nothing was told. `isOver`: nothing
   * more is to come, so that own messages behind that end are lost too. The next stay begins anew.
   */
  left(room: number, position: Position | null, isOver: boolean): number {
    const stay = this.#stay(room)
    this.#stays.delete(room)
    const { from, at, owed } = stay
    if (from === null || at === null) return 0
    const isOwed = ({ seq, epoch }: Position) =>
      (epoch !== from.epoch || seq > from.seq) && (isOver || position === null || seq <= position.seq)
    const ownLost = [...owed.values()].filter(isOwed).length
    const tailLost = position !== null && position.epoch === at.epoch ? Math.max(0, position.seq - at.seq) : 0
    // Own messages may be among those of the tail.
    return Math.max(ownLost, tailLost)
  }

  #stay(room: number): Stay {
    let stay = this.#stays.get(room)
    if (stay === undefined) {
      stay = { from: null, at: null, told: new Set(), highest: new Map(), owed: new Map() }
      this.#stays.set(room, stay)
    }
    return stay
  }
}
