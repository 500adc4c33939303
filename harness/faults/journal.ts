/**
 * `journal.jsonl` in the run's folder: what is to be undone, written to disk before a fault is injected, so that a harness that
 * dies leaves a trace of what it had broken.
 */

import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

export type JournalLine =
  | {
      readonly is: 'injecting'
      readonly fault: number
      readonly kind: string
      readonly target: string
      readonly undo: string | null
    }
  | { readonly is: 'healed'; readonly fault: number }

export class Journal implements Disposable {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  /** On disk when it returns. */
  write(line: JournalLine): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
    fsyncSync(this.#file)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}
