/**
 * Test support: several instances of the service on one Redis server, all in memory. Rooms, memberships and connections are the real
 * ones; sockets, links and the log behind them are not. Whatever takes time in between (a script on its way, its answer, a hint, a
 * subscription, a reconnect, a slow socket) lies in one list until the test picks it, so that the test decides what happens first.
 *
 * Hints keep no order at all, which is more than Redis can do.
 */

import { EventEmitter } from 'node:events'
import { pino } from 'pino'
import { Connection, type ConnectionOptions } from '../connection.ts'
import { RoomDirectory, type RoomDirectoryOptions } from '../room-directory.ts'
import { channelOf, type Publication, type Published } from '../room-log.ts'
import { createTestMetrics } from '../test-metrics.ts'
import { type Pending, type Surroundings, TestLink, TestRoomLog } from './link.ts'
import type { LogRecord, LogServer } from './log-server.ts'

export const HEARTBEAT_MS = 1000
/** Answers that the service remembers for each sender session, and sends that may be unanswered. */
export const IN_FLIGHT_MAX = 4
/** More than any story waits in one step. */
const REDIS_WAIT_MS = 5000
/** Between the bytes at which history waits for the socket and those at which live messages close it. */
const SLOW_BYTES = 500_000

const METRICS = createTestMetrics()
const LOG = pino({ level: 'silent' })

/** The service's end of a WebSocket. */
export class ContractSocket extends EventEmitter {
  readonly OPEN = 1
  readonly CLOSED = 3
  readyState = 1
  /** So that it is given frames, not bytes. */
  readonly extensions = 'test'
  /** History then waits until the other end has read. */
  isSlow = false
  readonly #cluster: ContractCluster
  readonly #heard: (frame: string) => void

  constructor(cluster: ContractCluster, heard: (frame: string) => void) {
    super()
    this.#cluster = cluster
    this.#heard = heard
  }

  get bufferedAmount(): number {
    return this.isSlow ? SLOW_BYTES : 0
  }

  send(frame: string, flushed?: () => void): void {
    this.#heard(frame)
    if (flushed !== undefined) this.#cluster.wait({ kind: 'flush', lane: this, happen: flushed })
  }

  receive(frame: object): void {
    this.emit('message', Buffer.from(JSON.stringify(frame)), false)
  }

  close(): void {
    this.terminate()
  }

  terminate(): void {
    if (this.readyState === this.CLOSED) return
    this.readyState = this.CLOSED
    this.emit('close')
  }
}

export class ContractInstance {
  readonly name: string
  readonly links: { readonly commands: TestLink; readonly subscriber: TestLink }
  /** Something has gone wrong since the channels were subscribed last: what was lost may wait for a heartbeat. */
  #isDisturbed = false
  readonly #cluster: ContractCluster
  readonly #directory: RoomDirectory
  readonly #roomLog: TestRoomLog
  readonly #sockets = new Set<ContractSocket>()

  constructor(name: string, cluster: ContractCluster) {
    this.name = name
    this.#cluster = cluster
    const commands = new TestLink(cluster, async () => {})
    const subscriber = new TestLink(cluster, link => this.#directory.resubscribe(link as never))
    this.links = { commands, subscriber }
    for (const link of [commands, subscriber]) link.on('trouble', () => this.#setDisturbed(true))
    subscriber.on('connected', () => this.#setDisturbed(false))
    this.#roomLog = new TestRoomLog(commands, cluster)
    this.#directory = new RoomDirectory({
      ...{ subscriber, roomLog: this.#roomLog, instance: name, heartbeatMs: HEARTBEAT_MS },
      flushIntervalMs: 0,
      ...{ redisWaitMsMax: REDIS_WAIT_MS, metrics: METRICS, log: LOG },
    } as unknown as RoomDirectoryOptions)
    commands.on('usable', () => void this.#directory.settle())
    commands.connect()
    subscriber.connect()
  }

  /** It calls itself ready, and nothing has gone wrong since: then hints alone keep its rooms at the top. */
  get isUpToDate(): boolean {
    return this.#directory.isSettled && this.links.commands.isUsable && !this.#isDisturbed
  }

  /** Somebody's WebSocket; `heard` gets every frame at the moment of its sending. */
  accept(user: string, heard: (frame: string) => void): ContractSocket {
    const socket = new ContractSocket(this.#cluster, heard)
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    new Connection({
      socket,
      identity: { user, rooms: null, expiresAtMs: null },
      transport: { cork: () => {}, uncork: () => {}, write: () => {} },
      common: {
        ...{ instance: this.name, slowReaderBytesMax: 2 * SLOW_BYTES },
        frameRate: { perSecond: 1_000_000, burst: 1_000_000 },
        limits: { textBytesMax: 100, frameBytesMax: 1000, roomsMax: 3, inFlightMax: IN_FLIGHT_MAX },
        ...{ rooms: this.#directory, presence: { entered: () => {}, left: () => {} }, roomLog: this.#roomLog },
        ...{ commands: this.links.commands, redisWaitMsMax: REDIS_WAIT_MS, metrics: METRICS, log: LOG },
      },
    } as unknown as ConnectionOptions)
    return socket
  }

  /** Without a word; what is on its way to Redis may still run there. */
  kill(): void {
    this.links.commands.kill()
    this.links.subscriber.kill()
    void this.#directory.close()
    for (const socket of [...this.#sockets]) socket.terminate()
  }

  #setDisturbed(isDisturbed: boolean): void {
    this.#isDisturbed = isDisturbed
  }
}

export interface ContractClusterOptions {
  readonly instanceCount: number
  readonly tellsRun: boolean
  /** Hints say where a message is, and not what it is. */
  readonly areHintsBare: boolean
}

export class ContractCluster implements Surroundings {
  readonly server: LogServer
  readonly tellsRun: boolean
  readonly instances: ContractInstance[]
  readonly pending: Pending[] = []
  readonly #areHintsBare: boolean
  #failure: unknown = null

  constructor(server: LogServer, { instanceCount, tellsRun, areHintsBare }: ContractClusterOptions) {
    this.server = server
    this.tellsRun = tellsRun
    this.#areHintsBare = areHintsBare
    this.instances = Array.from({ length: instanceCount }, (_, index) => new ContractInstance(`i${index}`, this))
  }

  get links(): TestLink[] {
    return this.instances.flatMap(({ links }) => [links.commands, links.subscriber])
  }

  /** Keeps what is thrown until {@link demandNoFailure}; the first one counts. */
  judge(check: () => void): void {
    try {
      check()
    } catch (error) {
      this.#failure ??= error
    }
  }

  demandNoFailure(): void {
    if (this.#failure !== null) throw this.#failure
  }

  wait(pending: Pending): void {
    this.pending.push(pending)
  }

  /** Lets one thing happen: the one that was picked, or what has to come before it. */
  pick(index: number): void {
    const picked = this.pending[index % this.pending.length]!
    const first = this.pending.findIndex(({ lane }) => lane !== null && lane === picked.lane)
    const [next] = this.pending.splice(first === -1 ? index % this.pending.length : first, 1)
    next!.happen()
  }

  /** Runs the command that {@link pick} would run, and leaves it to run once more; the answer is that of the last run. */
  runTwice(index: number): void {
    const { lane } = this.pending[index]!
    this.pending.find(pending => pending.lane === lane)!.runUnanswered?.()
  }

  /** The indexes of what is on its way and of this kind. */
  indexes(kind: Pending['kind']): number[] {
    return this.pending.flatMap((pending, index) => (pending.kind === kind ? [index] : []))
  }

  loseHint(index: number): void {
    const [hint] = this.pending.splice(index, 1)
    hint!.link!.emit('trouble')
  }

  /** All that are on their way to one instance. */
  loseHints(instance: number): void {
    const { subscriber } = this.instances[instance]!.links
    for (const index of this.indexes('hint').reverse()) {
      if (this.pending[index]!.link === subscriber) this.loseHint(index)
    }
  }

  /** Runs the script, and puts a hint on its way to every subscriber. */
  publish(run: string, publication: Publication): Published {
    const { appended, ...published } = this.server.publish(run, publication, this.server.candidate())
    if (appended !== null) this.#publishHint(publication.room, appended)
    return published as Published
  }

  /** A restart of Redis; the instances notice it one by one. What they have sent and Redis has not run is gone. */
  restartRedis(lostWrites: number): void {
    this.server.restart(lostWrites)
    for (const link of this.links) {
      const { connection } = link
      if (connection === null || connection.isDead) continue
      connection.isDead = true
      this.wait({ kind: 'notice', lane: null, happen: () => link.connection === connection && link.lose() })
    }
  }

  replace(index: number): void {
    const { name } = this.instances[index]!
    this.instances[index]!.kill()
    this.instances[index] = new ContractInstance(`${name}'`, this)
  }

  close(): void {
    for (const instance of this.instances) instance.kill()
  }

  #publishHint(room: string, { epoch, seq, frame }: LogRecord): void {
    const payload = `${this.#areHintsBare ? 'h' : 'm'} ${epoch} ${seq} 0 elsewhere\n${this.#areHintsBare ? '' : frame}`
    for (const { links } of this.instances) {
      const { connection, redis } = links.subscriber
      if (connection === null || connection.isDead || !connection.channels.has(channelOf(room))) continue
      const happen = () => {
        if (links.subscriber.connection === connection) redis.emit('message', channelOf(room), payload)
      }
      this.wait({ kind: 'hint', lane: null, link: links.subscriber, happen })
    }
  }
}
