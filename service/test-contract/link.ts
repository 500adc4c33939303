/**
 * Test support: an instance's connections to a Redis server in memory. What is on its way lies in a list of the cluster until it is picked,
 * see `test-contract-cluster.ts`.
 *
 * On one connection commands run in order and are answered in order, as on TCP.
 */

import { EventEmitter } from 'node:events'
import type { Position } from '../protocol.ts'
import { NotRun, Unconfirmed } from '../redis-link.ts'
import type { KnownRoom, LogPage, Publication, Published, ReadStart } from '../room-log.ts'
import type { LogServer } from './log-server.ts'

/** Something that will happen once it is picked. */
export interface Pending {
  readonly kind: 'command' | 'answer' | 'hint' | 'connect' | 'notice' | 'flush'
  /** Whose it is, where it is a hint. */
  readonly link?: TestLink
  /** What has to keep an order has the same lane. */
  readonly lane: object | null
  happen(): void
  /** A command that happens once more than it is answered. */
  runUnanswered?(): void
}

/** What links need of the cluster that they are in. */
export interface Surroundings {
  readonly server: LogServer
  /** Whether instances can learn the run of the server. */
  readonly tellsRun: boolean
  wait(pending: Pending): void
  /** Runs the script, and puts its hint on the way. */
  publish(run: string, publication: Publication): Published
}

/** One TCP connection of a link. */
class LinkConnection {
  readonly channels = new Set<string>()
  readonly run: string
  /** Rejects what is unanswered. */
  readonly unanswered = new Set<(error: Error) => void>()
  readonly commands = {}
  readonly answers = {}
  /** The server is gone; the instance does not know yet. */
  isDead = false

  constructor(run: string) {
    this.run = run
  }
}

/** As much of `RedisLink` as the service uses. Emits `connected` and `trouble` besides, for the test. */
export class TestLink extends EventEmitter {
  isUsable = false
  reconnects = 0
  connection: LinkConnection | null = null
  readonly redis: EventEmitter
  #isKilled = false
  readonly #cluster: Surroundings
  readonly #onConnected: (link: TestLink) => Promise<void>

  constructor(cluster: Surroundings, onConnected: (link: TestLink) => Promise<void>) {
    super()
    this.setMaxListeners(0)
    this.#cluster = cluster
    this.#onConnected = onConnected
    this.redis = Object.assign(new EventEmitter(), {
      subscribe: (...channels: string[]) =>
        this.command(connection => {
          for (const channel of channels) connection.channels.add(channel)
        }),
      unsubscribe: (...channels: string[]) =>
        this.command(connection => {
          for (const channel of channels) connection.channels.delete(channel)
        }),
    })
  }

  get runId(): string {
    return this.#cluster.tellsRun ? (this.connection?.run ?? '') : ''
  }

  connect(): void {
    this.#cluster.wait({ kind: 'connect', lane: null, happen: () => void this.#prepare() })
  }

  async #prepare(): Promise<void> {
    if (this.connection !== null || this.#isKilled) return
    const mine = new LinkConnection(this.#cluster.server.run)
    this.connection = mine
    this.emit('connected')
    try {
      await this.#onConnected(this)
    } catch {
      // The connection went meanwhile, and the next one is on its way.
    }
    if (this.connection !== mine) return
    this.isUsable = true
    this.emit('usable')
  }

  /** The instance notices that the connection is gone. */
  lose(): void {
    const lost = this.connection
    if (lost === null) return
    this.connection = null
    const wasUsable = this.isUsable
    this.isUsable = false
    this.emit('trouble')
    for (const reject of lost.unanswered) reject(new Unconfirmed('the connection was lost'))
    if (wasUsable) {
      this.reconnects++
      this.emit('lost')
    }
    this.connect()
  }

  /** The process of the instance is gone. */
  kill(): void {
    this.#isKilled = true
    this.connection = null
    this.isUsable = false
    this.removeAllListeners()
    this.redis.removeAllListeners()
  }

  async run<Reply>(command: (redis: unknown) => Promise<Reply>): Promise<Reply> {
    if (!this.isUsable) throw new NotRun('Redis is away')
    return command(this.redis)
  }

  async waitUntilUsable(msMax: number): Promise<boolean> {
    if (this.isUsable) return true
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), msMax)
      this.once('usable', () => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }

  /** Sends a command: it runs some time later, and is answered some time after that. */
  command<Reply>(script: (connection: LinkConnection) => Reply): Promise<Reply> {
    const { connection } = this
    if (connection === null) return Promise.reject(new NotRun('not connected'))
    return new Promise((resolve, reject) => {
      connection.unanswered.add(reject)
      const isGone = () => connection.isDead || connection.run !== this.#cluster.server.run
      const run = () => {
        if (isGone()) return
        const reply = script(connection)
        if (!connection.unanswered.has(reject)) return
        const answer = () => {
          connection.unanswered.delete(reject)
          resolve(reply)
        }
        this.#cluster.wait({ kind: 'answer', lane: connection.answers, happen: answer })
      }
      this.#cluster.wait({
        kind: 'command',
        lane: connection.commands,
        happen: run,
        runUnanswered: () => isGone() || script(connection),
      })
    })
  }

  /** The oldest command on its way is given up. It may run all the same. */
  timeOut(): boolean {
    const [oldest] = this.connection?.unanswered ?? []
    if (oldest === undefined) return false
    this.connection!.unanswered.delete(oldest)
    this.emit('trouble')
    oldest(new Unconfirmed('timed out'))
    return true
  }
}

/** As much of `RoomLog` as the service uses, on the server in memory. */
export class TestRoomLog {
  readonly #link: TestLink
  readonly #cluster: Surroundings

  constructor(link: TestLink, cluster: Surroundings) {
    this.#link = link
    this.#cluster = cluster
  }

  async publish(publication: Publication): Promise<Published> {
    return this.#run(run => this.#cluster.publish(run, publication))
  }

  async read(room: string, start: ReadStart, limit: number, known: Position | null): Promise<LogPage> {
    const { server } = this.#cluster
    return this.#run(run => server.read(run, room, start, limit, known, server.candidate()))
  }

  /** Nothing is kept here. */
  forget(): void {}

  async tops(rooms: readonly KnownRoom[]): Promise<Position[]> {
    const { server } = this.#cluster
    const asked = rooms.map(({ name, position }) => ({ name, position }))
    return this.#run(run => server.tops(run, asked, server.candidate()))
  }

  async #run<Reply>(script: (run: string) => Reply): Promise<Reply> {
    return this.#link.run(() => this.#link.command(({ run }) => script(this.#cluster.tellsRun ? run : '')))
  }
}
