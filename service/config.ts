/**
 * Configuration by environment variables, all checked at start. A value that cannot be used is a {@link ConfigError} that names
 * every such variable, what was found and what is allowed.
 */

import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { type Environment, EnvironmentReader } from './environment.ts'
import type { Limits } from './protocol.ts'
import { readTokenKey, type TokenKey } from './token-key.ts'

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
  /** Null where no tokens are taken. */
  readonly tokenKey: TokenKey | null
  /** Origins of pages that may connect, besides pages of the very host that they connect to; `*` for all. */
  readonly origins: readonly string[]
  /** Addresses, networks or 'loopback' and the like whose X-Forwarded headers are believed, see `trustProxy` of Fastify. */
  readonly trustedProxies: readonly string[]
  readonly connectionsMax: number
  /** Connections of one user on this instance. */
  readonly connectionsPerUserMax: number
  /** Frames that a connection may send, and messages that a user may publish over HTTP, in the long run and at once. */
  readonly framesPerSecond: number
  readonly framesBurst: number
  /** From the first byte of a request or handshake until its headers are complete. */
  readonly handshakeMsMax: number
  /** Silence of a client after which it is asked for a sign of life. */
  readonly idlePingMs: number
  /** Silence after which the socket is closed. */
  readonly idleMsMax: number
  /** How long an Idempotency-Key is remembered. */
  readonly idempotencyExpiryMs: number
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
  /** Time between two writes of a busy room to its members. Bounds how late a message is for the sake of those that come with it. */
  readonly flushIntervalMs: number
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
export function readConfig(environment: Environment): Config {
  const reader = new EnvironmentReader(environment)
  const second = 1000
  const day = 24 * 3600
  const config: Config = {
    instance: reader.text('INSTANCE_NAME', hostname(), /^[\w.-]{1,64}$/, 'a name of 1 to 64 letters, digits and . _ -'),
    host: reader.text('HOST', '127.0.0.1', /^\S+$/, 'an address to listen on'),
    port: reader.number('PORT', 8080, 0, 65_535),
    metricsHost: reader.text('METRICS_HOST', '127.0.0.1', /^\S+$/, 'an address to listen on'),
    metricsPort: reader.number('METRICS_PORT', 9090, 0, 65_535),
    redisUrl: reader.text('REDIS_URL', 'redis://127.0.0.1:6379', /^rediss?:\/\/\S+$/, 'redis://… or rediss://…'),
    logLevel: reader.text(
      'LOG_LEVEL',
      'info',
      /^(fatal|error|warn|info|debug|trace|silent)$/,
      'fatal, error, warn, info, debug, trace or silent',
    ),
    guestsAllowed: reader.text('GUESTS', 'deny', /^(allow|deny)$/, 'allow or deny') === 'allow',
    tokenKey: readTokenKey(reader),
    origins: reader.list('ORIGINS', isOrigin, 'an origin like https://chat.example.org, or *'),
    trustedProxies: reader.list(
      'TRUSTED_PROXIES',
      isProxy,
      'an address, a network like 10.0.0.0/8, loopback, linklocal or uniquelocal',
    ),
    connectionsMax: reader.number('CONNECTIONS_MAX', 10_000, 1, 1_000_000),
    connectionsPerUserMax: reader.number('CONNECTIONS_PER_USER_MAX', 100, 1, 1_000_000),
    framesPerSecond: reader.number('FRAMES_PER_SECOND', 50, 1, 1_000_000),
    framesBurst: reader.number('FRAMES_BURST', 400, 1, 1_000_000),
    handshakeMsMax: reader.number('HANDSHAKE_MS', 10 * second, 100, 120 * second),
    idlePingMs: reader.number('IDLE_PING_MS', 25 * second, 100, 600 * second),
    idleMsMax: reader.number('IDLE_MS_MAX', 60 * second, 200, 3600 * second),
    idempotencyExpiryMs: reader.number('IDEMPOTENCY_EXPIRY_SECONDS', day, 60, 366 * day) * second,
    limits: {
      textBytesMax: reader.number('TEXT_BYTES_MAX', 8192, 1, 1_048_576),
      frameBytesMax: reader.number('FRAME_BYTES_MAX', 65_536, 1024, 16_777_216),
      roomsMax: reader.number('ROOMS_MAX', 100, 1, 10_000),
      inFlightMax: reader.number('IN_FLIGHT_MAX', 32, 1, 1000),
    },
    logLengthMax: reader.number('LOG_LENGTH_MAX', 10_000, 1, 10_000_000),
    logExpiryMs: reader.number('LOG_EXPIRY_SECONDS', 7 * day, 60, 366 * day) * second,
    sessionExpiryMs: reader.number('SESSION_EXPIRY_SECONDS', day, 60, 366 * day) * second,
    redisWaitMsMax: reader.number('REDIS_WAIT_MS', 5 * second, 0, 60 * second),
    redisCommandMsMax: reader.number('REDIS_COMMAND_MS', 2 * second, 10, 60 * second),
    redisPingMs: reader.number('REDIS_PING_MS', 2 * second, 100, 60 * second),
    heartbeatMs: reader.number('HEARTBEAT_MS', 2500, 100, 3 * second),
    flushIntervalMs: reader.number('FLUSH_INTERVAL_MS', 3, 0, 100),
    slowReaderBytesMax: reader.number('SLOW_READER_BYTES_MAX', 1_048_576, 65_536, 1_073_741_824),
    drainNoticeMs: reader.number('DRAIN_NOTICE_MS', 0, 0, 60 * second),
    drainSpreadMs: reader.number('DRAIN_SPREAD_MS', 5 * second, 0, 60 * second),
    drainMsMax: reader.number('DRAIN_MS_MAX', 20 * second, 100, 600 * second),
  }
  const problems = [...reader.problems, ...contradictionsOf(config)]
  if (problems.length > 0) throw new ConfigError(`The configuration cannot be used:\n  ${problems.join('\n  ')}`)
  return config
}

function isOrigin(item: string): boolean {
  return item === '*' || (/^https?:/.test(item) && URL.canParse(item) && new URL(item).origin === item)
}

/** What Fastify's `trustProxy` takes. */
function isProxy(item: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(item)) return true
  const [address = '', bits, ...rest] = item.split('/')
  const bitsMax = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!
  return rest.length === 0 && bitsMax > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax))
}

/** Values that are allowed each by itself and not together. */
function contradictionsOf(config: Config): string[] {
  const { limits, idlePingMs, idleMsMax, drainNoticeMs, drainSpreadMs, drainMsMax, framesBurst } = config
  const problems: string[] = []
  if (TEXT_GROWTH_MAX * limits.textBytesMax + FRAME_OVERHEAD_BYTES_MAX > limits.frameBytesMax) {
    problems.push(
      `FRAME_BYTES_MAX is too small for TEXT_BYTES_MAX: every text has to fit into a frame, and JSON makes a control character ${TEXT_GROWTH_MAX} bytes; ` +
        `allowed are ${TEXT_GROWTH_MAX} * TEXT_BYTES_MAX + ${FRAME_OVERHEAD_BYTES_MAX} and more`,
    )
  }
  if (idleMsMax < 2 * idlePingMs) {
    problems.push(
      'IDLE_MS_MAX is too short for IDLE_PING_MS: a client needs time to answer; allowed is twice as much and more',
    )
  }
  if (framesBurst < limits.roomsMax + limits.inFlightMax) {
    problems.push(
      'FRAMES_BURST is too small for ROOMS_MAX and IN_FLIGHT_MAX: a client that comes back joins all of its rooms and sends again at once; ' +
        'allowed is their sum and more',
    )
  }
  if (drainNoticeMs + drainSpreadMs >= drainMsMax) {
    problems.push('DRAIN_MS_MAX is too short: it has to be longer than DRAIN_NOTICE_MS and DRAIN_SPREAD_MS together')
  }
  return problems
}
