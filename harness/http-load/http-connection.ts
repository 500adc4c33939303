/**
 * One connection of the HTTP load. autocannon makes the requests and paces them: in each second its share, one after the other, then it rests.
 * This is a closed loop: a request that waits for the one before it on its connection is made late, and the time that it waited for that is in no
 * latency. What was made late or not at all shows as requests that are missing from the offered rate, which the verdict looks at.
 *
 * autocannon's own histogram is not used. It has whole milliseconds, and its correction for such omission takes every connection to ask a thousand
 * times a second, whatever the rate, so that it adds samples that were none; it is switched off. The times are taken here, between the same two
 * moments, in microseconds.
 */

import type { EventEmitter } from 'node:events'
import autocannon from 'autocannon'
import { makeText } from '../load/message-text.ts'
import { monotonicMs } from '../monotonic.ts'
import type { HttpConnectionOrder } from './http-messages.ts'

/** Far beyond every budget; the service gives up on Redis earlier. */
const ANSWER_SECONDS_MAX = 10
const SECOND_MS = 1000
const GUEST = 'http-load'

export interface HttpConnectionListener {
  /** `isOk`: with 2xx. */
  answered(isOk: boolean, afterMs: number): void
  /** There was no answer, and none is waited for any longer. */
  unanswered(afterMs: number): void
  /** It was under way when the load ended. */
  leftOpen(afterMs: number): void
  /** So many requests were not written at all, as nobody listened. */
  missed(requests: number): void
  /** A message was answered with 2xx, and with this body. */
  published(number: number, body: string): void
}

export interface HttpConnectionTally {
  requests: number
  readonly answers: Record<string, number>
  unanswered: number
  open: number
}

type Request = NonNullable<autocannon.Options['requests']>[number]

/** What autocannon's types leave out: it also emits `request`, `timeout` and `connError`. */
interface Client extends EventEmitter {
  destroy(): void
}

export class HttpConnection {
  readonly tally: HttpConnectionTally = { requests: 0, answers: {}, unanswered: 0, open: 0 }
  readonly #order: HttpConnectionOrder
  readonly #textBytes: number
  readonly #listener: HttpConnectionListener
  #beginsAtMs = 0
  #timer: NodeJS.Timeout | null = null
  /** Null: it has ended, or not begun. */
  #client: Client | null = null
  /** Since when the present request is under way; null: none is. */
  #askedAtMs: number | null = null
  /** Number of the message that was written last. */
  #number = -1

  constructor(order: HttpConnectionOrder, textBytes: number, listener: HttpConnectionListener) {
    this.#order = order
    this.#textBytes = textBytes
    this.#listener = listener
  }

  /** Everything that was planned has been asked and answered. */
  get isDone(): boolean {
    return this.tally.requests >= this.#order.requests && this.#askedAtMs === null
  }

  /** `zeroAtMs`: monotonic time of the plan's 0. */
  begin(zeroAtMs: number): void {
    this.#beginsAtMs = zeroAtMs + this.#order.atMs
    this.#startAt(this.#beginsAtMs)
  }

  /** Asks nothing more. A request that is under way counts as open, and its latency as what it is by now. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#destroyClient()
    if (this.#askedAtMs === null) return
    this.tally.open++
    this.#listener.leftOpen(this.#ended())
  }

  #startAt(atMs: number): void {
    this.#timer = setTimeout(() => this.#start(), Math.max(0, atMs - monotonicMs()))
  }

  #start(): void {
    const { host, port, requestsPerSecond, requests } = this.#order
    const options: autocannon.Options = {
      url: `http://${host}:${port}`,
      connections: 1,
      connectionRate: requestsPerSecond,
      amount: requests - this.tally.requests,
      ignoreCoordinatedOmission: true,
      timeout: ANSWER_SECONDS_MAX,
      setupClient: typed => {
        const client = typed as unknown as Client
        this.#client = client
        client.on('request', () => this.#asked())
        client.on('timeout', () => this.#giveUp())
        client.on('connError', () => this.#refused())
      },
      requests: [this.#request()],
    }
    // What autocannon itself has measured is not used.
    autocannon(options, (error: unknown) => {
      if (error) throw error
    })
  }

  #request(): Request {
    const { path, room } = this.#order
    const onResponse: Request['onResponse'] = (status, body) => this.#answered(status, body)
    if (room === null) return { method: 'GET', path: `/${path}`, onResponse }
    return {
      method: 'POST',
      path: `/rooms/${room}/messages?guest=${GUEST}`,
      // Called once for each request, before it is written.
      setupRequest: request => {
        this.#number++
        const headers = { 'content-type': 'application/json', 'idempotency-key': `${room} ${this.#number}` }
        const body = JSON.stringify({ text: makeText({ number: this.#number, instance: -1 }, this.#textBytes) })
        return { ...request, headers, body }
      },
      onResponse,
    }
  }

  #asked(): void {
    // Where the service closed the connection in the middle of it, autocannon has gone on over another one.
    this.#giveUp()
    this.tally.requests++
    this.#askedAtMs = monotonicMs()
  }

  #answered(status: number, body: string): void {
    if (this.#askedAtMs === null) return
    this.tally.answers[status] = (this.tally.answers[status] ?? 0) + 1
    const isOk = status >= 200 && status < 300
    this.#listener.answered(isOk, this.#ended())
    if (isOk && this.#order.room !== null) this.#listener.published(this.#number, body)
  }

  #giveUp(): void {
    if (this.#askedAtMs === null) return
    this.tally.unanswered++
    this.#listener.unanswered(this.#ended())
  }

  /**
   * Nobody listens there, or the connection was reset. autocannon would try again at once and without end; here the connection rests until its next
   * second, and what is left of this one's share has found nobody.
   */
  #refused(): void {
    this.#giveUp()
    this.#destroyClient()
    const { requestsPerSecond, requests } = this.#order
    const seconds = Math.floor((monotonicMs() - this.#beginsAtMs) / SECOND_MS) + 1
    const left = Math.min(requests, seconds * requestsPerSecond) - this.tally.requests
    if (left > 0) {
      this.tally.requests += left
      this.tally.unanswered += left
      this.#listener.missed(left)
    }
    if (this.tally.requests < requests) this.#startAt(this.#beginsAtMs + seconds * SECOND_MS)
  }

  #destroyClient(): void {
    this.#client?.destroy()
    this.#client = null
  }

  /** How long the request took that is over now. */
  #ended(): number {
    const afterMs = monotonicMs() - this.#askedAtMs!
    this.#askedAtMs = null
    return afterMs
  }
}
