/**
 * Configuration by environment variables, all checked at start. A value that cannot be used is a {@link ConfigError} that names
 * every such variable, what was found and what is allowed.
 */

import { hostname } from 'node:os'
import type { Limits } from './protocol.ts'

export interface Config {
  readonly instance: string
  readonly host: string
  readonly port: number
  readonly metricsHost: string
  readonly metricsPort: number
  readonly redisUrl: string
  readonly logLevel: string
  /** Whether somebody without a token may come in under a name of their own choice. */
  readonly guestsAllowed: boolean
  readonly limits: Limits
  /** About how many messages of a room's log are kept. */
  readonly logLengthMax: number
  /** How long the log of a room lives that no instance serves. */
  readonly logExpiryMs: number
  /** How long a sender session is remembered after its last send. */
  readonly sessionExpiryMs: number
  /** How long a send or a join waits for Redis to come back before it is refused. */
  readonly redisWaitMsMax: number
  /** Deadline of every single Redis command. */
  readonly redisCommandMsMax: number
  /** Time between two PINGs on each Redis connection; see `redis-link.ts`. With the deadline of a command it has to stay under 5 s. */
  readonly redisPingMs: number
  /** Time between two looks at the tops of this instance's rooms. Bounds how long a silent loss stays unnoticed. */
  readonly heartbeatMs: number
  /** Unsent bytes of live messages at which a socket is closed as a slow reader. */
  readonly slowReaderBytesMax: number
  /** How long `/readyz` says 503 before anything is closed, so that a balancer has seen it. */
  readonly drainNoticeMs: number
  /** Time over which the closes of a drain are spread, so that the reconnects do not arrive as one wave. */
  readonly drainSpreadMs: number
  /** After this a drain closes what is left and exits with 1. */
  readonly drainMsMax: number
}

/** JSON writes a control character as \\u001f. */
const TEXT_GROWTH_MAX = 6
/** What a `send` has besides its text, rounded up. */
const FRAME_OVERHEAD_BYTES_MAX = 512

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads the configuration, or throws a {@link ConfigError}. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const number = (name: string, fallback: number, min: number, max: number): number => {
    const found = environment[name]
    if (found === undefined || found === '') return fallback
    const value = Number(found)
    if (/^\d+$/.test(found) && value >= min && value <= max) return value
    problems.push(`${name} is "${found}"; a whole number from ${min} to ${max} is allowed`)
    return fallback
  }
  const text = (name: string, fallback: string, pattern: RegExp, allowed: string): string => {
    const found = environment[name]
    if (found === undefined || found === '') return fallback
    if (pattern.test(found)) return found
    problems.push(`${name} is "${found}"; allowed is ${allowed}`)
    return fallback
  }

  const second = 1000
  const hour = 3600 * second
  const config: Config = {
    instance: text('INSTANCE_NAME', hostname(), /^[\w.-]{1,64}$/, 'a name of 1 to 64 letters, digits and . _ -'),
    host: text('HOST', '127.0.0.1', /^\S+$/, 'an address to listen on'),
    port: number('PORT', 8080, 0, 65_535),
    metricsHost: text('METRICS_HOST', '127.0.0.1', /^\S+$/, 'an address to listen on'),
    metricsPort: number('METRICS_PORT', 9090, 0, 65_535),
    redisUrl: text('REDIS_URL', 'redis://127.0.0.1:6379', /^rediss?:\/\/\S+$/, 'redis://… or rediss://…'),
    logLevel: text(
      'LOG_LEVEL',
      'info',
      /^(fatal|error|warn|info|debug|trace|silent)$/,
      'fatal, error, warn, info, debug, trace or silent',
    ),
    guestsAllowed: text('GUESTS', 'deny', /^(allow|deny)$/, 'allow or deny') === 'allow',
    limits: {
      textBytesMax: number('TEXT_BYTES_MAX', 8192, 1, 1_048_576),
      frameBytesMax: number('FRAME_BYTES_MAX', 65_536, 1024, 16_777_216),
      roomsMax: number('ROOMS_MAX', 100, 1, 10_000),
      inFlightMax: number('IN_FLIGHT_MAX', 32, 1, 1000),
    },
    logLengthMax: number('LOG_LENGTH_MAX', 10_000, 1, 10_000_000),
    logExpiryMs: number('LOG_EXPIRY_SECONDS', 7 * 24 * 3600, 60, 366 * 24 * 3600) * second,
    sessionExpiryMs: number('SESSION_EXPIRY_SECONDS', (24 * hour) / second, 60, 366 * 24 * 3600) * second,
    redisWaitMsMax: number('REDIS_WAIT_MS', 5 * second, 0, 60 * second),
    redisCommandMsMax: number('REDIS_COMMAND_MS', 2 * second, 10, 60 * second),
    redisPingMs: number('REDIS_PING_MS', 2 * second, 100, 60 * second),
    heartbeatMs: number('HEARTBEAT_MS', 2500, 100, 3 * second),
    slowReaderBytesMax: number('SLOW_READER_BYTES_MAX', 1_048_576, 65_536, 1_073_741_824),
    drainNoticeMs: number('DRAIN_NOTICE_MS', 0, 0, 60 * second),
    drainSpreadMs: number('DRAIN_SPREAD_MS', 5 * second, 0, 60 * second),
    drainMsMax: number('DRAIN_MS_MAX', 20 * second, 100, 600 * second),
  }
  if (TEXT_GROWTH_MAX * config.limits.textBytesMax + FRAME_OVERHEAD_BYTES_MAX > config.limits.frameBytesMax) {
    problems.push(
      `FRAME_BYTES_MAX is too small for TEXT_BYTES_MAX: every text has to fit into a frame, and JSON makes a control character ${TEXT_GROWTH_MAX} bytes; ` +
        `allowed are ${TEXT_GROWTH_MAX} * TEXT_BYTES_MAX + ${FRAME_OVERHEAD_BYTES_MAX} and more`,
    )
  }
  if (problems.length > 0) throw new ConfigError(`The configuration cannot be used:\n  ${problems.join('\n  ')}`)
  return config
}
