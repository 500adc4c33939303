/**
 * When rooms write what has come in for their members. A room that has been quiet writes at the end of the turn of the event loop, so that the
 * messages of one turn are one write to each socket. One that has just written waits until its interval is over: a busy room then costs a
 * bounded number of writes a second, whatever its rate, and is late by no more than the interval.
 */

export interface Flushable {
  /** Writes what there is; may be called for nothing. */
  flush(): void
  /** When it wrote last, by `performance.now()`. */
  readonly flushedAtMs: number
}

export class FlushSchedule {
  readonly #intervalMs: number
  #atEndOfTurn: Flushable[] = []

  /** @param intervalMs 0: at the end of each turn */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /** To be called when there is something to write and was nothing before. */
  request(room: Flushable): void {
    const waitMs = room.flushedAtMs + this.#intervalMs - performance.now()
    if (waitMs > 0) setTimeout(() => room.flush(), Math.ceil(waitMs))
    else if (this.#atEndOfTurn.push(room) === 1) setImmediate(() => this.#endTurn())
  }

  #endTurn(): void {
    const rooms = this.#atEndOfTurn
    this.#atEndOfTurn = []
    for (const room of rooms) room.flush()
  }
}
