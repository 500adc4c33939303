/** What a client can be told at its birth, and the reasons for the defaults. All times are milliseconds. */

export interface ChatClientOptions {
  /**
   * Name of this client's sender sessions, 1 to 32 of A-Z a-z 0-9 _ -. Must be unique per client and never be used again,
   * so make it random: the service takes two clients of one name for one.
   */
  readonly sender: string
  /** Uniform in [0, 1). `Math.random` in production, something seeded in tests. */
  readonly random: () => number
  readonly backoffBaseMs?: number
  readonly backoffCapMs?: number
  readonly plannedJitterMs?: number
  readonly provenAfterMs?: number
  readonly welcomeLimitMs?: number
  readonly idlePingMs?: number
  readonly pongLimitMs?: number
  readonly answerLimitMs?: number
  readonly sendDeadlineMs?: number
}

export type ChatClientSettings = Required<ChatClientOptions>

export const CLIENT_DEFAULTS = {
  /** Upper end of the first reconnect's delay: short, since most closes are one instance's and another is there. */
  backoffBaseMs: 100,
  /** Upper end of every delay: a cluster that comes back is full again within about this time. */
  backoffCapMs: 5_000,
  /** After an announced close. The service has spread its closes already; this only keeps ties apart. */
  plannedJitterMs: 100,
  /** A connection that lasted this long, or answered a join, has proven itself: the next backoff starts from the base. */
  provenAfterMs: 5_000,
  /** From open socket to `welcome`, which costs the service no look at Redis. */
  welcomeLimitMs: 5_000,
  /** Silence after which the client asks for a sign of life. */
  idlePingMs: 10_000,
  /** Silence after that question until the connection counts as dead. */
  pongLimitMs: 10_000,
  /** A join or send unanswered this long on a live socket: several times the service's own deadlines, so the answer is lost. */
  answerLimitMs: 20_000,
  /** From `send` until it is given up. */
  sendDeadlineMs: 30_000,
} as const

/** Rejoins from one position without getting past it, before the connection is given up: the fault may be the instance's. */
export const REJOINS_MAX = 3

const SENDER_PATTERN = /^[A-Za-z0-9_-]{1,32}$/

/**
 * Fills in the defaults.
 * @throws Error for a sender or a time that is not allowed
 */
export function clientSettings(options: ChatClientOptions): ChatClientSettings {
  if (!SENDER_PATTERN.test(options.sender))
    throw new Error(`sender must be 1 to 32 of A-Z a-z 0-9 _ -, found ${JSON.stringify(options.sender)}`)
  const settings: ChatClientSettings = { ...CLIENT_DEFAULTS, ...options }
  for (const name of Object.keys(CLIENT_DEFAULTS) as (keyof typeof CLIENT_DEFAULTS)[]) {
    if (!(settings[name] >= 0))
      throw new Error(`${name} must be a number of milliseconds, 0 or more, found ${settings[name]}`)
  }
  return settings
}
