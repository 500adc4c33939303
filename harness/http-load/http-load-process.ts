/** The process of the HTTP load as the coordinator has it: told what to ask, and waited for until everything is in the ledger. */

import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpCounters } from '../ledger/worker-counters.ts'
import { LoadFailed } from '../load/fleet.ts'
import { monotonicMs } from '../monotonic.ts'
import { MODULE_EXTENSION } from '../project.ts'
import type { FromHttpLoad, HttpLoadOrder, ToHttpLoad } from './http-messages.ts'

/** Beyond the load's own time: the last share's second, and writing on a busy machine. */
const END_MARGIN_MS = 15_000

export interface HttpLoadProcessOptions {
  /** Its output is appended here. */
  readonly logPath: string
  readonly onCounters: (counters: HttpCounters) => void
}

export class HttpLoadProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ready: Promise<void>
  readonly #ended: Promise<void>
  #endsAtMs = 0

  private constructor({ logPath, onCounters }: HttpLoadProcessOptions) {
    const log = openSync(logPath, 'a')
    const child = fork(join(import.meta.dirname, `worker${MODULE_EXTENSION}`), {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    this.#child = child
    const ready = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const fail = (why: string) => {
      const error = new LoadFailed(`the process of the HTTP load ${why}`)
      ready.reject(error)
      ended.reject(error)
    }
    child.on('message', (message: FromHttpLoad) => {
      if (message.is === 'ready') ready.resolve()
      else if (message.is === 'counters') onCounters(message.counters)
      else if (message.is === 'ended') ended.resolve()
      else fail(`failed: ${message.message}`)
    })
    child.once('error', error => fail(`could not be started: ${error.message}`))
    child.once('exit', (code, signal) => fail(`ended with ${signal ?? code}; see ${logPath}`))
    this.#ready = ready.promise
    this.#ended = ended.promise
    // Whoever has to end it may never have waited for its end.
    this.#ended.catch(() => {})
  }

  /** Resolves once the process has started, so that it is not late when the load begins. Throws {@link LoadFailed} where it does not start. */
  static async start(options: HttpLoadProcessOptions): Promise<HttpLoadProcess> {
    const started = new HttpLoadProcess(options)
    await started.#ready
    return started
  }

  begin(order: HttpLoadOrder): void {
    this.#endsAtMs = order.zeroAtMs + order.loadMs + END_MARGIN_MS
    this.#tell({ is: 'begin', order })
  }

  /** Ends it early. */
  stop(): void {
    this.#tell({ is: 'stop' })
  }

  /** Resolves once everything is in the ledger. Throws {@link LoadFailed} where the process failed, or is not done in time. */
  async finish(): Promise<void> {
    const giveUp = new AbortController()
    const leftMs = Math.max(0, this.#endsAtMs - monotonicMs())
    const tooLate = sleep(leftMs, undefined, { signal: giveUp.signal }).then(() => {
      throw new LoadFailed('the process of the HTTP load has not come to its end in time')
    })
    try {
      await Promise.race([this.#ended, tooLate])
    } finally {
      giveUp.abort()
      tooLate.catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  #tell(message: ToHttpLoad): void {
    // Where it cannot be told, its end says why.
    this.#child.send(message, () => {})
  }
}
