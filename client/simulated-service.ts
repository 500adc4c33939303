/**
 * A chat service in memory, for tests of the client: the rules of sender session, log, epoch and resume as `service/protocol.ts` states
 * them, and every fault that the client must survive, decided by an injected random source. No clock: frames lie in queues until the test moves
 * them. A socket that was cut keeps what was written to it, so that a paused instance which wakes up late can be played.
 */

import type {
  AckFrame,
  ClientFrame,
  JoinFrame,
  Limits,
  MessageFrame,
  Position,
  RejectFrame,
  SendFrame,
  ServiceFrame,
} from '../service/protocol.ts'

export const SIMULATED_LIMITS: Limits = { textBytesMax: 100, frameBytesMax: 1_000, roomsMax: 10, inFlightMax: 4 }

/** Chances from 0 to 1. */
export interface SimulatedFaults {
  /** A send is refused though nothing is wrong with it. */
  readonly refuseSend: number
  /** The answer is `unconfirmed`; the script ran, runs later, or never does. */
  readonly loseAnswer: number
  /** A live message does not reach one member. */
  readonly loseLive: number
  /** A resume begins some messages too early. */
  readonly repeatOnResume: number
  /** A join is answered with a position that is too high. */
  readonly skipOnResume: number
}

export const NO_FAULTS: SimulatedFaults = {
  refuseSend: 0,
  loseAnswer: 0,
  loseLive: 0,
  repeatOnResume: 0,
  skipOnResume: 0,
}

interface SessionRecord {
  readonly generation: number
  readonly last: number
  /** Places of the newest numbers. */
  readonly places: ReadonlyMap<number, Position>
}

interface SimulatedRoom {
  log: MessageFrame[]
  /** Sessions as they were when the log had so many entries: the script writes both or none. */
  readonly sessionsAt: Map<string, SessionRecord>[]
  epoch: string
  /** Earlier epochs and the last seq of each. */
  readonly ended: Map<string, number>
  firstSeq: number
}

interface ResumePlace {
  /** The last seq at or below the position that is still what it was. */
  readonly survivingSeq: number
  /** The stream goes on after it. */
  readonly seq: number
  readonly reason: 'trimmed' | 'epoch-lost' | null
}

export interface SimulatedSocket {
  readonly user: string
  readonly toService: string[]
  readonly toClient: string[]
  /** Room → position of the member. */
  readonly members: Map<string, Position>
  isCut: boolean
}

export class SimulatedService {
  faults: SimulatedFaults = NO_FAULTS
  readonly everLogged = new Set<string>()
  readonly #random: () => number
  readonly #rooms = new Map<string, SimulatedRoom>()
  readonly #sockets = new Set<SimulatedSocket>()
  /** Scripts that were given up on and still run some day. */
  readonly #lateScripts: (() => void)[] = []
  #epochs = 0

  constructor(random: () => number) {
    this.#random = random
  }

  log(room: string): readonly MessageFrame[] {
    return this.#room(room).log
  }

  connect(user: string): SimulatedSocket {
    const socket: SimulatedSocket = { user, toService: [], toClient: [], members: new Map(), isCut: false }
    this.#sockets.add(socket)
    this.#tell(socket, { type: 'welcome', instance: 'chat-1', user, limits: SIMULATED_LIMITS })
    return socket
  }

  /** The client hears nothing more; what it wrote may still be read. */
  cut(socket: SimulatedSocket): void {
    socket.isCut = true
    socket.toClient.length = 0
  }

  /** Reads one frame. Answers whether there was one. */
  read(socket: SimulatedSocket): boolean {
    const text = socket.toService.shift()
    if (text === undefined) return false
    const frame = JSON.parse(text) as ClientFrame
    if (frame.type === 'join') this.#join(socket, frame)
    else if (frame.type === 'leave') this.#leave(socket, frame.room)
    else if (frame.type === 'send') this.#send(socket, frame)
    else this.#tell(socket, { type: 'pong', nonce: frame.nonce })
    return true
  }

  /** Something that was given up on happens after all. Answers whether there was anything. */
  wakeLate(): boolean {
    for (const socket of this.#sockets) if (socket.isCut && this.read(socket)) return true
    const script = this.#lateScripts.shift()
    script?.()
    return script !== undefined
  }

  /** Redis loses the newest entries of a room, with everything that was written with them. */
  loseTail(roomName: string, count: number): void {
    const room = this.#room(roomName)
    const kept = Math.max(room.firstSeq - 1, room.log.length - count)
    room.log = room.log.slice(0, kept)
    room.sessionsAt.length = kept + 1
    room.ended.set(room.epoch, kept)
    for (const [epoch, last] of room.ended) room.ended.set(epoch, Math.min(last, kept))
    room.epoch = this.#nextEpoch()
    const next = { epoch: room.epoch, seq: kept + 1 }
    for (const socket of this.#sockets) {
      const after = socket.members.get(roomName)
      if (after === undefined || after.seq <= kept) continue
      this.#tell(socket, { type: 'gap', room: roomName, after, next, reason: 'epoch-lost' })
      socket.members.set(roomName, { epoch: next.epoch, seq: kept })
    }
  }

  /** The log's cap takes the oldest entries; `log` still shows them. */
  trim(roomName: string, count: number): void {
    const room = this.#room(roomName)
    room.firstSeq = Math.min(room.firstSeq + count, room.log.length + 1)
  }

  #join(socket: SimulatedSocket, frame: JoinFrame): void {
    const room = this.#room(frame.room)
    const top = room.log.length
    if (socket.members.has(frame.room)) {
      this.#tell(socket, { type: 'error', room: frame.room, code: 'already-joined', message: 'already joined' })
      return
    }
    const fromSeq = Math.max(room.firstSeq - 1, top - (frame.history ?? 0))
    const position = frame.position ?? { epoch: room.log[fromSeq - 1]?.epoch ?? room.epoch, seq: fromSeq }
    const start = this.#resumeSeq(room, position)
    const complete = start.reason === null
    if (complete && frame.position && position.seq < top && this.#happens(this.faults.skipOnResume)) {
      this.#tell(socket, { type: 'joined', room: frame.room, position: { ...position, seq: top }, complete, top })
    } else this.#tell(socket, { type: 'joined', room: frame.room, position, complete, top })
    if (start.reason !== null) {
      const next = { epoch: room.log[start.seq]?.epoch ?? room.epoch, seq: start.seq + 1 }
      // What the position has above the end of its epoch is lost, and its numbers are used again: the gap begins at that end.
      const after = { epoch: position.epoch, seq: start.survivingSeq }
      this.#tell(socket, { type: 'gap', room: frame.room, after, next, reason: start.reason })
    }
    // Never across a gap: what the client has above it belongs to a lost epoch.
    const repeats = complete && this.#happens(this.faults.repeatOnResume) ? 2 : 0
    const repeatFrom = Math.max(room.firstSeq - 1, start.seq - repeats)
    const first = room.log[repeatFrom]?.epoch === position.epoch ? repeatFrom : start.seq
    for (const message of room.log.slice(first)) this.#tell(socket, message)
    socket.members.set(frame.room, { epoch: room.log.at(-1)?.epoch ?? position.epoch, seq: top })
  }

  /** Where the stream goes on, and why that is not at the position itself. */
  #resumeSeq(room: SimulatedRoom, position: Position): ResumePlace {
    const last = position.epoch === room.epoch ? room.log.length : (room.ended.get(position.epoch) ?? 0)
    const survivingSeq = Math.min(position.seq, last)
    if (survivingSeq < room.firstSeq - 1) return { survivingSeq, seq: room.firstSeq - 1, reason: 'trimmed' }
    return { survivingSeq, seq: survivingSeq, reason: survivingSeq < position.seq ? 'epoch-lost' : null }
  }

  #leave(socket: SimulatedSocket, room: string): void {
    const position = socket.members.get(room)
    socket.members.delete(room)
    if (position !== undefined) this.#tell(socket, { type: 'left', room, position })
    else this.#tell(socket, { type: 'error', room, code: 'not-joined', message: 'not joined' })
  }

  #send(socket: SimulatedSocket, frame: SendFrame): void {
    const { room, session, n } = frame
    if (!socket.members.has(room)) {
      this.#tell(socket, { type: 'reject', room, session, n, code: 'not-joined' })
      return
    }
    if (frame.text === 'refused text') {
      this.#tell(socket, { type: 'reject', room, session, n, code: 'text-too-long' })
      return
    }
    if (this.#happens(this.faults.refuseSend)) {
      const code = this.#happens(0.5) ? 'unavailable' : 'too-many-in-flight'
      this.#tell(socket, { type: 'reject', room, session, n, code })
      return
    }
    if (this.#happens(this.faults.loseAnswer)) {
      const fate = this.#random()
      if (fate < 0.4) this.#publish(socket.user, frame)
      else if (fate < 0.8) this.#lateScripts.push(() => this.#publish(socket.user, frame))
      this.#tell(socket, { type: 'unconfirmed', room, session, n })
      return
    }
    this.#tell(socket, this.#publish(socket.user, frame))
  }

  /** The atomic script. */
  #publish(user: string, frame: SendFrame): AckFrame | RejectFrame {
    const { room: roomName, session, n, text } = frame
    const room = this.#room(roomName)
    const [sender, generationText] = session.split('.') as [string, string]
    const generation = Number(generationText)
    const sessions = room.sessionsAt.at(-1)!
    const known = sessions.get(sender)
    const answer = { room: roomName, session, n } as const
    if (known !== undefined && generation < known.generation)
      return { type: 'reject', ...answer, code: 'stale-session', generation: known.generation }
    const record = known?.generation === generation ? known : { generation, last: 0, places: new Map() }
    const place = record.places.get(n)
    if (place !== undefined) return { type: 'ack', ...answer, ...place }
    if (n !== record.last + 1) return { type: 'reject', ...answer, code: 'out-of-order', last: record.last }
    const position = { epoch: room.epoch, seq: room.log.length + 1 }
    const places = new Map(record.places).set(n, position)
    places.delete(n - SIMULATED_LIMITS.inFlightMax)
    room.sessionsAt.push(new Map(sessions).set(sender, { generation, last: n, places }))
    this.#append(room, {
      type: 'message',
      room: roomName,
      ...position,
      sentAt: 0,
      id: `${session}/${n}`,
      from: user,
      text,
    })
    return { type: 'ack', ...answer, ...position }
  }

  #append(room: SimulatedRoom, message: MessageFrame): void {
    room.log.push(message)
    this.everLogged.add(message.text)
    for (const socket of this.#sockets) {
      if (socket.isCut || !socket.members.has(message.room)) continue
      socket.members.set(message.room, { epoch: message.epoch, seq: message.seq })
      if (!this.#happens(this.faults.loseLive)) this.#tell(socket, message)
    }
  }

  #tell(socket: SimulatedSocket, frame: ServiceFrame): void {
    if (!socket.isCut) socket.toClient.push(JSON.stringify(frame))
  }

  #room(name: string): SimulatedRoom {
    let room = this.#rooms.get(name)
    if (room === undefined) {
      room = { log: [], sessionsAt: [new Map()], epoch: this.#nextEpoch(), ended: new Map(), firstSeq: 1 }
      this.#rooms.set(name, room)
    }
    return room
  }

  #nextEpoch(): string {
    this.#epochs += 1
    return `e${this.#epochs}`
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#random() < chance
  }
}
