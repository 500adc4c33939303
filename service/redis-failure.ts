/** Why a connection to Redis fails, and what an operator has to do about it where it does not go away by itself. */

import { isIP } from 'node:net'
import type { Logger } from 'pino'

export interface Failure {
  /** As the server, Node or the TLS library said it. */
  readonly reason: string
  /** What to check; null where waiting is all that can be done. */
  readonly advice: string | null
  /** Certainly the same at every further try, until somebody has changed something. */
  readonly isRefusal: boolean
}

/** A failure that goes on is logged again after this. */
const REPEAT_LOG_MS = 10_000

/** Logs each failure once and then now and then: while Redis is away there is one five times a second on each connection. */
export class FailureLog {
  readonly #log: Logger
  /** When each was logged last. One cause may be worded in several ways, so what to do about it counts where that is known. */
  readonly #loggedAtMs = new Map<string, number>()

  constructor(log: Logger) {
    this.#log = log
  }

  /** `link` is the role of the connection. With advice it is an error, without it a warning. */
  write({ reason, advice }: Failure, link: string, message: string): void {
    const nowMs = performance.now()
    const cause = advice ?? reason
    if (nowMs - (this.#loggedAtMs.get(cause) ?? Number.NEGATIVE_INFINITY) < REPEAT_LOG_MS) return
    this.#loggedAtMs.set(cause, nowMs)
    if (advice === null) this.#log.warn({ link, reason }, message)
    else this.#log.error({ link, reason, advice }, message)
  }

  /** The connection is usable again; the next failure is news. */
  forget(): void {
    this.#loggedAtMs.clear()
  }
}

/** Codes of Node and OpenSSL for a certificate that is not accepted. */
const CERTIFICATE_CODE = /CERT|^UNABLE_TO_|^ERR_TLS_|^HOSTNAME_MISMATCH$/

interface KnownReply {
  readonly pattern: RegExp
  readonly advice: string
  readonly isRefusal: boolean
}

/** Error replies of Redis and of hosted servers. */
const KNOWN_REPLIES: readonly KnownReply[] = [
  {
    pattern: /WRONGPASS|invalid password/,
    advice:
      'REDIS_URL: Redis does not accept this user with this password. Expected is rediss://user:password@host:port, with the user "default" ' +
      'where you made none; characters such as @ : / # in a password have to be percent-encoded',
    isRefusal: true,
  },
  {
    pattern: /NOAUTH|Authentication required/,
    advice: 'REDIS_URL: Redis wants a password. Expected is rediss://user:password@host:port',
    isRefusal: true,
  },
  {
    pattern: /NOPERM|can't run this command|can't access at least one/,
    advice:
      'The Redis user in REDIS_URL lacks a permission. docs/upstash.md lists the commands, keys and channels that the service uses',
    isRefusal: true,
  },
  {
    pattern: /max number of clients|max concurrent connections/,
    advice: 'Redis has as many connections as it allows. Each instance needs two',
    isRefusal: false,
  },
  {
    pattern: /max (?:daily |monthly )?requests? limit/,
    advice: "The Redis plan's commands are used up. docs/upstash.md says what an instance uses",
    isRefusal: false,
  },
]

/** For everything that keeps a connection from becoming usable. `wasUsable` says whether this address has ever worked. */
export function failureOf(error: Error & { code?: string }, url: string, wasUsable: boolean): Failure {
  const reason =
    error.code === undefined || error.message.includes(error.code) ? error.message : `${error.code}: ${error.message}`
  const known = KNOWN_REPLIES.find(({ pattern }) => pattern.test(error.message))
  if (known !== undefined) return { reason, advice: known.advice, isRefusal: known.isRefusal }
  if (CERTIFICATE_CODE.test(error.code ?? ''))
    return { reason, advice: certificateAdvice(error.code!), isRefusal: true }
  return { reason, advice: wasUsable ? null : addressAdvice(error.code, url), isRefusal: false }
}

function certificateAdvice(code: string): string {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return "Redis' certificate is not valid at this time. Check the clock of this machine, and renew the certificate"
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return "REDIS_URL: the host has to be one of the names in Redis' certificate"
  }
  return (
    "Redis' certificate is signed by nobody that this machine trusts. NODE_EXTRA_CA_CERTS has to name a file with the certificate of " +
    'its authority. Where Redis is a hosted one, its certificate is a public one, and somebody else has answered'
  )
}

/** Only a guess, so that it is told where the address has never worked. */
function addressAdvice(code: string | undefined, url: string): string | null {
  const isTls = url.startsWith('rediss:')
  if (code === 'ENOTFOUND') return 'REDIS_URL: no such host is known here'
  if (code === 'ECONNRESET' && !isTls)
    return 'REDIS_URL: a server that speaks TLS alone ends plain connections; it needs rediss://'
  if ((code === 'ETIMEDOUT' || code?.startsWith('ERR_SSL_')) && isTls) {
    return 'REDIS_URL: nothing answers in TLS at this host and port. A server without TLS needs redis://'
  }
  return null
}

/** What TLS needs to know besides the URL; undefined for a plain connection. */
export function tlsOptionsOf(url: string): { servername?: string } | undefined {
  if (!url.startsWith('rediss:')) return undefined
  const { hostname } = new URL(url)
  // Node does not tell the server by itself which host is wanted, and many hosted servers share one address. An address is not a name.
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: hostname } : {}
}
