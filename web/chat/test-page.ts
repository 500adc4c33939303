/** For tests: a clock that is moved by hand, and sockets that somebody else plays the service on. */

import type { ServiceFrame } from '../../service/protocol.ts'
import type { Clock, Socket } from './host.ts'

interface Timer {
  readonly atMs: number
  readonly then: () => void
}

export class TestClock implements Clock {
  #nowMs = 0
  readonly #timers = new Set<Timer>()

  nowMs(): number {
    return this.#nowMs
  }

  after(ms: number, then: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, then }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Lets time pass, and what is due happen in its order. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms
    for (;;) {
      const [next] = [...this.#timers].filter(timer => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.then()
    }
    this.#nowMs = endMs
  }
}

export class TestSocket implements Socket {
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  /** Open, though it has not told yet. */
  readyState = 1
  readonly url: string
  readonly protocols: readonly string[]
  readonly written: { readonly type: string; readonly [field: string]: unknown }[] = []
  /** Code of the page's own close; 0 for one without. */
  closedBy: number | null = null

  constructor(url: string, protocols: readonly string[]) {
    this.url = url
    this.protocols = protocols
  }

  send(text: string): void {
    this.written.push(JSON.parse(text))
  }

  close(code = 0): void {
    this.closedBy = code
  }

  tell(...frames: readonly ServiceFrame[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) })
  }

  /** Opens and greets. */
  greet(instance: string, user = 'ann'): void {
    this.onopen?.()
    this.tell({
      ...{ type: 'welcome', instance, user },
      limits: { textBytesMax: 100, frameBytesMax: 1000, roomsMax: 10, inFlightMax: 4 },
    })
  }

  /** The last frame of this type that the page has written. */
  last(type: string) {
    return this.written.findLast(frame => frame.type === type)
  }
}

/** Lets promises settle that need no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}
