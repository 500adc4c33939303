/**
 * When rooms write what has come in for their members: a bounded wait, where more is likely to come and be written at no further cost.
 *
 * A room writes at the end of the turn of the event loop. It waits where it has just written, until its interval is over, so that a small busy
 * room costs a bounded number of writes a second, whatever its rate. And where its last write had several messages it waits for a share of
 * what that write took: a large room under load then writes a burst once and not in pieces, while messages that come one by one never wait.
 */

/** Of the time that the last write took. */
const WAIT_SHARE = 1 / 16

export interface Flushable {
  /** Writes what there is; may be called for nothing. */
  flush(): void
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

  /** To be called when there is something to write and was nothing before. */
  request(room: Flushable): void {
    const waitMs = this.#waitMs(room.lastFlush)
    // What has come in by then is read before it is written.
    if (waitMs > 0) setTimeout(() => this.#writeAtEndOfTurn(room), Math.ceil(waitMs))
    else this.#writeAtEndOfTurn(room)
  }

  #waitMs({ atMs, tookMs, frames }: Flush): number {
    const restOfInterval = atMs + this.#intervalMs - performance.now()
    return frames > 1 ? Math.max(restOfInterval, Math.min(this.#intervalMs, tookMs * WAIT_SHARE)) : restOfInterval
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
