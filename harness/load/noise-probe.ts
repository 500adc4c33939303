/**
 * The generator's own noise floor: what a load worker would measure of a service that does nothing. Round trips of one byte over a loopback
 * connection to {@link EchoServer}, through the same event loop and the same kind of socket as the clients' messages.
 *
 * Before the load one after the other, as quick as it gets; during the load a few a second at intended times and counted from them, as
 * latencies are. So what delays the sending or the reading of a message in this worker delays a probe as well.
 */

import { connect, type Socket } from 'node:net'
import type { LatencyHistograms } from '../ledger/latency-recording.ts'
import { monotonicMs } from '../monotonic.ts'

/** About 10 ms of work, so that the median rests on enough. */
const IDLE_ROUND_TRIPS = 200
/** It must be over before the warm-up begins. */
const IDLE_MS_MAX = 200
/** Not whole milliseconds, so that the probes do not always fall on the same place between two ticks of a timer. */
const PROBE_EVERY_MS = 50.3
const PROBE = Buffer.of(0)
/** Any slice will do: these have none. */
const IDLE_SLICE = -1

export interface NoiseProbeOptions {
  /** Of the echo server, on this machine. */
  readonly port: number
  readonly histograms: LatencyHistograms
  readonly loadMs: number
}

export class NoiseProbe implements Disposable {
  readonly #socket: Socket
  readonly #options: NoiseProbeOptions
  /** Of the probes that are on their way, oldest first: each is one byte. */
  readonly #waiting: ((nowMs: number) => void)[] = []
  #timer: NodeJS.Timeout | null = null

  private constructor(socket: Socket, options: NoiseProbeOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('data', bytes => {
      const nowMs = monotonicMs()
      for (let count = 0; count < bytes.length; count++) this.#waiting.shift()?.(nowMs)
    })
    socket.on('error', () => {})
  }

  /** Throws where nobody listens there. */
  static async open(options: NoiseProbeOptions): Promise<NoiseProbe> {
    const { port } = options
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new NoiseProbe(socket, options)
  }

  /** Measures first, then beside the load until it ends. `zeroAtMs` is the monotonic time of the plan's 0. */
  begin(zeroAtMs: number): void {
    this.#roundTrip(IDLE_ROUND_TRIPS, monotonicMs() + IDLE_MS_MAX)
    this.#schedule(zeroAtMs, 0)
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#socket.destroy()
  }

  #roundTrip(left: number, untilMs: number): void {
    const sentAtMs = monotonicMs()
    if (left === 0 || sentAtMs >= untilMs) return
    this.#send(nowMs => {
      this.#options.histograms.record('idleRoundTrip', IDLE_SLICE, nowMs - sentAtMs)
      this.#roundTrip(left - 1, untilMs)
    })
  }

  #schedule(zeroAtMs: number, number: number): void {
    const { histograms, loadMs } = this.#options
    const atMs = number * PROBE_EVERY_MS
    if (atMs >= loadMs) return
    const intendedAtMs = zeroAtMs + atMs
    const waitMs = intendedAtMs - monotonicMs()
    const send = () => {
      this.#send(nowMs => histograms.record('noiseFloor', Math.floor(atMs / 1000), nowMs - intendedAtMs))
      this.#schedule(zeroAtMs, number + 1)
    }
    // As the load's: Node's timers have whole milliseconds and may fire up to one early.
    this.#timer = setTimeout(send, Math.max(0, Math.ceil(waitMs)))
  }

  #send(onAnswer: (nowMs: number) => void): void {
    if (this.#socket.destroyed) return
    this.#waiting.push(onAnswer)
    this.#socket.write(PROBE)
  }
}
