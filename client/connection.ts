/**
 * What a client knows of its open socket: whether the other end still lives, and whether the connection has proven itself.
 *
 * After a silence the other end is asked by `ping`; silence after that means that the connection is dead, though TCP may not report it
 * for minutes. The second silence is counted from the question, not from the last frame, so that a host that was asleep itself (a
 * laptop, a paused process) asks first before it gives up.
 */

export interface ConnectionLimits {
  readonly idlePingMs: number
  readonly pongLimitMs: number
  readonly welcomeLimitMs: number
  readonly provenAfterMs: number
}

export type ConnectionHealth = 'alive' | 'no-welcome' | 'silent' | { readonly pingNonce: number }

export class Connection {
  readonly #limits: ConnectionLimits
  readonly #openedAtMs: number
  #heardAtMs: number
  /** Null while no question is open. */
  #askedAtMs: number | null = null
  #nonce = 0
  #welcomedAtMs: number | null = null
  #hasAnsweredJoin = false
  #isBroken = false
  /** The service has announced that it will close. */
  isDraining = false

  constructor(limits: ConnectionLimits, nowMs: number) {
    this.#limits = limits
    this.#openedAtMs = nowMs
    this.#heardAtMs = nowMs
  }

  /** When `check` will have something to say, if nothing is heard until then. */
  get dueAtMs(): number {
    const { idlePingMs, pongLimitMs, welcomeLimitMs } = this.#limits
    if (this.#welcomedAtMs === null) return this.#openedAtMs + welcomeLimitMs
    return this.#askedAtMs === null ? this.#heardAtMs + idlePingMs : this.#askedAtMs + pongLimitMs
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs
    this.#askedAtMs = null
  }

  /** Answers whether it is the first welcome. */
  welcomed(nowMs: number): boolean {
    const isFirst = this.#welcomedAtMs === null
    if (isFirst) this.#welcomedAtMs = nowMs
    return isFirst
  }

  answeredJoin(): void {
    this.#hasAnsweredJoin = true
  }

  /** A room's stream stays broken: whatever else went well, this was no good connection. */
  broke(): void {
    this.#isBroken = true
  }

  /** Good enough for the next backoff to start anew. Accepting a socket and closing it at once is not. */
  hasProvenItself(nowMs: number): boolean {
    if (this.#isBroken || this.#welcomedAtMs === null) return false
    return this.#hasAnsweredJoin || nowMs - this.#welcomedAtMs >= this.#limits.provenAfterMs
  }

  /** A nonce: write a ping with it now. */
  check(nowMs: number): ConnectionHealth {
    if (nowMs < this.dueAtMs) return 'alive'
    if (this.#welcomedAtMs === null) return 'no-welcome'
    if (this.#askedAtMs !== null) return 'silent'
    this.#askedAtMs = nowMs
    this.#nonce += 1
    return { pingNonce: this.#nonce }
  }
}
