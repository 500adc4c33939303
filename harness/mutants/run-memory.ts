/** The runs of one revision, a line each in a file, so that an evening's work can be gone on with in the morning. */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { MutantRun } from './mutant-run.ts'

export class RunMemory {
  readonly #path: string
  readonly #runs = new Map<string, MutantRun>()

  constructor(path: string) {
    this.#path = path
    mkdirSync(dirname(path), { recursive: true })
    if (!existsSync(path)) return
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line === '') continue
      const { name, ...run } = JSON.parse(line) as { name: string } & MutantRun
      this.#runs.set(name, run)
    }
  }

  /** By name; of several the last one. */
  get runs(): ReadonlyMap<string, MutantRun> {
    return this.#runs
  }

  add(name: string, run: MutantRun): void {
    this.#runs.set(name, run)
    appendFileSync(this.#path, `${JSON.stringify({ name, ...run })}\n`)
  }

  /** To be run once more. */
  forget(name: string): void {
    this.#runs.delete(name)
  }
}
