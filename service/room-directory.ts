/**
 * The rooms that this instance serves: subscribes to a room's channel while it has members, hands live messages to their rooms, and
 * looks at the tops of all of them at each heartbeat, so that a lost hint is found in a quiet room too.
 */

import type { Logger } from 'pino'
import { FlushSchedule } from './flush-schedule.ts'
import { ROOM_SIZES } from './metric-names.ts'
import type { Metrics } from './metrics.ts'
import type { Position } from './protocol.ts'
import type { RedisLink } from './redis-link.ts'
import { type LiveMessage, type Member, type RepairCause, Room } from './room.ts'
import { channelOf, type RoomLog } from './room-log.ts'
import { sizeIndexOf } from './room-size.ts'

/** A room that is still behind after this was not just waiting for a hint on its way. */
const BEHIND_MS_MAX = 250
/** Wait before a room that could not be opened is tried again: the log may be away while the channels are not. */
const ENTER_RETRY_MS = 50
/** Channels in one SUBSCRIBE after a reconnect. */
const SUBSCRIBE_BATCH = 500

export interface RoomDirectoryOptions {
  readonly subscriber: RedisLink
  readonly roomLog: RoomLog
  readonly instance: string
  readonly heartbeatMs: number
  readonly flushIntervalMs: number
  readonly redisWaitMsMax: number
  readonly metrics: Metrics
  readonly log: Logger
}

interface Entry {
  readonly room: Room
  opened: Promise<void>
}

export class RoomDirectory {
  readonly #options: RoomDirectoryOptions
  readonly #entries = new Map<string, Entry>()
  readonly #heartbeat: NodeJS.Timeout
  readonly #flushes: FlushSchedule
  #isSettled = false
  /** Live messages in this turn of the event loop. */
  #batch = 0

  constructor(options: RoomDirectoryOptions) {
    this.#options = options
    const { subscriber, heartbeatMs, flushIntervalMs } = options
    this.#flushes = new FlushSchedule(flushIntervalMs)
    subscriber.redis.on('message', (channel: string, payload: string) => this.#receive(channel, payload))
    subscriber.on('lost', () => {
      this.#isSettled = false
    })
    subscriber.on('usable', () => void this.settle())
    // Settling may have failed, where the log came back later than the channels.
    const beat = async () => {
      if (!this.#isSettled) await this.settle()
      else if (!(await this.#catchUpWithTops('heartbeat'))) this.#isSettled = false
    }
    this.#heartbeat = setInterval(() => void beat(), heartbeatMs)
  }

  /** Whether the channels are subscribed and what was missed before that has been repaired. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** How many rooms there are of each of the {@link ROOM_SIZES}. */
  roomsBySize(): readonly number[] {
    const counts: number[] = ROOM_SIZES.map(() => 0)
    for (const { room } of this.#entries.values()) counts[sizeIndexOf(room.members.size)]!++
    return counts
  }

  /**
   * Makes somebody a member, not live yet, of a room that is open: subscribed, and with a position. Throws what Redis threw
   * last where that was not possible in time.
   */
  async enter(name: string, member: Member): Promise<Room> {
    const deadlineMs = performance.now() + this.#options.redisWaitMsMax
    for (;;) {
      const entry = this.#entryOf(name)
      entry.room.members.add(member)
      try {
        await entry.opened
        return entry.room
      } catch (error) {
        entry.room.members.delete(member)
        const leftMs = deadlineMs - performance.now()
        if (leftMs <= 0 || !(await this.#options.subscriber.waitUntilUsable(leftMs))) throw error
        await new Promise(resolve => setTimeout(resolve, ENTER_RETRY_MS))
      }
    }
  }

  /** Ends a membership; the last one out closes the room. */
  leave(name: string, member: Member): void {
    const entry = this.#entries.get(channelOf(name))
    if (entry === undefined || !entry.room.members.delete(member) || entry.room.members.size > 0) return
    this.#remove(channelOf(name), entry)
  }

  /** Subscribes again to everything after the connection was replaced; to be run before it counts as usable. */
  async resubscribe(subscriber: RedisLink): Promise<void> {
    const channels = [...this.#entries.keys()]
    for (let start = 0; start < channels.length; start += SUBSCRIBE_BATCH) {
      // Rooms that were left meanwhile have been unsubscribed already.
      const batch = channels.slice(start, start + SUBSCRIBE_BATCH).filter(channel => this.#entries.has(channel))
      if (batch.length > 0) await subscriber.redis.subscribe(...batch)
    }
  }

  /** Null where the room is not served here. */
  positionOf(name: string): Position | null {
    return this.#entries.get(channelOf(name))?.room.position ?? null
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat)
    const { subscriber } = this.#options
    for (const { room } of this.#entries.values()) room.close()
    this.#entries.clear()
    if (subscriber.isUsable) await subscriber.redis.unsubscribe().catch(() => {})
  }

  #entryOf(name: string): Entry {
    const channel = channelOf(name)
    const known = this.#entries.get(channel)
    if (known !== undefined) return known
    const { metrics, roomLog, subscriber } = this.#options
    const room = new Room(name, roomLog, {
      pending: pending => this.#flushes.request(pending),
      delivered: (messages, members) => {
        metrics.delivered.of(members).inc(messages * members)
        metrics.fanOutWrites.inc(members)
      },
      gapDeclared: (reason, during, members) => metrics.gapsDeclared[during][reason].inc(members),
      repaired: cause => metrics.gapRepairs[cause].inc(),
    })
    const open = async () => {
      // In this order: what is published in between is then known twice rather than never.
      await subscriber.run(redis => redis.subscribe(channel))
      const { reconnects } = subscriber
      await room.open()
      // The channel was lost meanwhile, and perhaps subscribed again, when the room had no position that could be looked at.
      if (subscriber.reconnects !== reconnects) await room.repair('reconnect')
    }
    const entry: Entry = { room, opened: open() }
    entry.opened.catch(() => this.#remove(channel, entry))
    this.#entries.set(channel, entry)
    return entry
  }

  /**
   * Unsubscribes also while the connection is being prepared, when it takes commands but does not count as usable: what was sent before
   * runs before. On a connection that is gone nothing is subscribed.
   */
  #remove(channel: string, entry: Entry): void {
    if (this.#entries.get(channel) !== entry) return
    entry.room.close()
    this.#entries.delete(channel)
    this.#options.roomLog.forget(entry.room.name)
    this.#options.subscriber.redis.unsubscribe(channel).catch(() => {})
  }

  #receive(channel: string, payload: string): void {
    const entry = this.#entries.get(channel)
    if (entry === undefined) return
    const end = payload.indexOf('\n')
    const header = payload.slice(0, end).split(' ')
    if (header[0] === 'c') {
      return entry.room.setCount({ connections: Number(header[1]), participants: Number(header[2]) })
    }
    const [kind, epoch, seq, acceptedAtMs, instance] = header
    if ((kind !== 'm' && kind !== 'h') || epoch === undefined) return
    // No frame has a line break inside: JSON writes it as an escape.
    const frames = kind === 'm' ? payload.slice(end + 1).split('\n') : [null]
    if (instance !== this.#options.instance) {
      const seconds = Math.max(0, Date.now() - Number(acceptedAtMs)) / 1000
      this.#options.metrics.crossInstanceLatency.of(entry.room.members.size).observe(seconds, frames.length)
    }
    for (const [index, frame] of frames.entries()) {
      if (this.#batch++ === 0) setImmediate(() => this.#endBatch())
      const message: LiveMessage = { epoch, seq: Number(seq) + index, frame }
      entry.room.offer(message)
    }
  }

  #endBatch(): void {
    this.#options.metrics.messagesPerBatch.observe(this.#batch)
    this.#batch = 0
  }

  /** Repairs what may have been missed, over both connections; to be run when either has come back. */
  async settle(): Promise<void> {
    if (await this.#catchUpWithTops('reconnect')) this.#isSettled = this.#options.subscriber.isUsable
  }

  /** Reads the tops of all rooms and repairs those that stay behind. True where Redis told any, if there are rooms. */
  async #catchUpWithTops(cause: RepairCause): Promise<boolean> {
    const { roomLog, log } = this.#options
    const rooms = [...this.#entries.values()].map(entry => entry.room).filter(room => room.position !== null)
    try {
      const tops = await roomLog.tops(rooms)
      const behind: { room: Room; top: Position }[] = []
      const unreadable: { room: string; reason: string }[] = []
      for (const [index, room] of rooms.entries()) {
        const top = tops[index]!
        if (top instanceof Error) unreadable.push({ room: room.name, reason: top.message })
        else if (room.isBehind(top)) behind.push({ room, top })
      }
      if (unreadable.length > 0) {
        log.warn({ count: unreadable.length, first: unreadable[0] }, 'the tops of some rooms cannot be read')
      }
      if (behind.length > 0 && cause === 'heartbeat') await new Promise(resolve => setTimeout(resolve, BEHIND_MS_MAX))
      await Promise.all(behind.map(({ room, top }) => repairUpTo(room, top, cause)))
      return rooms.length === 0 || unreadable.length < rooms.length
    } catch (error) {
      log.warn({ reason: String(error) }, 'the tops of the rooms could not be read')
      return false
    }
  }
}

/** A repair that had begun before the top was read may end below it; hence a second one. */
async function repairUpTo(room: Room, top: Position, cause: RepairCause): Promise<void> {
  if (room.isBehind(top)) await room.repair(cause)
  if (room.isBehind(top)) await room.repair(cause)
}
