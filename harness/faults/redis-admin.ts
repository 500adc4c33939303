/** A connection to the run's Redis server, for whoever looks at it or changes its settings. */

import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'

export interface RedisAdmin {
  /** The server's incarnation, another one after each start. Throws where it does not answer. */
  runId(): Promise<string>
  /** Writes a key of the harness's own that goes by itself after an hour, and resolves with its name. Throws where that is refused. */
  write(): Promise<string>
  has(key: string): Promise<boolean>
  remove(key: string): Promise<void>
  /** Bytes that count against `maxmemory`. */
  usedMemory(): Promise<number>
  /** A setting of the server. */
  get(setting: string): Promise<string>
  set(setting: string, value: string): Promise<void>
  /** What its latency monitor has noted since its start; nothing where that is off. */
  latencies(): Promise<LatencyHistory[]>
  close(): void
}

export interface LatencyHistory {
  /** In the monitor's words, such as `aof-fsync-always`, `fork` or `command`. */
  readonly cause: string
  /** Seconds of the Unix time, and the longest pause in each, in milliseconds. */
  readonly pauses: readonly (readonly [second: number, ms: number])[]
}

/** The server is on this machine; one that takes longer does not answer. */
const ANSWER_MS_MAX = 2_000
/** Should the harness be killed, its key does not stay for ever on a server that does. */
const KEY_SECONDS = 3_600

/** Connects with the first command. Each command has its time, and none is sent twice. */
export function openRedisAdmin(url: string): RedisAdmin {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_MS_MAX,
    commandTimeout: ANSWER_MS_MAX,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => null,
  })
  // What it says is said by the command that fails.
  redis.on('error', () => {})
  return {
    runId: async () => field(await redis.info('server'), 'run_id'),
    async write() {
      const key = `tuesday-harness:${randomBytes(8).toString('hex')}`
      await redis.set(key, '1', 'EX', KEY_SECONDS)
      return key
    },
    has: async key => (await redis.exists(key)) === 1,
    async remove(key) {
      await redis.del(key)
    },
    usedMemory: async () => Number(field(await redis.info('memory'), 'used_memory')),
    async get(setting) {
      const [, value] = (await redis.config('GET', setting)) as string[]
      if (value === undefined) throw new Error(`Redis has no setting ${setting}`)
      return value
    },
    async set(setting, value) {
      await redis.config('SET', setting, value)
    },
    async latencies() {
      const latest = (await redis.call('LATENCY', 'LATEST')) as [cause: string][]
      return Promise.all(
        latest.map(async ([cause]) => ({
          cause,
          pauses: (await redis.call('LATENCY', 'HISTORY', cause)) as LatencyHistory['pauses'],
        })),
      )
    },
    close: () => redis.disconnect(),
  }
}

/** One field of the text of INFO. */
function field(info: string, name: string): string {
  const value = new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
  if (value === undefined) throw new Error(`INFO of Redis has no ${name}`)
  return value
}
