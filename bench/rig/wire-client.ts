/** `wire-client.c` as an object: many WebSockets that count, and one that publishes. */

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { type CpuShares, LOAD_CORE, readCpu, sharesBetween } from './cores.ts'
import { nativeProgram } from './native.ts'
import { BenchError } from './needs.ts'
import type { Rig } from './rig.ts'

/** Beyond the time that was asked for: draining, and a machine that is busy. */
const ANSWER_MARGIN_MS = 15_000
/** The client itself gives up before. */
const CONNECTED_MS_MAX = 130_000

/** How a server is spoken to. */
export interface Wire {
  /** `#` becomes the number of the socket. */
  readonly path: string
  /** Empty: none is offered. */
  readonly subprotocol: string
  /** What each socket says first; empty: nothing. */
  readonly hello: string
  /** How the frame begins that says that a socket is in; empty: the upgrade says it. */
  readonly ready: string
  /** The frame that publishes `text`; `@N` becomes the message's number. */
  readonly publish: (text: string) => string
  /** Bytes of a message on the wire besides its text, as far as they are known: those of a growing number vary. */
  readonly envelopeBytes: number
}

interface WireClientOptions {
  readonly port: number
  /** Default: the same. Then the first of the sockets publishes; else one more does. */
  readonly publisherPort?: number
  readonly sockets: number
  /** Number of the first socket, where several clients are connected at once. Default 0. */
  readonly firstNumber?: number
  readonly wire: Wire
  /** The server's processes, whose CPU time is read at both edges of what is measured. */
  readonly serverPids: readonly number[]
}

type Line = Readonly<Record<string, unknown>>

interface Counted {
  readonly seconds: number
  readonly deliveries: number
  /** Mean of what a message's payload had on the wire. */
  readonly payloadBytes: number
  /** Connections that the server has ended. */
  readonly closed: number
  /** CPU time in which the receiver looked for deliveries under way and found none. Not counted as the load's in `cpu`. */
  readonly lookingSeconds: number
  readonly cpu: CpuShares
}

export interface ClosedLoopResult extends Counted {
  /** A message never reached everybody. */
  readonly stalled: boolean
  /** That every socket has had, warm-up included. */
  readonly messages: number
}

export interface OpenLoopResult extends Counted {
  readonly messages: number
  /** Deliveries of the messages that were meant to be sent while it was measured, and those of them that had not come 3 s later. */
  readonly owed: number
  readonly missing: number
  /** From the intended time. Null: among the deliveries that are missing. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

/** Bytes of a message on the wire, its frame's header included. */
export const WIRE_BYTES = 204
const FRAME_HEADER_BYTES = 4
/** Where `wire-client.c` finds the intended time. */
const TIME_MARK = '~t@T'
const TIME_BYTES = 2 + 19

/** A text that makes a message of {@link WIRE_BYTES}, with the place for its intended time. */
function benchText({ envelopeBytes }: Wire): string {
  const textBytes = WIRE_BYTES - FRAME_HEADER_BYTES - envelopeBytes
  return TIME_MARK + 'x'.repeat(textBytes - TIME_BYTES)
}

export class WireClient implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #serverPids: readonly number[]
  readonly #abort: AbortSignal
  #errors = ''
  /** Lines that came before anybody asked. Null: the process has ended. */
  readonly #lines: (Line | null)[] = []
  #waiter: ((line: Line | null) => void) | null = null

  private constructor(rig: Rig, options: WireClientOptions) {
    const { port, publisherPort = port, sockets, firstNumber = 0, wire, serverPids } = options
    const words = [port, publisherPort, sockets, firstNumber, wire.path, wire.subprotocol, wire.hello, wire.ready]
    const all = [...words.map(String), wire.publish(benchText(wire))]
    this.#serverPids = serverPids
    this.#abort = rig.abort
    this.#process = spawn('taskset', ['-c', String(LOAD_CORE), nativeProgram('wire-client'), ...all], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    if (this.#process.pid !== undefined) rig.record.addChild('wire-client', this.#process.pid)
    this.#process.stdin.on('error', () => {})
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#errors += String(chunk)
    })
    createInterface({ input: this.#process.stdout }).on('line', line => this.#hear(JSON.parse(line)))
    this.#process.once('close', (code, signal) => {
      this.#errors ||= `${signal ?? `exit code ${code}`}`
      this.#hear(null)
    })
    this.#process.once('error', error => {
      this.#errors ||= error.message
    })
  }

  /** Resolves once all sockets are in. Kept until the rig is disposed of. Throws {@link BenchError}. */
  static async connect(rig: Rig, options: WireClientOptions): Promise<WireClient> {
    const client = rig.use(new WireClient(rig, options))
    await client.#next('connected', CONNECTED_MS_MAX)
    return client
  }

  /** Keeps so many messages outstanding; one is done when every socket has it. */
  closedLoop(inFlight: number, warmUpMs: number, ms: number): Promise<ClosedLoopResult> {
    return this.#run(`closed ${inFlight} ${warmUpMs} ${ms}`, warmUpMs + ms)
  }

  /** Sends at intended times, `burst` messages at each, whatever the server does. */
  openLoop(options: { perSecond: number; burst?: number; warmUpMs: number; ms: number }): Promise<OpenLoopResult> {
    const { perSecond, burst = 1, warmUpMs, ms } = options
    return this.#run(`open ${perSecond} ${burst} ${warmUpMs} ${ms}`, warmUpMs + ms)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    const closed = once(this.#process, 'close')
    this.#process.kill('SIGKILL')
    await closed
  }

  async #run<Result extends Counted>(line: string, ms: number): Promise<Result> {
    const begun = this.#next('begin', ms + ANSWER_MARGIN_MS)
    this.#process.stdin.write(`${line}\n`)
    await begun
    const before = readCpu(this.#serverPids)
    await this.#next('end', ms + ANSWER_MARGIN_MS)
    const after = readCpu(this.#serverPids)
    const result = (await this.#next('result', ANSWER_MARGIN_MS)) as unknown as Omit<Result, 'cpu'>
    return { ...result, cpu: sharesBetween(before, after, result.lookingSeconds) } as Result
  }

  #hear(line: Line | null): void {
    const waiter = this.#waiter
    this.#waiter = null
    if (waiter === null) this.#lines.push(line)
    else waiter(line)
  }

  async #next(event: string, msMax: number): Promise<Line> {
    const { promise, resolve, reject } = Promise.withResolvers<Line | null>()
    const giveUp = () => reject(this.#abort.reason)
    const timer = setTimeout(() => reject(new BenchError(`the wire client did not answer within ${msMax} ms`)), msMax)
    this.#abort.addEventListener('abort', giveUp, { once: true })
    const waiting = this.#lines.shift()
    if (waiting === undefined) this.#waiter = resolve
    else resolve(waiting)
    try {
      const line = await promise
      if (line === null) throw new BenchError(`the wire client ended: ${this.#errors.trim()}`)
      if (line.event !== event) throw new Error(`expected ${event} from the wire client, found ${JSON.stringify(line)}`)
      return line
    } finally {
      clearTimeout(timer)
      this.#abort.removeEventListener('abort', giveUp)
    }
  }
}
