/**
 * One life of an instance: from a start to an end that the operating system or the engine has told. A restarted instance has a new one.
 */

import type { InstanceExit } from './cluster.ts'

export class Life {
  readonly #name: string
  readonly #end = Promise.withResolvers<InstanceExit>()
  #isRunning = true

  /** `name` is for error messages. */
  constructor(name: string) {
    this.#name = name
    this.#end.promise.catch(() => {}) // Not everybody who starts an instance asks how it ends.
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Rejects where the end could not be seen. */
  get ended(): Promise<InstanceExit> {
    return this.#end.promise
  }

  end(exit: InstanceExit): void {
    this.#isRunning = false
    this.#end.resolve(exit)
  }

  /** It is not known any more whether or how it ended. */
  lose(error: Error): void {
    this.#isRunning = false
    this.#end.reject(error)
  }

  /** Like {@link ended}, and rejects after `timeoutMs`. */
  async endedWithin(timeoutMs: number): Promise<InstanceExit> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      late.reject(new Error(`${this.#name} has not ended within ${timeoutMs} ms.`))
    }, timeoutMs)
    try {
      return await Promise.race([this.ended, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Such as "exit code 1" or "SIGKILL". */
export function describeExit(exit: InstanceExit): string {
  return exit.signal ?? `exit code ${exit.code}`
}
