/**
 * One connection to Redis that says honestly what became of a command. It never queues while Redis is away, never sends a command
 * twice by itself, and gives every command a deadline.
 *
 * Not handled: Sentinel and Cluster.
 */

import { EventEmitter, once } from 'node:events'
import { Redis } from 'ioredis'
import type { Logger } from 'pino'

/** Reconnecting is tried again after this; Redis is local to the service, so a short fixed wait with no herd is right. */
const RECONNECT_MS = 200
const CONNECT_MS_MAX = 3000
/** A failure to connect that goes on is logged again after this. */
const REPEAT_LOG_MS = 10_000

/** The command certainly did not run. */
export class NotRun extends Error {
  override readonly name = 'NotRun'
}

/** The command may have run. */
export class Unconfirmed extends Error {
  override readonly name = 'Unconfirmed'
}

export interface RedisLinkOptions {
  readonly url: string
  /** For the log and Redis' CLIENT LIST. */
  readonly role: 'commands' | 'subscriber'
  readonly commandMsMax: number
  /** Time between two PINGs. One that has no answer within `commandMsMax` has the connection replaced: it is half-open. */
  readonly pingMs: number
  readonly log: Logger
  /** Runs on each new connection, before it counts as usable. A failure drops the connection. */
  readonly onConnected: (link: RedisLink) => Promise<void>
}

/** Emits `usable` and `lost`. */
export class RedisLink extends EventEmitter<{ usable: []; lost: [] }> {
  readonly redis: Redis
  readonly role: RedisLinkOptions['role']
  /** Identity of the server process, from INFO; '' where the server does not tell. A restart of Redis changes it. */
  runId = ''
  isUsable = false
  reconnects = 0
  readonly #options: RedisLinkOptions
  readonly #pinging: NodeJS.Timeout
  #logged = { reason: '', atMs: 0 }

  constructor(options: RedisLinkOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    this.role = options.role
    this.redis = new Redis(options.url, {
      connectionName: `tuesday-${options.role}`,
      connectTimeout: CONNECT_MS_MAX,
      commandTimeout: options.commandMsMax,
      retryStrategy: () => RECONNECT_MS,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      // With 0, a lost connection settles its commands at once instead of leaving them to their deadlines.
      maxRetriesPerRequest: 0,
    })
    this.redis.on('ready', () => void this.#prepare())
    this.redis.on('close', () => this.#setLost())
    this.redis.on('error', error => this.#logFailure(error.message))
    this.#pinging = setInterval(() => void this.#ping(), options.pingMs)
  }

  /** A connection whose other end is gone without a word takes everything and answers nothing. */
  async #ping(): Promise<void> {
    if (!this.isUsable) return
    try {
      await this.redis.ping()
    } catch (error) {
      if (!this.isUsable) return
      this.#options.log.warn(
        { link: this.role, reason: String(error) },
        'redis connection does not answer; replacing it',
      )
      this.#setLost()
      this.redis.disconnect(true)
      // It would wait for an answer to its FIN, which does not come either.
      this.redis.stream.destroy()
    }
  }

  /** Once for each reason and then now and then: while Redis is away there is a failure five times a second. */
  #logFailure(reason: string): void {
    const nowMs = performance.now()
    if (reason === this.#logged.reason && nowMs - this.#logged.atMs < REPEAT_LOG_MS) return
    this.#logged = { reason, atMs: nowMs }
    this.#options.log.warn({ link: this.role, reason }, 'redis connection failed')
  }

  async #prepare(): Promise<void> {
    const { log, role, onConnected } = this.#options
    try {
      this.runId = await this.#readRunId()
      await onConnected(this)
      if (this.redis.status !== 'ready') return
      this.isUsable = true
      this.#logged = { reason: '', atMs: 0 }
      log.info({ link: role, run: this.runId }, 'redis connection usable')
      this.emit('usable')
    } catch (error) {
      log.warn({ link: role, reason: String(error) }, 'redis connection could not be prepared')
      this.redis.disconnect(true)
    }
  }

  async #readRunId(): Promise<string> {
    try {
      const info = await this.redis.info('server')
      return /^run_id:(\w+)/m.exec(info)?.[1] ?? ''
    } catch (error) {
      // Some hosted servers do not allow INFO; a lost write is then found by the known top alone.
      if (isReplyError(error)) return ''
      throw error
    }
  }

  #setLost(): void {
    if (!this.isUsable) return
    this.isUsable = false
    this.reconnects++
    this.emit('lost')
  }

  /** Resolves with true once the link is usable, or with false after `msMax`. */
  async waitUntilUsable(msMax: number): Promise<boolean> {
    if (this.isUsable) return true
    try {
      // AbortSignal.timeout throws on a fraction of a millisecond.
      await once(this, 'usable', { signal: AbortSignal.timeout(Math.ceil(msMax)) })
      return true
    } catch {
      return false
    }
  }

  /** Runs a command now, and tells a command that certainly did not run ({@link NotRun}) from one that may have ({@link Unconfirmed}). */
  async run<Reply>(command: (redis: Redis) => Promise<Reply>): Promise<Reply> {
    if (!this.isUsable) throw new NotRun('Redis is away')
    try {
      return await command(this.redis)
    } catch (error) {
      // Both scripts check everything before their first write, so an error that Redis itself answers means: nothing was written.
      if (isReplyError(error) || isNeverWritten(error)) throw new NotRun(String(error))
      throw new Unconfirmed(String(error))
    }
  }

  close(): void {
    clearInterval(this.#pinging)
    this.isUsable = false
    this.redis.disconnect()
  }
}

function isReplyError(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError'
}

function isNeverWritten(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Stream isn't writeable")
}
