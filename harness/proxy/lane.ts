/** One direction of a proxied connection: what comes from one socket goes to the other, in order, as late as its faults say. */

import type { Socket } from 'node:net'
import { compose, type LaneCondition, type LaneFault, type Passage } from './link-fault.ts'

/** Held bytes of a lane with latency beyond which nothing more is read: 100 ms at 40 MB/s. */
const DELAYED_BYTES_MAX = 4 * 1024 * 1024
/** Held bytes of a black hole or a narrow link: enough to show that something was held, and the sender soon feels full buffers. */
const STALLED_BYTES_MAX = 64 * 1024
/** A narrow link is never this far ahead of its rate, and catches up as much after a timer that came late. */
const BURST_MS = 20

interface Held {
  readonly passage: Passage
  /** Or when everything before it has gone, where that is later. */
  dueAtMs: number
}

export class Lane {
  readonly #from: Socket
  readonly #to: Socket
  #faults: readonly LaneFault[] = []
  #condition: LaneCondition = compose([])
  #isClear = true
  #held: Held[] = []
  #heldBytes = 0
  /** When a narrow link can take the next bytes. */
  #freeAtMs = 0
  #timer: NodeJS.Timeout | null = null
  #isSinkFull = false
  #isReading = true

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
    from.on('data', chunk => this.#receive(chunk))
    from.once('end', () => this.#receive('end'))
    // Also where a write has failed: the other end has gone.
    from.on('error', () => this.#receive('reset'))
    to.on('drain', () => {
      this.#isSinkFull = false
      this.#flush()
    })
    to.once('close', () => this.#stop())
  }

  /** All faults of the lane from now on. What was held for longer than they would hold it now is let go; nothing overtakes. */
  set(faults: readonly LaneFault[]): void {
    const { bytesPerSecond } = this.#condition
    this.#faults = faults
    this.#condition = compose(faults.map(({ direction }) => direction))
    this.#isClear = faults.length === 0
    const nowMs = performance.now()
    if (this.#condition.bytesPerSecond !== bytesPerSecond) this.#freeAtMs = nowMs
    for (const held of this.#held) held.dueAtMs = Math.min(held.dueAtMs, nowMs + this.#delayMsMax(held.passage))
    this.#flush()
  }

  #receive(passage: Passage): void {
    if (this.#isClear && this.#held.length === 0 && !this.#isSinkFull) {
      this.#pass(passage)
      if (this.#isSinkFull) this.#steer()
      return
    }
    const bytes = lengthOf(passage)
    for (const fault of this.#faults) fault.onHeld(passage)
    this.#held.push({ passage, dueAtMs: performance.now() + this.#delayMs(passage) })
    this.#heldBytes += bytes
    this.#flush()
  }

  #delayMs(passage: Passage): number {
    let delayMs = passage === 'end' ? this.#condition.closeDelayMs : 0
    for (const { direction, random } of this.#faults) {
      const { latencyMs = 0, jitterMs = 0 } = direction
      delayMs += latencyMs + (jitterMs === 0 ? 0 : random() * jitterMs)
    }
    return delayMs
  }

  #delayMsMax(passage: Passage): number {
    const { latencyMs, jitterMs, closeDelayMs } = this.#condition
    return latencyMs + jitterMs + (passage === 'end' ? closeDelayMs : 0)
  }

  #flush(): void {
    this.#stopTimer()
    const { isBlackHole, bytesPerSecond } = this.#condition
    while (this.#held.length > 0 && !isBlackHole && !this.#isSinkFull) {
      const nowMs = performance.now()
      const waitMs = Math.max(this.#held[0]!.dueAtMs, this.#freeAtMs) - nowMs
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), Math.ceil(waitMs))
        break
      }
      const passage = this.#take(bytesPerSecond)
      this.#freeAtMs = Math.max(this.#freeAtMs, nowMs - BURST_MS) + (lengthOf(passage) / bytesPerSecond) * 1000
      this.#pass(passage)
    }
    this.#steer()
  }

  /** The first of what is held, or as much of it as a narrow link takes at once. */
  #take(bytesPerSecond: number): Passage {
    const { passage, dueAtMs } = this.#held[0]!
    const bytesMax = Math.max(1, Math.floor((bytesPerSecond * BURST_MS) / 1000))
    if (typeof passage === 'string' || passage.length <= bytesMax) {
      this.#held.shift()
      this.#heldBytes -= lengthOf(passage)
      return passage
    }
    this.#held[0] = { passage: passage.subarray(bytesMax), dueAtMs }
    this.#heldBytes -= bytesMax
    return passage.subarray(0, bytesMax)
  }

  #pass(passage: Passage): void {
    if (this.#to.destroyed) return // Nobody is there any more; the other lane tells the sender.
    if (passage === 'end') this.#to.end()
    else if (passage === 'reset') resetSocket(this.#to)
    else if (!this.#to.write(passage)) this.#isSinkFull = true
  }

  /** Reads only what can be passed on or is to be delayed, so that the sender feels a full or broken link. */
  #steer(): void {
    const mayRead = !this.#isSinkFull && !this.#to.destroyed && this.#heldBytes < this.#heldBytesMax()
    if (mayRead === this.#isReading) return
    this.#isReading = mayRead
    if (mayRead) this.#from.resume()
    else this.#from.pause()
  }

  #heldBytesMax(): number {
    const { isBlackHole, latencyMs, jitterMs } = this.#condition
    return !isBlackHole && latencyMs + jitterMs > 0 ? DELAYED_BYTES_MAX : STALLED_BYTES_MAX
  }

  #stop(): void {
    this.#stopTimer()
    this.#held = []
    this.#heldBytes = 0
    this.#steer()
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}

function lengthOf(passage: Passage): number {
  return typeof passage === 'string' ? 0 : passage.length
}

/**
 * Ends with RST. Not one that is still connecting, which would wait for that; nor one whose FIN is on its way behind its last byte: Node
 * cannot reset it then, and would lose its descriptor.
 */
export function resetSocket(socket: Socket): void {
  const isShuttingDown = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished
  if (socket.connecting || isShuttingDown) socket.destroy()
  else socket.resetAndDestroy()
}
