/**
 * The rounds that are finished, on disk as they finish: `runs/bench/<revision>/<what>.jsonl`, so that a full run which was interrupted goes on where
 * it was. First line: what is measured; then one line for each round; a last one when it is complete.
 */

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { MeasurementName, Sample } from './sample.ts'

const SCHEMA = 1

interface FinishedRound {
  readonly measurement: MeasurementName
  readonly round: number
  readonly samples: readonly Sample[]
}

export class RoundLog {
  readonly #path: string
  readonly #rounds: FinishedRound[]

  private constructor(path: string, rounds: FinishedRound[]) {
    this.#path = path
    this.#rounds = rounds
  }

  /** With `resumes`, goes on with a log that is there and not complete. Else begins anew. */
  static open(path: string, resumes: boolean): RoundLog {
    const found = resumes ? readRounds(path) : null
    if (found !== null) return new RoundLog(path, found)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${JSON.stringify({ schema: SCHEMA })}\n`)
    return new RoundLog(path, [])
  }

  get samples(): readonly Sample[] {
    return this.#rounds.flatMap(({ samples }) => samples)
  }

  get roundCount(): number {
    return this.#rounds.length
  }

  has(measurement: MeasurementName, round: number): boolean {
    return this.#rounds.some(finished => finished.measurement === measurement && finished.round === round)
  }

  add(round: FinishedRound): void {
    this.#rounds.push(round)
    // Where the last line was cut off by a kill, this one must not be glued to it.
    appendFileSync(this.#path, `\n${JSON.stringify(round)}\n`)
  }

  complete(): void {
    appendFileSync(this.#path, `${JSON.stringify({ isComplete: true })}\n`)
  }
}

/** Null where there is no log to go on with. A line that was cut off is left out. */
function readRounds(path: string): FinishedRound[] | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  const lines = text.split('\n').flatMap(line => {
    try {
      return [JSON.parse(line) as Partial<FinishedRound> & { schema?: number; isComplete?: boolean }]
    } catch {
      return []
    }
  })
  if (lines[0]?.schema !== SCHEMA || lines.some(({ isComplete }) => isComplete === true)) return null
  return lines.filter((line): line is FinishedRound => line.samples !== undefined)
}
