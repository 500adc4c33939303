/**
 * `journal.jsonl` in the run's folder: what is to be undone, written to disk before a fault is injected, so that a harness that
 * dies leaves a trace of what it had broken.
 */

import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

/** In the run's folder. */
export const JOURNAL_FILE = 'journal.jsonl'

export type JournalLine =
  | {
      readonly is: 'injecting'
      readonly fault: number
      readonly kind: string
      readonly target: string
      readonly undo: string
    }
  /** `by`: a later start, which has cleared the whole run away. */
  | { readonly is: 'healed'; readonly fault: number; readonly by?: 'clearing-away' }

/** A fault that was begun. */
export type BegunFault = Extract<JournalLine, { is: 'injecting' }>

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

  endLine(): void {
    writeSync(this.#file, '\n')
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

/**
 * Of a run that was killed and of which nothing is left: returns the faults that were open when it was, and writes down that they are over.
 * A journal that is not there any more has none.
 */
export function closeJournal(path: string): BegunFault[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  const open = openFaults(text)
  if (open.length === 0) return []
  using journal = new Journal(path)
  // The kill may have cut the last line off.
  if (!text.endsWith('\n')) journal.endLine()
  for (const { fault } of open) journal.write({ is: 'healed', fault, by: 'clearing-away' })
  return open
}

/** A line that cannot be read was cut off before anything was broken. */
function openFaults(text: string): BegunFault[] {
  const open = new Map<number, BegunFault>()
  for (const line of text.split('\n').map(parseLine)) {
    if (line?.is === 'injecting') open.set(line.fault, line)
    if (line?.is === 'healed') open.delete(line.fault)
  }
  return [...open.values()]
}

function parseLine(line: string): JournalLine | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
