/** Who makes a request, and whether he may: the same door as for sockets, the rooms of the token, and a rate for each user. */

import type { FastifyRequest } from 'fastify'
import type { Door } from './door.ts'
import { HttpRefusal } from './http-errors.ts'
import { type Identity, mayEnter } from './identity.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

/** Buckets are looked through for full ones, which say nothing, when so many more have come. */
const SWEEP_AFTER = 1000

export class HttpCallers {
  readonly #door: Door
  readonly #rate: Rate
  readonly #buckets = new Map<string, TokenBucket>()
  #sweepAtSize = SWEEP_AFTER

  constructor(door: Door, rate: Rate) {
    this.#door = door
    this.#rate = rate
  }

  /** Throws an {@link HttpRefusal} where this caller may not come in, not into this room, or not now. */
  admit(request: FastifyRequest, room: string): Identity {
    const { guest } = request.query as { guest?: string }
    const entry = this.#door.admit({ token: bearerOf(request), guest })
    if ('refusal' in entry) {
      throw new HttpRefusal(entry.refusal === 'badToken' ? 'bad-token' : 'bad-name', entry.message)
    }
    if (!mayEnter(entry, room)) throw new HttpRefusal('forbidden')
    this.#take(entry.user)
    return entry
  }

  #take(user: string): void {
    const nowMs = performance.now()
    let bucket = this.#buckets.get(user)
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#sweepAtSize) this.#sweep(nowMs)
      bucket = new TokenBucket(this.#rate, nowMs)
      this.#buckets.set(user, bucket)
    }
    if (bucket.take(nowMs) !== 'admitted') throw new HttpRefusal('too-fast', undefined, bucket.waitMs(nowMs))
  }

  #sweep(nowMs: number): void {
    for (const [user, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(user)
    this.#sweepAtSize = this.#buckets.size + SWEEP_AFTER
  }
}

/** RFC 6750 section 2.1; null where there is none. */
function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
}
