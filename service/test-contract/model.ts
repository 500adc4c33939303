/**
 * Test support: what the delivery contract owes to one member of a room, and to one send. Written from the design and
 * `docs/protocol.md`, and from nothing of the service.
 *
 * A model is given each frame at the moment of its sending and throws where the contract does not allow it. Answers that take a while
 * may be true of any moment since they were asked for.
 */

import type { ErrorFrame, GapFrame, JoinedFrame, JoinFrame, LeftFrame, MessageFrame, Position } from '../protocol.ts'
import { type LogRecord, type LogServer, type RoomState, topOf } from './log-server.ts'

export class ContractBroken extends Error {
  override readonly name = 'ContractBroken'
}

export function demand(isKept: boolean, why: () => string): void {
  if (!isKept) throw new ContractBroken(why())
}

/** In short, for people. */
export function place({ epoch, seq }: Position): string {
  return `${epoch}:${seq}`
}

/** How a stream goes on after a position. */
interface Continuation {
  /** The first message that is there. */
  readonly next: Position
  /** Whether messages before it are gone because the log keeps only so many. */
  readonly isTrimmed: boolean
  /** Whether messages up to the position are gone, or nobody can say since Redis does not remember the epoch. */
  readonly isLost: boolean
  readonly isForgotten: boolean
}

export function continuationAt(room: RoomState, position: Position): Continuation {
  const top = topOf(room)
  const end = position.epoch === top.epoch ? top.seq : room.ended.get(position.epoch)
  const survived = Math.min(position.seq, end ?? 0)
  const seq = Math.max(survived + 1, room.firstSeq)
  return {
    next: { epoch: room.records[seq - 1]?.epoch ?? top.epoch, seq },
    isTrimmed: seq > survived + 1,
    isLost: end === undefined || survived < position.seq,
    isForgotten: end === undefined,
  }
}

/**
 * The message at a position, null for the place before the first message of all. A position with the seq at which its epoch began
 * means what stood there. Undefined where no message can have been there.
 */
function recordOf(server: LogServer, room: string, position: Position): LogRecord | null | undefined {
  const record = server.recordAt(room, position)
  if (record !== undefined) return record
  const base = server.baseOf(room, position.epoch)
  if (base === undefined || (base?.seq ?? 0) < position.seq) return undefined
  let before = base
  while (before !== null && before.seq > position.seq) before = before.before
  return before
}

/** What one stay of a member in a room is sent, from its join to its end. */
export class StreamModel {
  /** `joined` has come and the end has not. */
  isJoined = false
  isEnded = false
  /** What the model has seen: what a property has to see happen, or it shows nothing. */
  readonly seen = { messages: 0, complete: 0, incomplete: 0, gaps: 0, forgotten: 0, left: 0 }
  readonly #server: LogServer
  readonly #asked: JoinFrame
  readonly #sinceMoment: number
  #position: Position | null = null
  /** "complete: false" has promised a gap. */
  #isGapOwed = false
  /** "complete: true" has promised that no gap comes first. */
  #isMessageOwed = false
  #delivered = new Set<LogRecord>()

  constructor(server: LogServer, asked: JoinFrame) {
    this.#server = server
    this.#asked = asked
    this.#sinceMoment = server.moments(asked.room).length - 1
  }

  /** Of the last message that was sent, or as `joined` or `gap` have set it. */
  get position(): Position | null {
    return this.#position
  }

  joined(frame: JoinedFrame): void {
    demand(!this.isJoined && !this.isEnded, () => 'a second answer to a join')
    this.isJoined = true
    const { position: asked } = this.#asked
    if (asked === undefined) return this.#joinedFresh(frame)
    const { position, complete, top } = frame
    const isComplete = (room: RoomState) => {
      const { isTrimmed, isLost } = continuationAt(room, asked)
      return !isTrimmed && !isLost
    }
    const isRight = complete
      ? this.#isSamePlace(position, asked)
      : this.#momentsOf(asked).some(room => {
          return !isComplete(room) && continuationAt(room, asked).next.seq === position.seq + 1
        })
    demand(isRight, () => `after ${place(asked)} this was never true: ${JSON.stringify(frame)}`)
    demand(
      this.#momentsOf(asked).some(room => topOf(room).seq === top),
      () => `the top was never ${top}`,
    )
    // The gap, if any, is told from what the member has.
    this.#setPosition(asked)
    this.#isGapOwed = !complete
    // What was read for others before is as good, as long as it is really there.
    this.#isMessageOwed = complete && !this.#momentsSinceJoin().some(isComplete)
    this.seen[complete ? 'complete' : 'incomplete']++
  }

  /** The place is the room's as its instance knows it, which may be of an earlier moment; with history it lies so many messages before. */
  #joinedFresh({ position, complete }: JoinedFrame): void {
    const { history = 0 } = this.#asked
    demand(complete, () => 'a join without a position was called incomplete')
    demand(this.#recordOf(position) !== undefined, () => `joined at ${place(position)}, which never was`)
    const isEnough = (room: RoomState) => position.seq <= Math.max(topOf(room).seq - history, room.firstSeq - 1)
    const moments = this.#server.moments(this.#asked.room)
    demand(moments.some(isEnough), () => `the last ${history} never were those behind ${place(position)}`)
    this.#setPosition(position)
  }

  message(frame: MessageFrame, text: string): void {
    const position = this.#demandInRoom(`message ${place(frame)}`)
    demand(!this.#isGapOwed, () => `message ${place(frame)} instead of the gap that "complete: false" promised`)
    const record = this.#server.recordAt(this.#asked.room, frame)
    demand(record?.frame === text, () => `message ${place(frame)} is not what was said there`)
    demand(
      frame.seq === position.seq + 1 && record!.before === this.#recordOf(position),
      () => `message ${place(frame)} does not follow ${place(position)}`,
    )
    demand(!this.#delivered.has(record!), () => `message ${place(frame)} twice`)
    this.#delivered.add(record!)
    this.#isMessageOwed = false
    this.#setPosition(frame)
    this.seen.messages++
  }

  gap(frame: GapFrame): void {
    const { after, next, reason } = frame
    const position = this.#demandInRoom(`gap to ${place(next)}`)
    demand(!this.#isMessageOwed, () => 'a gap to who was told "complete: true"')
    demand(this.#isSamePlace(after, position), () => `a gap after ${place(after)} to who has ${place(position)}`)
    const moments = this.#isGapOwed ? this.#momentsOf(after) : this.#momentsSince(this.#recordOf(after))
    const isTrue = (room: RoomState) => {
      const continuation = continuationAt(room, after)
      const { isTrimmed, isLost, isForgotten } = continuation
      return !isForgotten && place(continuation.next) === place(next) && (reason === 'trimmed' ? isTrimmed : isLost)
    }
    // An instance may go by an epoch that began at this place, or below it, and that Redis has forgotten: then all that is kept comes.
    const isExcused = (room: RoomState) =>
      reason === 'epoch-lost' &&
      next.seq === room.firstSeq &&
      (continuationAt(room, after).isForgotten || this.#server.hasForgotten(this.#asked.room, room))
    if (!moments.some(isTrue)) {
      demand(
        moments.some(isExcused),
        () => `never was just what is between ${place(after)} and ${place(next)} ${reason}`,
      )
      this.seen.forgotten++
      this.#delivered = new Set()
    }
    this.#isGapOwed = false
    this.#setPosition({ epoch: next.epoch, seq: next.seq - 1 })
    this.seen.gaps++
  }

  left(frame: LeftFrame): void {
    const position = this.#demandInRoom('left')
    demand(
      this.#isSamePlace(frame.position, position),
      () => `left at ${place(frame.position)}, not ${place(position)}`,
    )
    this.seen.left++
    this.end()
  }

  /** The join was refused or called off, or the log went away in the middle of the history; the socket is closed then. */
  refused(frame: ErrorFrame): void {
    const mayBe = !this.isJoined || frame.code === 'unavailable'
    demand(mayBe && !this.isEnded, () => `error ${frame.code} to a member`)
    this.end()
  }

  /** The socket is gone, or the leave was answered: nothing more may come. */
  end(): void {
    this.isEnded = true
  }

  /** All is well and all has been heard: the member has everything up to the top. It may have more, and is told with the next. */
  demandCaughtUp(): void {
    const position = this.#demandInRoom('nothing')
    const room = this.#server.room(this.#asked.room)
    const top = topOf(room)
    const { next, isForgotten } = continuationAt(room, position)
    const hasAll = this.#recordOf(position) === this.#recordOf(top)
    demand(!this.#isGapOwed, () => 'the gap that "complete: false" promised never came')
    demand(
      hasAll || (!isForgotten && next.seq > top.seq),
      () => `stays at ${place(position)} below the top ${place(top)}`,
    )
  }

  #demandInRoom(what: string): Position {
    demand(this.isJoined, () => `${what} before the join was answered`)
    demand(!this.isEnded, () => `${what} after the end`)
    return this.#position!
  }

  #recordOf(position: Position): LogRecord | null | undefined {
    return recordOf(this.#server, this.#asked.room, position)
  }

  /** Whether both name the same message, or the same place before the first of all. */
  #isSamePlace(one: Position, other: Position): boolean {
    const record = this.#recordOf(one)
    return (
      place(one) === place(other) || (one.seq === other.seq && record !== undefined && record === this.#recordOf(other))
    )
  }

  #setPosition({ epoch, seq }: Position): void {
    this.#position = { epoch, seq }
  }

  /** In which somebody could ask what follows a message: an instance may have begun to before this member came. */
  #momentsSince(record: LogRecord | null | undefined): readonly RoomState[] {
    const moments = this.#server.moments(this.#asked.room)
    if (record === null || record === undefined) return moments
    return moments.slice(moments.findIndex(({ records }) => records[record.seq - 1] === record))
  }

  #momentsSinceJoin(): readonly RoomState[] {
    return this.#server.moments(this.#asked.room).slice(this.#sinceMoment)
  }

  /** In which a join with this position could be answered. What it names may have come to be after that. */
  #momentsOf(asked: Position): readonly RoomState[] {
    const [since, sinceJoin] = [this.#momentsSince(this.#recordOf(asked)), this.#momentsSinceJoin()]
    return since.length > sinceJoin.length ? since : sinceJoin
  }
}
