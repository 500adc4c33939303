/**
 * Lets few connections be opened at once, so that the sends of a load worker keep their time while hundreds of its clients reconnect.
 * An opening handshake costs the generator some 0.4 ms; a whole storm of them in one turn of the event loop would delay everything else by
 * as much as it takes in sum, which this does not lengthen.
 */

/** About 3 ms of work. */
const OPENING_MAX = 8
/** A handshake that takes longer waits for the other end and costs nothing here: it does not hold up others. */
const HELD_MS_MAX = 50

export class ConnectGate {
  readonly #waiting: (() => void)[] = []
  #opening = 0

  /** Calls `open` once there is room, perhaps at once; `open` is given what to call when its connection is open or has failed. */
  enter(open: (release: () => void) => void): void {
    this.#waiting.push(() => {
      let isHeld = true
      const release = () => {
        if (!isHeld) return
        isHeld = false
        clearTimeout(timer)
        this.#opening--
        // In a turn of its own, so that what has come in meanwhile is handled in between.
        setImmediate(() => this.#admit())
      }
      const timer = setTimeout(release, HELD_MS_MAX)
      open(release)
    })
    this.#admit()
  }

  #admit(): void {
    while (this.#opening < OPENING_MAX && this.#waiting.length > 0) {
      this.#opening++
      this.#waiting.shift()!()
    }
  }
}
