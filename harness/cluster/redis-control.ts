/** The Redis of a run: whether it can be stopped and started, and how. */

import { rmSync } from 'node:fs'
import type { Child } from './child.ts'
import { ClusterError, type ClusterOptions } from './cluster.ts'
import { makeRedisFolder, type RedisFolder } from './redis-folder.ts'
import { type RedisServer, startRedis, useRedis } from './redis-server.ts'
import type { RunRecord } from './run-record.ts'

/** A server with little data ends at once; this allows for a busy disk. */
export const REDIS_ENDED_WITHIN_MS = 15_000

export interface RunRedis {
  readonly server: RedisServer
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  start(data: 'kept' | 'lost'): Promise<void>
}

/** A server that belongs to somebody else. */
export class GivenRedis implements RunRedis {
  readonly server: RedisServer
  /** Told to whoever asks to stop or start it. */
  readonly #refusal: string

  constructor(server: RedisServer, refusal: string) {
    this.server = server
    this.#refusal = refusal
  }

  /** The one at `--redis-url`. Throws {@link ClusterError} where it does not answer. */
  static async find(url: string): Promise<GivenRedis> {
    return new GivenRedis(
      await useRedis(url),
      'A Redis server that is given by --redis-url is not stopped or started by the harness. ' +
        'For a scenario that does, leave --redis-url out.',
    )
  }

  stop(): Promise<void> {
    return this.#refuse()
  }

  start(): Promise<void> {
    return this.#refuse()
  }

  #refuse(): Promise<never> {
    return Promise.reject(new ClusterError(this.#refusal))
  }
}

/** A server as a child process. */
export class ChildRedis implements RunRedis, AsyncDisposable {
  readonly folder: RedisFolder
  readonly #options: ClusterOptions
  readonly #port: number
  readonly #record: RunRecord
  #child: Child | null = null
  #server: RedisServer | null = null
  #isRemoved = false

  constructor(options: ClusterOptions, port: number, record: RunRecord) {
    this.#options = options
    this.#port = port
    this.#record = record
    this.folder = makeRedisFolder(options.runId, options.folder)
  }

  /** Once it has been started. */
  get server(): RedisServer {
    return this.#server!
  }

  async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child!
    const ended = child.life.endedWithin(REDIS_ENDED_WITHIN_MS)
    ended.catch(() => {})
    child.kill(signal)
    await ended
  }

  async start(data: 'kept' | 'lost'): Promise<void> {
    if (this.#child?.life.isRunning) throw new Error('Redis is already running.')
    if (this.#isRemoved) throw new Error('Redis is not started, as its cluster is being cleared away.')
    if (data === 'lost') this.#removeData()
    const place = { port: this.#port, folder: this.folder.path }
    this.#server = await startRedis(this.#options, place, this.#record, child => {
      this.#child = child
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isRemoved = true
    await this.#child?.remove()
    // The data are no evidence, the ledger is.
    this.#removeData()
  }

  #removeData(): void {
    rmSync(this.folder.path, { recursive: true, force: true })
  }
}
