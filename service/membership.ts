/**
 * One connection's stay in one room: catches up from the log page by page, then joins the live stream at exactly the next seq.
 */

import type { JoinFrame, Position } from './protocol.ts'
import { endOf, gapFrame, type Member, PAGE_ENTRIES, type Room } from './room.ts'
import type { LogPage, RoomLog } from './room-log.ts'

/** How a membership writes to its socket. */
export interface FrameWriter {
  readonly isOpen: boolean
  /** A live frame; never waits, and closes the socket where it reads too slowly. */
  writeLive(frame: string): void
  /** Frames of the past; resolves when the socket can take more. */
  writeHistory(frames: readonly string[]): Promise<void>
}

export type JoinOutcome = 'fresh' | 'complete' | 'gap'

export class Membership implements Member {
  readonly roomName: string
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
    this.#writer.writeLive(frame)
  }

  end(): void {
    this.#isEnded = true
    this.isLive = false
  }

  /** The position of the last frame written to this member. Null until its join is answered. */
  get position(): Position | null {
    if (!this.isLive) return this.#readUpTo
    return this.ahead ?? this.room!.position!
  }

  get isEnded(): boolean {
    return this.#isEnded || !this.#writer.isOpen
  }

  /** Answers the join and brings the member into the live stream. Throws what the log throws. */
  async begin(room: Room, frame: JoinFrame, log: RoomLog): Promise<JoinOutcome> {
    this.room = room
    if (frame.position === undefined && frame.history === undefined) {
      const position = room.position!
      this.#writer.writeLive(joinedFrame(room.name, position, true, position.seq))
      this.#goLive(position)
      return 'fresh'
    }
    const start = frame.position === undefined ? { last: frame.history! } : { after: frame.position }
    const page = await log.read(room.name, start, PAGE_ENTRIES, room.position)
    if (this.isEnded) return 'fresh'
    const opening = [joinedFrame(room.name, page.from, page.isComplete, page.top.seq)]
    if (!page.isComplete) opening.push(gapFrame(room.name, frame.position!, page))
    this.#readUpTo = endOf(page)
    await this.#writer.writeHistory([...opening, ...framesOf(page)])
    await this.#catchUp(endOf(page), room, log)
    if (frame.position === undefined) return 'fresh'
    return page.isComplete ? 'complete' : 'gap'
  }

  /** Reads on until this member is where the room is, then goes live in the same turn. */
  async #catchUp(start: Position, room: Room, log: RoomLog): Promise<void> {
    let position = start
    while (!this.isEnded) {
      const at = room.position!
      if (at.epoch === position.epoch && at.seq <= position.seq) {
        this.#goLive(position)
        return
      }
      const page = await log.read(room.name, { after: position }, PAGE_ENTRIES, at)
      if (this.isEnded) return
      const frames = framesOf(page)
      if (!page.isComplete) frames.unshift(gapFrame(room.name, position, page))
      position = endOf(page)
      this.#readUpTo = position
      await this.#writer.writeHistory(frames)
      // Nothing new, yet the room is elsewhere: it has not noticed the log's new epoch.
      if (page.entries.length === 0) await room.repair('catch-up')
    }
  }

  #goLive(position: Position): void {
    this.ahead = position
    this.isLive = true
    const { countFrame } = this.room!
    if (countFrame !== null) this.#writer.writeLive(countFrame)
  }
}

function framesOf(page: LogPage): string[] {
  return page.entries.map(entry => entry.frame)
}

function joinedFrame(room: string, position: Position, complete: boolean, top: number): string {
  return JSON.stringify({ type: 'joined', room, position, complete, top })
}
