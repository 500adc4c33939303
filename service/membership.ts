/**
 * One connection's stay in one room: catches up from the log page by page, then joins the live stream at exactly the next seq.
 */

import type { FrameBatch } from './frame-batch.ts'
import type { JoinFrame, Position } from './protocol.ts'
import { endOf, isAt, type Member, PAGE_ENTRIES, type Room, type RoomReader, readFresh } from './room.ts'
import type { LogPage } from './room-log.ts'

/**
 * Characters of history in one write. The socket is waited for after each, so that somebody who reads slowly costs little memory, and
 * live messages of other rooms do not have to wait behind much.
 */
const PIECE_LENGTH_MAX = 32_768

/** How a membership writes to its socket. */
export interface FrameWriter {
  readonly isOpen: boolean
  /** A live frame; never waits, and closes the socket where it reads too slowly. */
  write(frame: string): void
  /** Live frames that others get too; the same otherwise. */
  writeBatch(batch: FrameBatch): void
  /** Frames of the past; resolves when the socket can take more. */
  writeHistory(frames: readonly string[]): Promise<void>
}

export type JoinOutcome = 'fresh' | 'complete' | 'gap'

export class Membership implements Member {
  readonly roomName: string
  /** Whether it has caught up, and gets what comes live. */
  isLive = false
  ahead: Position | null = null
  /** Whether the participant counter has been told of it. */
  isCounted = false
  /** Sends that have not been answered. */
  inFlight = 0
  room: Room | null = null
  /** What it has read while it catches up; afterwards the room's position is its own. */
  #readUpTo: Position | null = null
  #isEnded = false
  readonly #writer: FrameWriter

  constructor(roomName: string, writer: FrameWriter) {
    this.roomName = roomName
    this.#writer = writer
  }

  write(frame: string): void {
    this.#writer.write(frame)
  }

  writeBatch(batch: FrameBatch): void {
    this.#writer.writeBatch(batch)
  }

  end(): void {
    this.#isEnded = true
    this.isLive = false
    this.room?.goQuiet(this)
  }

  /** Has what is pending written, and answers the position of the last frame that was. Null until the join is answered. */
  settle(): Position | null {
    if (!this.isLive) return this.#readUpTo
    this.room!.flush()
    return this.ahead ?? this.room!.position!
  }

  get isEnded(): boolean {
    return this.#isEnded || !this.#writer.isOpen
  }

  /** Answers the join and brings the member into the live stream. Throws what the log throws. */
  async begin(room: Room, frame: JoinFrame, log: RoomReader): Promise<JoinOutcome> {
    this.room = room
    const start = startOf(frame, room.position!)
    const isResume = frame.position !== undefined
    if (!isResume && isAt(start, room.position!)) {
      this.#writer.write(joinedFrame(room.name, start, true, start.seq))
      this.#goLive(start)
      return 'fresh'
    }
    const page = await readFresh(log, room.name, start, PAGE_ENTRIES, room.position!)
    if (this.isEnded) return 'fresh'
    const isComplete = page.isComplete || !isResume
    const opening = [joinedFrame(room.name, page.from, isComplete, page.top.seq)]
    if (!isComplete) opening.push(room.gapFrame(start, page, 'resume'))
    await this.#write(page, opening)
    await this.#catchUp(endOf(page), room, log)
    if (!isResume) return 'fresh'
    return isComplete ? 'complete' : 'gap'
  }

  /** Reads on until this member is where the room is, then goes live in the same turn. */
  async #catchUp(start: Position, room: Room, log: RoomReader): Promise<void> {
    let position = start
    while (!this.isEnded) {
      const at = room.position!
      if (at.epoch === position.epoch && at.seq <= position.seq) {
        this.#goLive(position)
        return
      }
      const page = await readFresh(log, room.name, position, PAGE_ENTRIES, at)
      if (this.isEnded) return
      await this.#write(page, page.isComplete ? [] : [room.gapFrame(position, page, 'resume')])
      position = endOf(page)
      // Nothing new, yet the room is elsewhere: it has not noticed the log's new epoch.
      if (page.entries.length === 0 && room.position!.epoch !== position.epoch) await room.repair('catch-up')
    }
  }

  /** Writes what is to be said first, and the page, piece by piece. Stops where the member ends meanwhile. */
  async #write(page: LogPage, first: readonly string[]): Promise<void> {
    let frames = [...first]
    let length = 0
    for (const { epoch, seq, frame } of page.entries) {
      frames.push(frame)
      length += frame.length
      if (length < PIECE_LENGTH_MAX) continue
      this.#readUpTo = { epoch, seq }
      await this.#writer.writeHistory(frames)
      if (this.isEnded) return
      frames = []
      length = 0
    }
    this.#readUpTo = endOf(page)
    await this.#writer.writeHistory(frames)
  }

  #goLive(position: Position): void {
    this.isLive = true
    this.room!.goLive(this, position)
    const { countFrame } = this.room!
    if (countFrame !== null) this.#writer.write(countFrame)
  }
}

/** The position after which a member reads. The last n messages are those of the room as it is here. */
function startOf({ position, history = 0 }: JoinFrame, { epoch, seq }: Position): Position {
  return position ?? { epoch, seq: Math.max(0, seq - history) }
}

function joinedFrame(room: string, position: Position, complete: boolean, top: number): string {
  return JSON.stringify({ type: 'joined', room, position, complete, top })
}
