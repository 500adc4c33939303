/**
 * When rooms write what has come in for their members: a bounded wait, where more is likely to come and be written at no further cost.
 *
 * A room writes at the end of the turn of the event loop, and messages that come one by one never wait. Where its last write had several, more of
 * them are expected, and it waits for two reasons. Until its interval is over, so that a small busy room costs a bounded number of writes a second,
 * whatever its rate. And for a small share of what the last write took, unless as many are there as last time, so that a large room
 * writes a burst once and not in the pieces in which Redis sent it.
 */

/** Of the time that the last write took. */
const WAIT_SHARE = 1 / 16

export interface Flushable {
  /** Writes what there is; may be called for nothing. */
  flush(): void
  /** Frames that are to be written. */
  readonly pendingFrames: number
  readonly lastFlush: Flush
}

/** A write to all members of a room. */
export interface Flush {
  /** By `performance.now()`. */
  readonly atMs: number
  readonly tookMs: number
  readonly frames: number
}

export class FlushSchedule {
  readonly #intervalMs: number
  #atEndOfTurn: Flushable[] = []

  /** @param intervalMs the longest wait; 0: at the end of each turn */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /** To be called when there is something to write and was nothing before, and when there is as much as last time. */
  request(room: Flushable): void {
    const waitMs = this.#waitMs(room)
    // What has come in by then is read before it is written.
    if (waitMs > 0) setTimeout(() => this.#writeAtEndOfTurn(room), Math.ceil(waitMs))
    else this.#writeAtEndOfTurn(room)
  }

  #waitMs({ pendingFrames, lastFlush: { atMs, tookMs, frames } }: Flushable): number {
    if (frames < 2) return 0
    const restOfInterval = atMs + this.#intervalMs - performance.now()
    return pendingFrames < frames
      ? Math.max(restOfInterval, Math.min(this.#intervalMs, tookMs * WAIT_SHARE))
      : restOfInterval
  }

  #writeAtEndOfTurn(room: Flushable): void {
    if (this.#atEndOfTurn.push(room) === 1) setImmediate(() => this.#endTurn())
  }

  #endTurn(): void {
    const rooms = this.#atEndOfTurn
    this.#atEndOfTurn = []
    for (const room of rooms) room.flush()
  }
}
