/**
 * One connection to Redis that says honestly what became of a command. It never queues while Redis is away, never sends a command
 * twice by itself, and gives every command a deadline.
 *
 * Not handled: Sentinel and Cluster.
 */

import { EventEmitter, once } from 'node:events'
import { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { type Failure, type FailureLog, failureOf, tlsOptionsOf } from './redis-failure.ts'

/** Reconnecting is tried again after this; Redis is local to the service, so a short fixed wait with no herd is right. */
const RECONNECT_MS = 200
/** And after this where Redis has refused the connection for good: somebody has to change something first, and hosted servers bill each try. */
const REFUSED_RECONNECT_MS = 5000
const CONNECT_MS_MAX = 3000

/** The command certainly did not run. */
export class NotRun extends Error {
  override readonly name = 'NotRun'
}

/** The command may have run. */
export class Unconfirmed extends Error {
  override readonly name = 'Unconfirmed'
}

export const LINK_ROLES = ['commands', 'subscriber'] as const
export type LinkRole = (typeof LINK_ROLES)[number]

/** What is known of a command that failed: {@link NotRun} or {@link Unconfirmed}. */
export const FAILURE_OUTCOMES = ['not_run', 'unconfirmed'] as const
export type FailureOutcome = (typeof FAILURE_OUTCOMES)[number]

export interface RedisLinkOptions {
  readonly url: string
  /** For the log and Redis' CLIENT LIST. */
  readonly role: LinkRole
  readonly commandMsMax: number
  /**
   * A PING is sent when nothing has come in for this long. One that has no answer within `commandMsMax` has the connection replaced: it is
   * half-open.
   */
  readonly pingMs: number
  readonly log: Logger
  /** One for all links of an instance: they have one URL, and one line is enough. */
  readonly failureLog: FailureLog
  /** Runs on each new connection, before it counts as usable. A failure drops the connection. */
  readonly onConnected: (link: RedisLink) => Promise<void>
}

/** Emits `usable`, `lost`, and `failed` for each command that throws. */
export class RedisLink extends EventEmitter<{ usable: []; lost: []; failed: [FailureOutcome] }> {
  readonly redis: Redis
  readonly role: LinkRole
  /** Identity of the server process, from INFO; '' where the server does not tell. A restart of Redis changes it. */
  runId = ''
  isUsable = false
  reconnects = 0
  readonly #options: RedisLinkOptions
  /** Fires when nothing has come in for `pingMs`. */
  #watch: NodeJS.Timeout
  /** A reply or a message proves the connection as well as the answer to a PING does, and hosted servers bill PINGs. */
  #heardAtMs = 0
  #isCorked = false
  #isPinging = false
  #wasUsable = false
  #isRefused = false
  /** Whether this try to connect has told why it ends. */
  #hasFailed = false
  #isClosed = false

  constructor(options: RedisLinkOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    this.role = options.role
    this.redis = new Redis(options.url, {
      connectionName: `tuesday-${options.role}`,
      tls: tlsOptionsOf(options.url),
      connectTimeout: CONNECT_MS_MAX,
      commandTimeout: options.commandMsMax,
      retryStrategy: () => (this.#isRefused ? REFUSED_RECONNECT_MS : RECONNECT_MS),
      // Inside a script, what HGETALL and the like answer has one form in RESP2, on whatever server; channels gain from RESP3.
      protocol: options.role === 'commands' ? 2 : 3,
      enableOfflineQueue: false,
      // It would write to the console where INFO is not allowed; whether the server is loading is looked at below.
      enableReadyCheck: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      // With 0, a lost connection settles its commands at once instead of leaving them to their deadlines.
      maxRetriesPerRequest: 0,
    })
    this.redis.on('connect', () => {
      this.#hasFailed = false
      this.redis.stream.on('data', () => {
        this.#heardAtMs = performance.now()
      })
    })
    this.redis.on('ready', () => void this.#prepare())
    this.redis.on('close', () => this.#setClosed())
    this.redis.on('error', error => this.#fail(error))
    this.#watch = setTimeout(() => void this.#pingIfSilent(), options.pingMs)
  }

  async #pingIfSilent(): Promise<void> {
    const { pingMs } = this.#options
    const silentMs = () => performance.now() - this.#heardAtMs
    if (silentMs() >= pingMs) await this.#ping()
    if (this.#isClosed) return
    const waitMs = this.isUsable ? Math.max(1, Math.ceil(pingMs - silentMs())) : pingMs
    this.#watch = setTimeout(() => void this.#pingIfSilent(), waitMs)
  }

  /** A connection whose other end is gone without a word takes everything and answers nothing. */
  async #ping(): Promise<void> {
    if (!this.isUsable || this.#isPinging) return
    this.#isPinging = true
    try {
      await this.redis.ping()
    } catch (error) {
      if (!this.isUsable) return
      this.#options.log.warn(
        { link: this.role, reason: String(error) },
        'redis connection does not answer; replacing it',
      )
      this.#setLost()
      this.#hasFailed = true
      this.redis.disconnect(true)
      // It would wait for an answer to its FIN, which does not come either.
      this.redis.stream.destroy()
    } finally {
      this.#isPinging = false
    }
  }

  #fail(error: Error): void {
    this.#hasFailed = true
    const failure = failureOf(error, this.#options.url, this.#wasUsable)
    this.#isRefused = failure.isRefusal
    this.#logFailure(failure, 'redis connection failed')
  }

  #logFailure(failure: Failure, message: string): void {
    this.#options.failureLog.write(failure, this.role, message)
  }

  async #prepare(): Promise<void> {
    const { log, role, onConnected } = this.#options
    try {
      const info = await this.#readInfo()
      if (/^loading:1/m.test(info)) throw new Error('Redis is loading its data')
      this.runId = /^run_id:(\w+)/m.exec(info)?.[1] ?? ''
      await onConnected(this)
      if (this.redis.status !== 'ready') return
      this.isUsable = true
      this.#wasUsable = true
      this.#isRefused = false
      this.#options.failureLog.forget()
      log.info({ link: role, run: this.runId }, 'redis connection usable')
      this.emit('usable')
    } catch (error) {
      this.#fail(error as Error)
      this.redis.disconnect(true)
    }
  }

  async #readInfo(): Promise<string> {
    try {
      return await this.redis.info()
    } catch (error) {
      // Some hosted servers do not allow INFO; a lost write is then found by the known top alone.
      if (isReplyError(error)) return ''
      throw error
    }
  }

  #setClosed(): void {
    if (!this.isUsable && !this.#hasFailed && !this.#isClosed) {
      this.#fail(Object.assign(new Error('the connection was closed before it was usable'), { code: 'ECONNRESET' }))
    }
    this.#hasFailed = false
    this.#setLost()
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
    if (!this.isUsable) {
      this.emit('failed', 'not_run')
      throw new NotRun('Redis is away')
    }
    this.#corkForThisTick()
    try {
      return await command(this.redis)
    } catch (error) {
      // Both scripts check everything before their first write, so an error that Redis itself answers means: nothing was written.
      if (isReplyError(error)) this.#logRefusal(error)
      const isNotRun = isReplyError(error) || isNeverWritten(error)
      this.emit('failed', isNotRun ? 'not_run' : 'unconfirmed')
      if (isNotRun) throw new NotRun(String(error))
      // A connection that is broken in one direction alone still brings messages in, and never falls silent.
      if (isTimeout(error)) void this.#ping()
      throw new Unconfirmed(String(error))
    }
  }

  /** Commands that are run together go out as one write. */
  #corkForThisTick(): void {
    if (this.#isCorked) return
    this.#isCorked = true
    const { stream } = this.redis
    stream.cork()
    process.nextTick(() => {
      this.#isCorked = false
      stream.uncork()
    })
  }

  /** That somebody flushed the scripts is mended where they are run. */
  #logRefusal(error: Error): void {
    if (error.message.startsWith('NOSCRIPT')) return
    this.#logFailure(failureOf(error, this.#options.url, true), 'redis refused a command')
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#watch)
    this.isUsable = false
    this.redis.disconnect()
  }
}

function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}

function isNeverWritten(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Stream isn't writeable")
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Command timed out'
}
