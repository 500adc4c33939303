/** Test support: the rooms of one attacker, and whether their logs hold what was accepted and nothing else. */

import type { Redis } from 'ioredis'
import type { Random } from './random.ts'
import { RoomModel } from './room-model.ts'

/** More than a connection may be in. */
const ROOMS = 7
/** A room with more is checked and given up, so that reading all of it stays cheap. It is more than a page of history. */
const MESSAGES_MAX = 230

export interface AttackedRoomsOptions {
  readonly redis: Redis
  readonly random: Random
  readonly lane: number
  /** Answers that the service remembers for each session. */
  readonly memory: number
  /** The room of the well-behaved. */
  readonly foreign: string
}

export class AttackedRooms {
  readonly foreign: string
  all: readonly RoomModel[] = []
  /** Messages in the logs of rooms that were given up. */
  #checked = 0
  /** Rooms with names that came out of junk and are allowed all the same. */
  readonly #odd = new Map<string, RoomModel>()
  readonly #options: AttackedRoomsOptions
  #count = 0

  constructor(options: AttackedRoomsOptions) {
    this.#options = options
    this.foreign = options.foreign
    this.#fill()
  }

  /** Null for a room of others. Junk that happens to be a name is the first attacker's. */
  modelOf(name: string): RoomModel | null {
    const { lane, memory } = this.#options
    const known = this.all.find(room => room.name === name) ?? this.#odd.get(name)
    if (known !== undefined || lane !== 0 || name === this.foreign || name.startsWith('attack-')) return known ?? null
    const room = new RoomModel(name, memory)
    this.#odd.set(name, room)
    return room
  }

  /** To be called while nobody is in one of them. Throws where a log is wrong. */
  async renew(): Promise<void> {
    const full = this.all.filter(({ top }) => top > MESSAGES_MAX)
    for (const room of full) this.#checked += await this.#check(room)
    this.all = this.all.filter(room => !full.includes(room))
    this.#fill()
  }

  /** How many messages were accepted. Throws where a log holds anything else. */
  async checkAll(): Promise<number> {
    let sum = this.#checked
    for (const room of [...this.all, ...this.#odd.values()]) sum += await this.#check(room)
    return sum
  }

  async #check(room: RoomModel): Promise<number> {
    const entries = await this.#options.redis.xrange(`tuesday:{${room.name}}:log`, '-', '+')
    room.checkLog(entries.map(([, fields]) => fields[fields.indexOf('f') + 1]!))
    return room.top
  }

  #fill(): void {
    const { random, lane, memory } = this.#options
    const fresh = Array.from({ length: ROOMS - this.all.length }, () => {
      const name = `attack-${lane}.${this.#count++}`
      return new RoomModel(random.chance(0.3) ? name.padEnd(64, '.~_-A') : name, memory)
    })
    this.all = [...this.all, ...fresh]
  }
}
