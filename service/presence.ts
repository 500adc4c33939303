/**
 * The participant counter: tells Redis who is in which room on this instance, and keeps the instance's lease. Changes are told
 * together, a few times a second at most, however many there are.
 *
 * Not handled: users that are in a room on one instance by the ten thousand; each change of theirs costs one field, but counting out a
 * dead instance looks at all of them once.
 */

import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { evaluate, loadedScript } from './loaded-script.ts'
import { LEASE_SCRIPT, PRESENCE_SCRIPT } from './presence-scripts.ts'
import type { RedisLink } from './redis-link.ts'
import { channelOf } from './room-log.ts'

/** Changes of a room are told this long after the first of them. */
const COALESCE_MS = 250
/** With the heartbeat of 3 s at most that finds it, a dead instance is counted out within 10 s. */
const LEASE_MS = 6000
/** Ended leases are told to every room that is touched in this time; rooms that nobody touches have expired by then. */
const ENDED_REMEMBERED_MS = 3_600_000
/** A room that no instance tells anything of is forgotten after this. Those with members are told again at every such half. */
const ROOM_EXPIRY_MS = 3_600_000

const LEASES_KEY = 'tuesday:leases'
const LEASE = loadedScript(LEASE_SCRIPT)
const PRESENCE = loadedScript(PRESENCE_SCRIPT)

/** To be loaded on each new connection. */
export const PRESENCE_SCRIPTS = [LEASE, PRESENCE]

export interface Count {
  readonly connections: number
  readonly participants: number
}

export interface PresenceOptions {
  readonly link: RedisLink
  readonly instance: string
  readonly heartbeatMs: number
  readonly log: Logger
  /** The numbers of a room as Redis has them now; the same are published where they have changed. */
  readonly onCount: (room: string, count: Count) => void
}

/** What is known of one room here. */
interface RoomPresence {
  /** Connections by user. */
  readonly users: Map<string, number>
  connections: number
  /** Users whose presence here Redis may have been told of, and not yet of their leaving. */
  readonly told: Set<string>
  /** Redis may have missed or lost some of it: everybody is told again. */
  mustRepeat: boolean
  timer: NodeJS.Timeout | null
  /** Flushes of one room do not overtake each other. */
  flushing: Promise<void>
}

export class Presence {
  readonly #options: PresenceOptions
  readonly #rooms = new Map<string, RoomPresence>()
  readonly #heartbeat: NodeJS.Timeout
  readonly #refresh: NodeJS.Timeout
  #holder: string
  #hasLease = false
  #ended: readonly string[] = []

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#holder = newHolder(options.instance)
    this.#heartbeat = setInterval(() => void this.#renew(), options.heartbeatMs)
    this.#refresh = setInterval(() => this.tellAgain(), ROOM_EXPIRY_MS / 2)
    options.link.on('usable', () => void this.#renew().then(() => this.tellAgain()))
  }

  /** One more connection of this user is in the room. */
  entered(name: string, user: string): void {
    let room = this.#rooms.get(name)
    if (room === undefined) {
      room = {
        users: new Map(),
        connections: 0,
        told: new Set(),
        mustRepeat: false,
        timer: null,
        flushing: Promise.resolve(),
      }
      this.#rooms.set(name, room)
    }
    room.connections++
    room.users.set(user, (room.users.get(user) ?? 0) + 1)
    this.#schedule(name, room)
  }

  left(name: string, user: string): void {
    const room = this.#rooms.get(name)
    const count = room?.users.get(user)
    if (room === undefined || count === undefined) return
    room.connections--
    if (count === 1) room.users.delete(user)
    else room.users.set(user, count - 1)
    this.#schedule(name, room)
  }

  /** Tells all rooms anew: after a connection was lost, numbers that were published meanwhile may have been missed. */
  tellAgain(): void {
    for (const [name, room] of this.#rooms) this.#schedule(name, room)
  }

  /** Tells that nobody is here any more and gives up the lease. Never throws. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat)
    clearInterval(this.#refresh)
    for (const room of this.#rooms.values()) {
      room.users.clear()
      room.connections = 0
    }
    await Promise.all([...this.#rooms].map(([name, room]) => this.#flush(name, room)))
    if (this.#options.link.isUsable) await this.#lease(0).catch(() => {})
  }

  #schedule(name: string, room: RoomPresence): void {
    room.timer ??= setTimeout(() => void this.#flush(name, room), COALESCE_MS)
  }

  #flush(name: string, room: RoomPresence): Promise<void> {
    if (room.timer !== null) clearTimeout(room.timer)
    room.timer = null
    room.flushing = room.flushing.then(() => this.#tell(name, room))
    return room.flushing
  }

  /** Where Redis is away, it is told when it is back. */
  async #tell(name: string, room: RoomPresence): Promise<void> {
    const { link, onCount, log } = this.#options
    if (!link.isUsable || !this.#hasLease) return
    const came = [...room.users.keys()].filter(user => room.mustRepeat || !room.told.has(user))
    const left = [...room.told].filter(user => !room.users.has(user))
    const keys = [`tuesday:{${name}}:users`, `tuesday:{${name}}:holders`]
    const lists = [came.length, ...came, left.length, ...left, ...this.#ended]
    const wasTold = room.told.size > 0 && !room.mustRepeat
    for (const user of came) room.told.add(user)
    try {
      const values = [this.#holder, room.connections, channelOf(name), ROOM_EXPIRY_MS, ...lists]
      const reply = await evaluate(link, PRESENCE, keys, values)
      const [connections, participants, wasKnown] = reply as [number, number, number]
      for (const user of left) room.told.delete(user)
      room.mustRepeat = wasTold && wasKnown === 0
      if (room.mustRepeat) this.#schedule(name, room)
      else onCount(name, { connections, participants })
    } catch (error) {
      log.warn({ room: name, reason: String(error) }, 'presence could not be told')
      room.mustRepeat = true
      this.#schedule(name, room)
    }
    if (room.connections === 0 && room.told.size === 0 && room.timer === null) this.#rooms.delete(name)
  }

  async #renew(): Promise<void> {
    if (!this.#options.link.isUsable) return
    try {
      const [holds, ended] = await this.#lease(LEASE_MS)
      const isNews = ended.some(holder => !this.#ended.includes(holder))
      this.#ended = ended
      if (holds === 0) return await this.#startAnew()
      if (isNews || !this.#hasLease) this.tellAgain()
      this.#hasLease = true
    } catch (error) {
      this.#options.log.warn({ reason: String(error) }, 'the lease could not be renewed')
    }
  }

  /** The lease had run out, so others have counted this instance out: a process that was paused, or a Redis that was away for long. */
  async #startAnew(): Promise<void> {
    this.#holder = newHolder(this.#options.instance)
    this.#hasLease = false
    for (const room of this.#rooms.values()) room.told.clear()
    await this.#renew()
  }

  async #lease(lengthMs: number): Promise<[number, string[]]> {
    const values = [this.#holder, lengthMs, this.#hasLease ? 1 : 0, ENDED_REMEMBERED_MS]
    return (await evaluate(this.#options.link, LEASE, [LEASES_KEY], values)) as [number, string[]]
  }
}

/** One life of an instance. */
function newHolder(instance: string): string {
  return `${instance}.${randomBytes(6).toString('base64url')}`
}
