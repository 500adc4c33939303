/** Test support: a room on a log in memory, and somebody about to join it. */

import type { FrameBatch } from './frame-batch.ts'
import { type FrameWriter, Membership } from './membership.ts'
import type { JoinFrame, Position } from './protocol.ts'
import { Room, type RoomEvents, type RoomReader } from './room.ts'
import { inShort, TestLog } from './test-log.ts'

/** Nobody wants to know. */
export const NO_EVENTS: RoomEvents = {
  pending: () => {},
  delivered: () => {},
  gapDeclared: () => {},
  repaired: () => {},
}

/** Keeps every frame in short. */
export class TestWriter implements FrameWriter {
  isOpen = true
  readonly frames: string[] = []
  /** What a piece of history waits for. */
  flushed: () => Promise<unknown> = () => Promise.resolve()

  write(frame: string): void {
    if (this.isOpen) this.frames.push(inShort(frame))
  }

  writeBatch({ frames }: FrameBatch): void {
    for (const frame of frames) this.write(frame)
  }

  async writeHistory(frames: readonly string[]): Promise<void> {
    for (const frame of frames) this.write(frame)
    await this.flushed()
  }
}

/** A room that has `count` messages, open on an instance, and somebody about to join it. */
export async function openRoom(count: number, pending: (room: Room) => void = room => room.flush()) {
  const log = new TestLog()
  for (let seq = 1; seq <= count; seq++) log.append()
  const room = new Room('r', log, { ...NO_EVENTS, pending })
  await room.open()
  return { log, room, ...joiner(room, log) }
}

export function joiner(room: Room, log: RoomReader) {
  const writer = new TestWriter()
  const membership = new Membership('r', writer)
  room.members.add(membership)
  const begin = (fields: Partial<JoinFrame>) => membership.begin(room, { type: 'join', room: 'r', ...fields }, log)
  return { writer, membership, begin }
}

/** Messages in short. */
export function seqs(from: number, to: number, epoch = 'a'): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${epoch}:${from + index}`)
}

/** Fields of a join that resumes. */
export function at(epoch: string, seq: number): { position: Position } {
  return { position: { epoch, seq } }
}
