/**
 * The participant counter: tells Redis who is in which room on this instance, and keeps the instance's lease while anybody is. Changes are
 * told together, a few times a second at most, however many there are.
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
import { Slots } from './slots.ts'

/** Changes of a room are told this long after the first of them. */
const COALESCE_MS = 250
/** With the heartbeat of 3 s at most that finds it, a dead instance is counted out within 10 s. */
const LEASE_MS = 6000
/**
 * A room that no instance tells anything of is forgotten after this. Those with members are told again at every such half, which costs six
 * commands for each room; hence not more often.
 */
const ROOM_EXPIRY_MS = 4 * 3_600_000
/** What is told after a quarter keeps the room alive too, so that three quarters are the longest without. */
const KEPT_MS = ROOM_EXPIRY_MS / 4
/** Ended leases are told to every room that is touched in this time; rooms that nobody touches have expired by then. */
const ENDED_REMEMBERED_MS = ROOM_EXPIRY_MS

/**
 * Rooms that are told of at once. After the death of an instance all others tell of all their rooms: with thousands of rooms Redis was busy with that for
 * so long that PINGs and leases ran out of time, which made everybody tell of everything again.
 */
export const TOLD_AT_ONCE_MAX = 32

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
  /** Deadline of a command. What runs later in Redis has been told again by then, so Redis refuses it. */
  readonly commandMsMax: number
  readonly log: Logger
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
  /** The numbers are wanted here although they may not have changed. They come over the channel alone, in the order of Redis. */
  mustPublish: boolean
  /** When its keys were kept alive last. */
  keptAtMs: number
  timer: NodeJS.Timeout | null
  /** Flushes of one room do not overtake each other. */
  flushing: Promise<void>
}

export class Presence {
  readonly #options: PresenceOptions
  readonly #rooms = new Map<string, RoomPresence>()
  readonly #telling = new Slots(TOLD_AT_ONCE_MAX)
  readonly #heartbeat: NodeJS.Timeout
  readonly #refresh: NodeJS.Timeout
  #holder: string
  #hasLease = false
  /** Incarnation of the server that holds what was told. */
  #runId: string | null = null
  /** From this process' monotonic clock to that of Redis, at most. */
  #redisAheadMs = 0
  #ended: readonly string[] = []
  #leases: number | null = null
  /** How often the lease had run out, so that others have counted this instance out. */
  leasesLost = 0

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#holder = newHolder(options.instance)
    this.#heartbeat = setInterval(() => void this.#renew(), options.heartbeatMs)
    this.#refresh = setInterval(() => this.#tellAll(), ROOM_EXPIRY_MS / 2)
    options.link.on('usable', () => void this.#connected())
  }

  /** Holders with a lease, as Redis told last; null where this instance has none. */
  get leases(): number | null {
    return this.#hasLease ? this.#leases : null
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
        mustPublish: true,
        keptAtMs: Number.NEGATIVE_INFINITY,
        timer: null,
        flushing: Promise.resolve(),
      }
      this.#rooms.set(name, room)
      if (this.#rooms.size === 1 && !this.#hasLease) void this.#renew()
    }
    // The room is served here anew, and does not know them.
    if (room.connections === 0) room.mustPublish = true
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

  /** Has the numbers of all rooms published anew: after a connection was lost, some may have been missed. */
  tellAgain(): void {
    for (const room of this.#rooms.values()) room.mustPublish = true
    this.#tellAll()
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

  /** What has changed, and nothing more, is published. */
  #tellAll(): void {
    for (const [name, room] of this.#rooms) this.#schedule(name, room)
  }

  #schedule(name: string, room: RoomPresence): void {
    room.timer ??= setTimeout(() => void this.#flush(name, room), COALESCE_MS)
  }

  #flush(name: string, room: RoomPresence): Promise<void> {
    if (room.timer !== null) clearTimeout(room.timer)
    room.timer = null
    room.flushing = room.flushing.then(() => this.#telling.run(() => this.#tell(name, room)))
    return room.flushing
  }

  /** Where Redis is away, it is told when it is back. */
  async #tell(name: string, room: RoomPresence): Promise<void> {
    const { link, commandMsMax, log } = this.#options
    if (!link.isUsable || !this.#hasLease) return
    const came = [...room.users.keys()].filter(user => room.mustRepeat || !room.told.has(user))
    const left = [...room.told].filter(user => !room.users.has(user))
    const keys = [`tuesday:{${name}}:users`, `tuesday:{${name}}:holders`]
    const lists = [came.length, ...came, left.length, ...left, ...this.#ended]
    const wasTold = room.told.size > 0 && !room.mustRepeat
    const nowMs = performance.now()
    const isKept = nowMs - room.keptAtMs < KEPT_MS
    const { mustPublish } = room
    room.mustPublish = false
    for (const user of came) room.told.add(user)
    try {
      const expiry = [ROOM_EXPIRY_MS, isKept ? 0 : 1]
      const lateAtMs = Math.floor(nowMs + this.#redisAheadMs + commandMsMax)
      const values = [
        this.#holder,
        room.connections,
        channelOf(name),
        ...expiry,
        mustPublish ? 1 : 0,
        lateAtMs,
        ...lists,
      ]
      const reply = (await evaluate(link, PRESENCE, keys, values)) as number[]
      const [connections, participants, wasKnown, isPublished, isLate] = reply
      if (isLate === 1) throw new Error("it came too late, or Redis' clock has been changed")
      // PUBLISH is not allowed inside a script here.
      if (isPublished === 0) link.redis.publish(channelOf(name), `c ${connections} ${participants}\n`).catch(() => {})
      if (!isKept) room.keptAtMs = nowMs
      for (const user of left) room.told.delete(user)
      room.mustRepeat = wasTold && wasKnown === 0
      if (room.mustRepeat) this.#schedule(name, room)
    } catch (error) {
      log.warn({ room: name, reason: String(error) }, 'presence could not be told')
      room.mustRepeat = true
      room.mustPublish ||= mustPublish
      this.#schedule(name, room)
    }
    if (room.connections === 0 && room.told.size === 0 && room.timer === null) this.#rooms.delete(name)
  }

  /** Another incarnation, or one that cannot be told apart, may have forgotten who came and who left: what it has of this holder ends. */
  async #connected(): Promise<void> {
    const { runId } = this.#options.link
    const before = this.#runId
    this.#runId = runId
    if (this.#hasLease && before !== null && (runId === '' || runId !== before)) {
      await this.#lease(-1).catch(error =>
        this.#options.log.warn({ reason: String(error) }, 'the lease could not be ended'),
      )
      await this.#startAnew()
    } else await this.#renew()
    this.tellAgain()
  }

  /** At each heartbeat, and when somebody comes in. */
  async #renew(): Promise<void> {
    if (!this.#options.link.isUsable) return
    if (this.#rooms.size === 0) return this.#giveUp()
    const holder = this.#holder
    try {
      const [holds, ended, leases] = await this.#lease(LEASE_MS)
      // It was given up meanwhile.
      if (holder !== this.#holder) return
      const isNews = ended.some(other => !this.#ended.includes(other))
      this.#ended = ended
      if (holds === 0) {
        this.leasesLost++
        return await this.#startAnew()
      }
      if (isNews || !this.#hasLease) this.#tellAll()
      this.#hasLease = true
      this.#leases = leases
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

  /** Nobody is here and every room has been told so. Whoever comes next begins a new life. */
  async #giveUp(): Promise<void> {
    if (!this.#hasLease) return
    const givingUp = this.#lease(0)
    this.#holder = newHolder(this.#options.instance)
    this.#hasLease = false
    await givingUp.catch(() => {})
  }

  async #lease(lengthMs: number): Promise<[holds: number, ended: string[], leases: number]> {
    const values = [this.#holder, lengthMs, this.#hasLease ? 1 : 0, ENDED_REMEMBERED_MS]
    const reply = await evaluate(this.#options.link, LEASE, [LEASES_KEY], values)
    const [holds, ended, redisMs, leases] = reply as [number, string[], number, number]
    if (redisMs > 0) this.#redisAheadMs = redisMs - performance.now()
    return [holds, ended, leases]
  }
}

/** One life of an instance. */
function newHolder(instance: string): string {
  return `${instance}.${randomBytes(6).toString('base64url')}`
}
