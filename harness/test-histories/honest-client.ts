/** Test support: a client of the honest service, with its connection and its stays in rooms. */

import type { Position } from '../ledger/ledger.ts'
import type { RawRecord } from '../naive-checker/raw-record.ts'
import type { Agenda } from './agenda.ts'
import type { Dice } from './dice.ts'
import type { HonestRoom } from './honest-room.ts'
import type { Mood } from './mood.ts'

/** A send on its way. */
export interface Send {
  readonly number: number
  /** Whether the sender will be told. */
  readonly isAnswered: boolean
}

/** What a client needs of the world that it lives in. */
export interface Surroundings {
  readonly agenda: Agenda
  readonly mood: Mood
  readonly rooms: readonly HonestRoom[]
  record(client: number, record: RawRecord): void
  /** Appends it to the log and tells everybody. */
  accept(room: number, send: Send): void
  /** The sender's instance at the hand-over, and the intended time. */
  originOf(number: number): { readonly instance: number; readonly intendedAtMs: number }
}

interface Ack {
  readonly number: number
  readonly position: Position
}

export class HonestClient {
  readonly number: number
  readonly members: readonly HonestMember[]
  readonly world: Surroundings
  readonly dice: Dice
  /** Index of the instance, -1 for none. */
  instance = -1
  /** Counts connections, so that what was begun on one does not go on over the next. */
  generation = 0
  openedAtMs = Number.NaN
  hasCross = false
  #unsentAcks: Ack[] = []

  constructor(number: number, rooms: readonly number[], world: Surroundings, dice: Dice) {
    this.number = number
    this.world = world
    this.dice = dice
    this.members = rooms.map(room => new HonestMember(this, room))
  }

  get isConnected(): boolean {
    return this.instance >= 0
  }

  pauseMs(): number {
    return this.dice.chance(this.world.mood.slow) ? this.dice.between(20, 400) : this.dice.between(1, 4)
  }

  open(instance: number): void {
    if (this.isConnected) return
    this.instance = instance
    this.generation++
    this.hasCross = false
    this.openedAtMs = this.world.agenda.nowMs
    this.world.record(this.number, ['opened', this.number, instance, this.openedAtMs])
    for (const member of this.members) member.ask()
    const acks = this.#unsentAcks
    this.#unsentAcks = []
    for (const ack of acks) this.world.agenda.after(this.pauseMs(), () => this.ack(ack))
  }

  close(code: number, wasAnnounced: boolean): void {
    if (!this.isConnected) return
    this.instance = -1
    for (const member of this.members) member.disconnected()
    this.world.record(this.number, ['closed', this.number, code, wasAnnounced ? 1 : 0, this.world.agenda.nowMs])
  }

  /** Where there is no connection, the client hears of it by its retry on the next. */
  ack(ack: Ack): void {
    if (!this.isConnected) {
      this.#unsentAcks.push(ack)
      return
    }
    const { number, position } = ack
    const { agenda } = this.world
    this.world.record(this.number, ['acked', number, this.instance, position.epoch, position.seq, agenda.nowMs])
  }

  memberOf(room: number): HonestMember {
    return this.members.find(member => member.room === room)!
  }
}

export class HonestMember {
  readonly room: number
  readonly #client: HonestClient
  /** Whether the client means to be in the room. */
  isWanted = false
  isJoined = false
  /** Null outside of a stay. */
  position: Position | null = null
  /** The last that it knew, for the end. */
  lastPosition: Position | null = null
  #wasAnswered = false
  #outbox: Send[] = []

  constructor(client: HonestClient, room: number) {
    this.#client = client
    this.room = room
  }

  /** Nobody waits for an answer to what it said, and nothing of it is on its way. */
  get isQuiet(): boolean {
    return this.#outbox.length === 0 && this.#room.openSends === 0
  }

  /** Whether it was told that its stay has begun, so that it is owed what comes. */
  get isStaying(): boolean {
    return this.#wasAnswered
  }

  /** A client asks once on each connection. */
  want(): void {
    if (this.isWanted) return
    this.isWanted = true
    this.ask()
  }

  ask(): void {
    const { world, number, generation, isConnected } = this.#client
    if (!isConnected || !this.isWanted || this.isJoined) return
    world.record(number, ['join-asked', number, this.room, world.agenda.nowMs])
    const isStale = () => this.#client.generation !== generation || !this.#client.isConnected || !this.isWanted
    world.agenda.after(this.#client.dice.between(1, 3), () => {
      if (isStale()) return
      // A stay begins at the top of the moment; a resume goes on where the client is.
      this.position ??= this.#room.top
      world.agenda.after(this.#client.pauseMs(), () => {
        if (!isStale()) this.#joined()
      })
    })
  }

  /** Everything up to the top, with the gaps that have to be declared. */
  catchUp(): void {
    if (!this.isJoined || this.position === null) return
    const { world, number } = this.#client
    const { agenda } = world
    for (const { gapAfter, place } of this.#room.stepsAfter(this.position)) {
      const { epoch, seq } = place
      if (gapAfter !== null) {
        world.record(number, ['gap', number, this.room, gapAfter.epoch, gapAfter.seq, epoch, seq, agenda.tick()])
      }
      world.record(number, ['delivered', number, this.room, epoch, seq, place.number, agenda.tick()])
      this.#proveCross(place.number)
      this.position = { epoch, seq }
      this.lastPosition = this.position
    }
  }

  /** Only while the room is quiet: what is in flight then would be owed, and never come. */
  leave(): void {
    if (!this.isJoined || !this.isQuiet) return
    this.catchUp()
    const { world, number } = this.#client
    const { epoch, seq } = this.position!
    world.record(number, ['left', number, this.room, epoch, seq, world.agenda.tick()])
    this.isWanted = false
    this.isJoined = false
    this.position = null
    this.#wasAnswered = false
  }

  disconnected(): void {
    this.isJoined = false
    // The stay has not begun for a client that was not told so.
    if (!this.#wasAnswered) this.position = null
  }

  put(send: Send): void {
    this.#outbox.push(send)
    this.#client.world.agenda.after(this.#client.pauseMs(), () => this.#flush())
  }

  get #room(): HonestRoom {
    return this.#client.world.rooms[this.room]!
  }

  #joined(): void {
    const { world, number } = this.#client
    const { epoch, seq } = this.position!
    this.isJoined = true
    this.#wasAnswered = true
    this.lastPosition = this.position
    const isComplete = this.#room.stepsAfter(this.position!).every(({ gapAfter }) => gapAfter === null)
    world.record(number, ['joined', number, this.room, epoch, seq, isComplete ? 1 : 0, world.agenda.nowMs])
    this.catchUp()
    world.agenda.after(this.#client.pauseMs(), () => this.#flush())
  }

  /** In the order of sending, so that a sender's order survives. */
  #flush(): void {
    if (!this.isJoined) return
    const sends = this.#outbox
    this.#outbox = []
    for (const send of sends) this.#client.world.accept(this.room, send)
  }

  #proveCross(message: number): void {
    const client = this.#client
    const { instance, intendedAtMs } = client.world.originOf(message)
    if (client.hasCross || instance < 0 || instance === client.instance || intendedAtMs < client.openedAtMs) return
    client.hasCross = true
    client.world.record(client.number, ['first-cross', client.number, client.world.agenda.nowMs])
  }
}
