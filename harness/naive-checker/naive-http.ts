/** The second opinion about the HTTP load, straight from the definitions in `docs/result.md` and the lines of its ledger. */

import type { HttpLine } from '../ledger/http-records.ts'
import type { RoomLog } from '../ledger/ledger.ts'
import type { HttpCountName } from '../scenario/measures.ts'

/** `logs`: by connection, as in `run.json`. */
export function naiveHttp(
  lines: readonly HttpLine[],
  logs: readonly (RoomLog | null)[],
): Readonly<Record<HttpCountName, number>> {
  return { httpErrors: errors(lines), httpLost: lost(lines, logs), httpDuplicated: duplicated(logs) }
}

/** Requests answered with another status than 2xx, or not at all: all but the good ones and those that were under way at the end. */
function errors(lines: readonly HttpLine[]): number {
  let count = 0
  for (const line of lines) {
    if (line[0] !== 'asked') continue
    const [, , requests, answers, , open] = line
    count += requests - open
    for (const status of Object.keys(answers)) {
      if (Number(status) >= 200 && Number(status) <= 299) count -= answers[status]!
    }
  }
  return count
}

/** Messages with a good answer that do not stand where it said. What the log has trimmed is not judged. */
function lost(lines: readonly HttpLine[], logs: readonly (RoomLog | null)[]): number {
  let count = 0
  for (const line of lines) {
    if (line[0] !== 'published') continue
    const [, connection, number, epoch, seq] = line
    const log = logs[connection] ?? null
    if (log === null || (epoch !== null && seq < log.firstSeq)) continue
    const there = log.entries.filter(entry => entry.epoch === epoch && entry.seq === seq && entry.number === number)
    if (there.length === 0) count++
  }
  return count
}

/** Entries that an earlier one of the same log has said already, or that nobody sent. */
function duplicated(logs: readonly (RoomLog | null)[]): number {
  let count = 0
  for (const log of logs) {
    const numbers = (log?.entries ?? []).map(({ number }) => number)
    count += numbers.filter((number, index) => number === -1 || numbers.indexOf(number) < index).length
  }
  return count
}
