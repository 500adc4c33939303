/** One direction of a proxied connection. */

import type { Socket } from 'node:net'

export interface LaneFault {
  /** Added to every chunk. Chunks keep their order. */
  readonly latencyMs: number
  /** Nothing is read or written until this is false again. */
  readonly isBlackHole: boolean
}

/** Delayed bytes per lane beyond which nothing more is read. */
const DELAYED_BYTES_MAX = 4 * 1024 * 1024

interface Delayed {
  /** Null: the end of the stream. */
  readonly chunk: Buffer | null
  readonly dueAtMs: number
}

export class Lane {
  readonly #from: Socket
  readonly #to: Socket
  #fault: LaneFault
  #delayed: Delayed[] = []
  #delayedBytes = 0
  #timer: NodeJS.Timeout | null = null
  #isSinkFull = false

  constructor(from: Socket, to: Socket, fault: LaneFault) {
    this.#from = from
    this.#to = to
    this.#fault = fault
    from.on('data', chunk => this.#receive(chunk))
    from.on('end', () => this.#receive(null))
    from.once('close', () => this.#stopTimer())
    to.on('drain', () => {
      this.#isSinkFull = false
      this.#flush()
    })
    this.#steer()
  }

  /** A latency that gets shorter does not let later chunks overtake earlier ones. */
  set(fault: LaneFault): void {
    this.#fault = fault
    this.#flush()
  }

  #receive(chunk: Buffer | null): void {
    if (this.#delayed.length === 0 && this.#fault.latencyMs === 0 && !this.#fault.isBlackHole && !this.#isSinkFull) {
      this.#write(chunk)
    } else {
      this.#delayed.push({ chunk, dueAtMs: performance.now() + this.#fault.latencyMs })
      this.#delayedBytes += chunk?.length ?? 0
      this.#flush()
    }
    this.#steer()
  }

  #write(chunk: Buffer | null): void {
    if (chunk === null) this.#to.end()
    else if (!this.#to.write(chunk)) this.#isSinkFull = true
  }

  #flush(): void {
    this.#stopTimer()
    while (this.#delayed.length > 0 && !this.#fault.isBlackHole && !this.#isSinkFull) {
      const waitMs = this.#fault.latencyMs === 0 ? 0 : this.#delayed[0]!.dueAtMs - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), Math.ceil(waitMs))
        break
      }
      const { chunk } = this.#delayed.shift()!
      this.#delayedBytes -= chunk?.length ?? 0
      this.#write(chunk)
    }
    this.#steer()
  }

  /** Reads only what can be passed on or is to be delayed, so that the sender feels a full or broken link. */
  #steer(): void {
    const { isBlackHole } = this.#fault
    if (isBlackHole || this.#isSinkFull || this.#delayedBytes > DELAYED_BYTES_MAX) this.#from.pause()
    else this.#from.resume()
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
