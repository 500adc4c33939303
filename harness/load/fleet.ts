/** The load workers as one: starts their processes, tells them what to do, and adds up how they stand. */

import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkerCounters } from '../ledger/worker-counters.ts'
import { IS_PACKAGE, MODULE_EXTENSION, PROJECT_FOLDER } from '../project.ts'
import type { TargetAddress } from '../targets/target.ts'
import { EchoServer } from './echo-server.ts'
import { addUp, type FleetStatus, seqMaxOf } from './fleet-status.ts'
import type { FromWorker, PagesSetUp, ToWorker, WorkerStatus } from './load-messages.ts'

const READY_MS_MAX = 20_000
/** With a browser and a server to start, on a machine that starts instances, too. */
const PAGES_READY_MS_MAX = 60_000
const FINISH_MS_MAX = 60_000
/** Fifty times what it takes with ten thousand clients. */
const COLLECT_MS_MAX = 10_000
/** Adding up thousands of rooms for every status of every worker would be felt. */
const TOPS_EVERY_MS = 200
/**
 * What keeps a worker's memory small. Left alone, V8 doubles the room for young objects after a few minutes, though most of what a delivery makes is
 * dead at once: a worker whose live heap stays at 19 MB went from 87 to 151 MB. Its middle compiler and its threads for collecting garbage keep tens
 * of megabytes that they have needed once, and save no CPU time that could be measured here. The last one lets it collect garbage when it is told to.
 */
const WORKER_ARGUMENTS = ['--max-semi-space-size=1', '--no-maglev', '--single-threaded-gc', '--expose-gc']
/** For the same reason: one arena, instead of one for each of its threads. */
const MALLOC_ARENAS = '1'
/**
 * Compiled code of the runs before, types taken out. Without it each worker loads the compiler that takes them out, which is 35 MB. Node looks at the
 * content of each file, so it is never out of date.
 */
const COMPILE_CACHE = join(PROJECT_FOLDER, 'node_modules', '.cache', 'compile')

export interface FleetOptions {
  readonly workers: number
  /** Absolute path of the run's folder, which holds plan.json, ledger/ and logs/. */
  readonly folder: string
  readonly runId: string
  readonly addresses: readonly TargetAddress[]
  /** What each of the plan's instances calls itself in `welcome`, by index; needed behind a balancer. */
  readonly welcomeNames?: readonly string[]
  readonly deadlineMs: number
  /** Of all workers together. */
  readonly connectsPerSecond: number
  readonly idlePingMs?: number
  /** For the last worker, where the plan has pages. */
  readonly pages?: Pick<PagesSetUp, 'chromium' | 'frontEnd'>
  readonly onCounters: (worker: number, counters: WorkerCounters) => void
}

interface Worker {
  readonly process: ChildProcess
  status: WorkerStatus | null
  hasCollectedGarbage: boolean
  isFinished: boolean
}

export class LoadFailed extends Error {
  override readonly name = 'LoadFailed'
}

export class Fleet implements AsyncDisposable {
  readonly #workers: Worker[] = []
  readonly #options: FleetOptions
  readonly #echo: EchoServer
  readonly #failures: string[] = []
  readonly #failed = new AbortController()
  /** The rooms' highest seqs at earlier times, oldest first, as far back as the deadline. */
  #tops: { readonly atMs: number; readonly seqMax: ReadonlyMap<number, number> }[] = []
  #status: FleetStatus | null = null
  #onChange: (() => void)[] = []

  private constructor(options: FleetOptions, echo: EchoServer) {
    this.#options = options
    this.#echo = echo
  }

  /** Starts the workers; each reads the plan from the run's folder. Throws {@link LoadFailed}. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options, await EchoServer.start())
    try {
      await Promise.all(Array.from({ length: options.workers }, (_, worker) => fleet.#startWorker(worker)))
      return fleet
    } catch (error) {
      await fleet[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Connects all clients and joins all rooms. Resolves once that is so; throws {@link LoadFailed} after `msMax`. */
  async connect(msMax: number, abort: AbortSignal): Promise<void> {
    this.#tellAll({ is: 'connect' })
    const isJoined = await this.waitUntil(status => status.isAllJoined, msMax, abort)
    if (abort.aborted) return
    if (isJoined) return await this.#collectGarbage()
    const { connected, clients } = this.status()
    throw new LoadFailed(
      `${connected} of ${clients} clients were connected after ${msMax / 1000} s, and not all rooms joined`,
    )
  }

  async #collectGarbage(): Promise<void> {
    this.#tellAll({ is: 'collect-garbage' })
    const what = 'collect its garbage'
    await this.#untilAll(worker => worker.hasCollectedGarbage, { what, msMax: COLLECT_MS_MAX })
  }

  /** Aborted when a worker fails; what the fleet is asked next then throws. */
  get failed(): AbortSignal {
    return this.#failed.signal
  }

  get workers(): number {
    return this.#workers.length
  }

  begin(zeroAtMs: number): void {
    this.#tellAll({ is: 'begin', zeroAtMs })
  }

  /** The instances that there are from now on. Clients move to one that is new, and never again to one that is gone. */
  useAddresses(addresses: readonly TargetAddress[]): void {
    this.#tellAll({ is: 'addresses', addresses })
  }

  /** What is left of the load is not sent any more. */
  stopSending(): void {
    this.#tellAll({ is: 'stop-sending' })
  }

  /** Resolves with true once all clients are back at home and have joined; with false after `msMax` or at the abort. */
  goHome(msMax: number, abort: AbortSignal): Promise<boolean> {
    this.#tellAll({ is: 'go-home' })
    return this.waitUntil(({ isAllHome, isAllJoined }) => isAllHome && isAllJoined, msMax, abort)
  }

  rollCall(zeroAtMs: number): void {
    this.#tellAll({ is: 'roll-call', zeroAtMs })
  }

  /** Added up once for each status that comes in, however often it is asked for. */
  status(): FleetStatus {
    this.#status ??= addUp(this.#told(), this.#workers.length, this.#tops[0]?.seqMax ?? new Map())
    return this.#status
  }

  /** Resolves with true once the condition holds on fresh statuses, with false after `msMax`. Throws {@link LoadFailed} with a worker. */
  async waitUntil(condition: (status: FleetStatus) => boolean, msMax: number, abort?: AbortSignal): Promise<boolean> {
    const timer = AbortSignal.timeout(Math.ceil(msMax))
    const signal = abort === undefined ? timer : AbortSignal.any([timer, abort])
    while (!signal.aborted) {
      await this.#nextRound(signal)
      this.#throwIfFailed()
      if (!signal.aborted && condition(this.status())) return true
    }
    return false
  }

  /** Ends all clients and closes the ledgers. Throws {@link LoadFailed} where a worker does not. */
  async finish(): Promise<void> {
    this.#tellAll({ is: 'finish' })
    await this.#untilAll(worker => worker.isFinished, { what: 'finish', msMax: FINISH_MS_MAX })
  }

  async #untilAll(isDone: (worker: Worker) => boolean, limit: { what: string; msMax: number }): Promise<void> {
    const timer = AbortSignal.timeout(limit.msMax)
    while (!this.#workers.every(isDone)) {
      if (timer.aborted) throw new LoadFailed(`a load worker did not ${limit.what} within ${limit.msMax / 1000} s`)
      await this.#nextChange(timer)
      this.#throwIfFailed()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.#workers) {
      if (process.exitCode !== null || process.signalCode !== null || process.pid === undefined) continue
      const gone = new Promise(resolve => process.once('exit', resolve))
      process.kill('SIGKILL')
      await gone
    }
    this.#echo[Symbol.dispose]()
  }

  #told(): WorkerStatus[] {
    return this.#workers.map(({ status }) => status).filter(status => status !== null)
  }

  async #startWorker(number: number): Promise<void> {
    const { folder, runId, addresses, welcomeNames = [], workers, connectsPerSecond, idlePingMs } = this.#options
    const log = openSync(join(folder, 'logs', `load-${number}.log`), 'a')
    const child = fork(join(import.meta.dirname, `worker${MODULE_EXTENSION}`), {
      detached: true,
      execArgv: [...process.execArgv, ...WORKER_ARGUMENTS],
      env: workerEnvironment(),
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    const worker: Worker = { process: child, status: null, hasCollectedGarbage: false, isFinished: false }
    this.#workers.push(worker)
    const pages = number === workers - 1 ? this.#pagesSetUp() : null
    const msMax = pages === null ? READY_MS_MAX : PAGES_READY_MS_MAX
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: FromWorker) => {
        if (message.is === 'ready') resolve()
        this.#hear(number, worker, message)
      })
      child.on('error', error => {
        this.#fail(`load worker ${number}: ${error.message}`, worker)
        reject(new LoadFailed(`load worker ${number}: ${error.message}`))
      })
      child.once('exit', (code, signal) => {
        this.#fail(`load worker ${number} ended with ${signal ?? code}`, worker)
        reject(new LoadFailed(`load worker ${number} ended with ${signal ?? code}; see logs/load-${number}.log`))
      })
      setTimeout(() => reject(new LoadFailed(`load worker ${number} was not ready in time`)), msMax).unref()
    })
    const setUp = {
      worker: number,
      workers,
      planPath: join(folder, 'plan.json'),
      ledgerPath: join(folder, 'ledger', `worker-${number}.jsonl`),
      runId,
      addresses,
      welcomeNames,
      connectsPerSecond: connectsPerSecond / workers,
      idlePingMs,
      echoPort: this.#echo.port,
      pages,
    }
    child.send({ is: 'set-up', setUp } satisfies ToWorker)
    await ready
  }

  #pagesSetUp(): PagesSetUp | null {
    const { pages, folder } = this.#options
    return pages === undefined ? null : { ...pages, logPath: join(folder, 'logs', 'front-end.log') }
  }

  #hear(number: number, worker: Worker, message: FromWorker): void {
    if (message.is === 'status') {
      worker.status = message.status
      this.#status = null
      this.#noteTops()
      this.#options.onCounters(number, message.status.counters)
    }
    if (message.is === 'garbage-collected') worker.hasCollectedGarbage = true
    if (message.is === 'finished') worker.isFinished = true
    if (message.is === 'failed') this.#fail(`load worker ${number}: ${message.message}`, worker)
    this.#changed()
  }

  #noteTops(): void {
    const atMs = performance.now()
    const newest = this.#tops.at(-1)
    if (newest !== undefined && atMs < newest.atMs + TOPS_EVERY_MS) return
    this.#tops.push({ atMs, seqMax: seqMaxOf(this.#told()) })
    // The first one that is left is the newest that is older than the deadline.
    while (this.#tops.length > 1 && this.#tops[1]!.atMs < atMs - this.#options.deadlineMs) this.#tops.shift()
  }

  #fail(message: string, worker: Worker): void {
    if (!worker.isFinished) {
      this.#failures.push(message)
      this.#failed.abort()
    }
    this.#changed()
  }

  #throwIfFailed(): void {
    if (this.#failures.length > 0) throw new LoadFailed(this.#failures.join('\n'))
  }

  #tellAll(message: ToWorker): void {
    for (const { process } of this.#workers) if (process.connected) process.send(message)
  }

  #changed(): void {
    const listeners = this.#onChange
    this.#onChange = []
    for (const listener of listeners) listener()
  }

  #nextChange(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const resume = () => {
        signal.removeEventListener('abort', resume)
        resolve()
      }
      this.#onChange.push(resume)
      signal.addEventListener('abort', resume)
    })
  }

  /** Until every worker has told its status anew, so that a condition is never judged on what stood before. */
  async #nextRound(signal: AbortSignal): Promise<void> {
    const before = this.#workers.map(worker => worker.status)
    while (this.#failures.length === 0 && !signal.aborted) {
      if (this.#workers.every((worker, index) => worker.status !== before[index])) return
      await this.#nextChange(signal)
    }
  }
}

/** What was compiled for the package needs no cache. */
function workerEnvironment(): NodeJS.ProcessEnv {
  const cache = IS_PACKAGE ? {} : { NODE_COMPILE_CACHE: COMPILE_CACHE }
  return { MALLOC_ARENA_MAX: MALLOC_ARENAS, ...cache, ...process.env }
}
