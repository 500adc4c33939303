/** The visitors' process as the coordinator has it: started for the first party, ended with the run, and by itself where the channel breaks. */

import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { monotonicMs } from '../monotonic.ts'
import { MODULE_EXTENSION } from '../project.ts'
import type { FromVisitors, ToVisitors } from './visitor-messages.ts'
import type { Parties, Party, PartyKind, Visit, VisitedRoom, Visitors } from './visitors.ts'

/** Beyond what a party may take by its order: the start of the process, and a busy machine. */
const BEGIN_MARGIN_MS = 15_000
/** Everybody goes, and the counters are looked at; see `churn.ts`, which takes longest. */
const END_MS_MAX = 55_000

export interface VisitorProcessOptions {
  readonly rooms: readonly VisitedRoom[]
  /** Its output is appended here. */
  readonly logPath: string
}

interface OpenVisit {
  readonly rooms: readonly number[]
  readonly fromMs: number
  untilMs: number | null
}

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

export class VisitorProcess implements Visitors, AsyncDisposable {
  readonly rooms: readonly VisitedRoom[]
  readonly #options: VisitorProcessOptions
  readonly #visits: OpenVisit[] = []
  /** By what is waited for: `begun` or `ended`, and the party's number. */
  readonly #waiting = new Map<string, Waiting>()
  #child: ChildProcess | null = null
  #parties = 0
  /** Why nobody comes any more. */
  #broken: string | null = null

  constructor(options: VisitorProcessOptions) {
    this.rooms = options.rooms
    this.#options = options
  }

  begin<Kind extends PartyKind>(kind: Kind, order: Parties[Kind]['order']): Party<Kind> {
    const party = this.#parties++
    const rooms = 'rooms' in order ? order.rooms.map(({ room }) => room) : []
    const visit: OpenVisit = { rooms, fromMs: monotonicMs(), untilMs: null }
    if (rooms.length > 0) this.#visits.push(visit)
    const begun = this.#ask<Parties[Kind]['begun']>(
      { is: 'begin', party, kind, order } as ToVisitors,
      `begun ${party}`,
      order.msMax + BEGIN_MARGIN_MS,
    )
    // Whoever has to end it may never have waited for its beginning.
    begun.catch(() => {})
    let ended: Promise<Parties[Kind]['ended']> | null = null
    return {
      begun,
      end: () => {
        ended ??= this.#ask<Parties[Kind]['ended']>({ is: 'end', party }, `ended ${party}`, END_MS_MAX).finally(() => {
          visit.untilMs = monotonicMs()
        })
        return ended
      },
    }
  }

  visits(): Visit[] {
    const nowMs = monotonicMs()
    return this.#visits.map(({ rooms, fromMs, untilMs }) => ({ rooms, fromMs, untilMs: untilMs ?? nowMs }))
  }

  /** Everybody who is still there is cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  #ask<Answer>(message: ToVisitors, answer: string, msMax: number): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (this.#broken !== null) return reject(new Error(this.#broken))
      const timer = setTimeout(() => {
        this.#waiting.delete(answer)
        reject(new Error(`the visitors' process had not answered after ${msMax / 1000} s`))
      }, msMax)
      const settle =
        <Value>(how: (value: Value) => void) =>
        (value: Value) => {
          clearTimeout(timer)
          this.#waiting.delete(answer)
          how(value)
        }
      this.#waiting.set(answer, { resolve: settle(resolve), reject: settle(reject) })
      this.#child ??= this.#start()
      this.#child.send(message, error => {
        if (error !== null) this.#break(`the visitors' process cannot be told: ${error.message}`)
      })
    })
  }

  #start(): ChildProcess {
    const log = openSync(this.#options.logPath, 'a')
    const child = fork(join(import.meta.dirname, `worker${MODULE_EXTENSION}`), {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    child.on('message', (message: FromVisitors) => this.#hear(message))
    child.once('error', error => this.#break(`the visitors' process: ${error.message}`))
    child.once('exit', (code, signal) => this.#break(`the visitors' process ended with ${signal ?? code}`))
    return child
  }

  #hear(message: FromVisitors): void {
    if (message.is === 'begun') this.#waiting.get(`begun ${message.party}`)?.resolve(message.begun as never)
    if (message.is === 'ended') this.#waiting.get(`ended ${message.party}`)?.resolve(message.ended as never)
    if (message.is !== 'failed') return
    if (message.party === null) return this.#break(`the visitors' process: ${message.message}`)
    for (const stage of ['begun', 'ended']) {
      this.#waiting.get(`${stage} ${message.party}`)?.reject(new Error(message.message))
    }
  }

  #break(why: string): void {
    this.#broken ??= why
    for (const { reject } of [...this.#waiting.values()]) reject(new Error(this.#broken))
  }
}
