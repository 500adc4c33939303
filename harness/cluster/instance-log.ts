/**
 * The log of an instance or of Redis: one file that goes on over restarts.
 */

import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** Enough to see the error and what came before it, and still fits a terminal. */
const TAIL_LINES = 15
/** No need to read more of a log that may be large. */
const TAIL_BYTES = 65_536

/** Makes the folder where it is missing. */
export function logPath(runFolder: string, name: string): string {
  const folder = join(runFolder, 'logs')
  mkdirSync(folder, { recursive: true })
  return join(folder, `${name}.log`)
}

/** The last lines of a log and where it is, to end an error message with. */
export function describeLog(path: string): string {
  const lines = lastLines(path)
  if (lines.length === 0) return `Its log, ${path}, is empty.`
  return [`The last lines of its log, ${path}:`, ...lines.map(line => `  ${line}`)].join('\n')
}

function lastLines(path: string): string[] {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return []
  }
  try {
    const { size } = fstatSync(file)
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES))
    const bytes = readSync(file, buffer, 0, buffer.length, size - buffer.length)
    return tail(buffer.toString('utf8', 0, bytes))
  } finally {
    closeSync(file)
  }
}

/** The last lines of a text, without the empty one behind the last line break. */
export function tail(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines.slice(-TAIL_LINES)
}
