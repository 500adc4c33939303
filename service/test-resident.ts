/**
 * Test support: somebody who outlives sockets. Keeps the position in each room and comes back with it, as docs/protocol.md says, but
 * drops nothing: what comes twice is heard twice.
 */

import type { GapFrame, JoinedFrame, MessageFrame, Position, ServiceFrame } from './protocol.ts'
import { TestClient } from './test-client.ts'
import { type TestInstance, until } from './test-cluster.ts'

export class TestResident {
  readonly user: string
  readonly rooms: readonly string[]
  /** One after the other; only the last may be open. */
  readonly sockets: TestClient[] = []

  private constructor(user: string, rooms: readonly string[]) {
    this.user = user
    this.rooms = rooms
  }

  /** Connected, and in all of the rooms. */
  static async enter(instance: TestInstance, user: string, rooms: readonly string[]): Promise<TestResident> {
    const resident = new TestResident(user, rooms)
    await resident.moveTo(instance)
    return resident
  }

  get socket(): TestClient {
    return this.sockets.at(-1)!
  }

  /** Opens a socket to the instance and joins every room there, with the position where there is one. */
  async moveTo(instance: TestInstance): Promise<JoinedFrame[]> {
    const positions = this.rooms.map(room => this.position(room))
    this.sockets.push(await TestClient.open(instance, { user: this.user }))
    return Promise.all(this.rooms.map((room, index) => this.socket.join({ room, position: positions[index] })))
  }

  /** Of the last message, or of the join or gap after it. */
  position(room: string): Position | undefined {
    const frame = this.#framesOf(room).findLast(({ type }) => type === 'message' || type === 'joined' || type === 'gap')
    if (frame?.type === 'message') return { epoch: frame.epoch, seq: frame.seq }
    if (frame?.type === 'joined') return frame.position
    return frame?.type === 'gap' ? { epoch: frame.next.epoch, seq: frame.next.seq - 1 } : undefined
  }

  messages(room: string): MessageFrame[] {
    return this.#framesOf(room).filter(frame => frame.type === 'message')
  }

  get gaps(): GapFrame[] {
    return this.rooms.flatMap(room => this.#framesOf(room)).filter(frame => frame.type === 'gap')
  }

  /** What a reader that goes by docs/protocol.md would have to complain of: holes and repetitions. */
  complaints(room: string): string[] {
    const complaints: string[] = []
    let position: Position | null = null
    for (const frame of this.#framesOf(room)) {
      if (frame.type === 'gap') position = { epoch: frame.next.epoch, seq: frame.next.seq - 1 }
      if (frame.type === 'joined') position ??= frame.position
      if (frame.type !== 'message' || position === null) continue
      if (frame.seq !== position.seq + 1) {
        complaints.push(`${this.user}: ${placeOf(frame)} after ${position.epoch} ${position.seq}`)
      }
      position = { epoch: frame.epoch, seq: frame.seq }
    }
    return complaints
  }

  /** Waits until the last message of the room is this one. */
  untilHeard(room: string, last: MessageFrame): Promise<void> {
    const isHeard = () => {
      const position = this.position(room)
      return position?.epoch === last.epoch && position.seq >= last.seq
    }
    return until(`${this.user} has heard ${placeOf(last)} of ${room}`, isHeard)
  }

  #framesOf(room: string): ServiceFrame[] {
    return this.sockets.flatMap(({ frames }) => frames.filter(frame => 'room' in frame && frame.room === room))
  }
}

/** A message and its place, to compare by. */
export function placeOf({ epoch, seq, id }: MessageFrame): string {
  return `${epoch} ${seq} ${id}`
}

/** The places under which two different messages were heard. */
export function placesOfTwo(messages: readonly MessageFrame[]): string[] {
  const idAt = new Map<string, string>()
  return messages.flatMap(({ room, epoch, seq, id }) => {
    const place = `${room} ${epoch} ${seq}`
    const known = idAt.get(place) ?? id
    idAt.set(place, known)
    return known === id ? [] : [`${place}: ${known} and ${id}`]
  })
}
