/** Files with one JSON record to a line, as a run's ledger is written. */

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { LedgerError } from './run-file.ts'

/**
 * Hands over each record, in the file's order. Throws {@link LedgerError} where the file is missing, and, with the line's number, where a line is
 * no JSON or `apply` throws.
 */
export async function readLines<Line>(path: string, apply: (line: Line) => void): Promise<void> {
  let lineNumber = 0
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      lineNumber++
      apply(JSON.parse(line) as Line)
    }
  } catch (error) {
    throw damagedFile(lineNumber === 0 ? path : `${path}, line ${lineNumber}`, error)
  }
}

export function damagedFile(where: string, error: unknown): LedgerError {
  return new LedgerError(`${where} is damaged: ${(error as Error).message}`)
}
