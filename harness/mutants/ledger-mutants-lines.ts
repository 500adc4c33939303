/**
 * Finding and changing single lines of a saved run. Runs of deliveries are unfolded first into `odd` lines, one a delivery, which the reader takes
 * as well: what is left or changed then is exactly what a mutant says.
 */

import { LatencyCounts } from '../ledger/latency-counts.ts'
import type { RoomLog, TimedKind } from '../ledger/ledger.ts'
import type { LedgerLine } from '../ledger/ledger-records.ts'
import { PLAN, type SavedRun } from './ledger-mutants-run.ts'

/** Far beyond any budget of the saved run. */
const SLOW_MS = 2_000
const SLOW_SAMPLES = 50

export type LineOf<Kind extends LedgerLine[0], Each extends LedgerLine = LedgerLine> = Each extends LedgerLine
  ? Kind extends Each[0]
    ? Each
    : never
  : never
export type DeliveryLine = Extract<LedgerLine, readonly ['odd', ...unknown[]]>

/** Every line, or what it is replaced by. */
export function mapLines(saved: SavedRun, change: (line: LedgerLine) => readonly LedgerLine[]): SavedRun {
  return { ...saved, workers: saved.workers.map(lines => lines.flatMap(change)) }
}

/** Throws where there is no such line: a mutant that changes nothing would seem to have been missed. */
export function replaceOne(
  saved: SavedRun,
  isIt: (line: LedgerLine) => boolean,
  change: (line: LedgerLine) => readonly LedgerLine[],
): SavedRun {
  let isFound = false
  const changed = mapLines(saved, line => {
    if (isFound || !isIt(line)) return [line]
    isFound = true
    return change(line)
  })
  if (!isFound) throw new Error('the mutant finds no line to damage')
  return changed
}

export function dropLines(saved: SavedRun, isGone: (line: LedgerLine) => boolean): SavedRun {
  return mapLines(saved, line => (isGone(line) ? [] : [line]))
}

export function is<Kind extends LedgerLine[0]>(line: LedgerLine, kind: Kind): line is LineOf<Kind> {
  return line[0] === kind
}

/** For those kinds whose first field is the client. */
export function isOfClient(line: LedgerLine, kind: LedgerLine[0], client: number): boolean {
  return line[0] === kind && line[1] === client
}

/** Without runs and orders. The times within a run are not known; they are spread evenly. */
export function unfold(saved: SavedRun): SavedRun {
  return { ...saved, workers: saved.workers.map(unfoldWorker) }
}

function unfoldWorker(lines: readonly LedgerLine[]): LedgerLine[] {
  const numberAt = new Map<string, number>()
  for (const line of lines) {
    if (!is(line, 'order')) continue
    const [, room, epoch, fromSeq, numbers] = line
    for (const [index, number] of numbers.entries()) numberAt.set(`${room} ${epoch} ${fromSeq + index}`, number)
  }
  return lines.flatMap((line): readonly LedgerLine[] => {
    if (!is(line, 'run')) return is(line, 'order') ? [] : [line]
    const [, client, room, epoch, fromSeq, count, firstAtMs, lastAtMs] = line
    return Array.from({ length: count }, (_, index): LedgerLine => {
      const seq = fromSeq + index
      const atMs = firstAtMs + ((lastAtMs - firstAtMs) * index) / Math.max(1, count - 1)
      return ['odd', client, room, epoch, seq, numberAt.get(`${room} ${epoch} ${seq}`)!, atMs]
    })
  })
}

/** One client's deliveries, in order of arrival; each client of the saved run is in one room. */
export function deliveriesTo(saved: SavedRun, client: number): DeliveryLine[] {
  return saved.workers.flat().filter((line): line is DeliveryLine => is(line, 'odd') && line[1] === client)
}

/** The line must be one of this very run. */
export function changeDelivery(
  saved: SavedRun,
  victim: DeliveryLine,
  change: (line: DeliveryLine) => readonly LedgerLine[],
): SavedRun {
  return replaceOne(
    saved,
    line => line === victim,
    () => change(victim),
  )
}

export function changeLog(saved: SavedRun, room: number, change: (log: RoomLog) => RoomLog): SavedRun {
  const { logs } = saved.run
  return { ...saved, run: { ...saved.run, logs: logs.with(room, change(logs[room]!)) } }
}

export function senderOf(number: number): number {
  return [...PLAN.messages.client, ...PLAN.rollCall.client][number]!
}

export function isOfRollCall(number: number): boolean {
  return number >= PLAN.messages.atMs.length
}

/** Every sample of a kind, of the seconds that fit. */
export function slowDown(saved: SavedRun, kind: TimedKind, isSlow: (slice: number) => boolean): SavedRun {
  return { ...saved, workers: saved.workers.map(lines => retime(lines, kind, SLOW_MS, SLOW_SAMPLES, isSlow)) }
}

/** One worker's lines with so many samples of one value in place of those of a kind, in each of the seconds that fit. */
export function retime(
  lines: readonly LedgerLine[],
  kind: TimedKind,
  valueMs: number,
  samples: number,
  isRetimed: (slice: number) => boolean = () => true,
): LedgerLine[] {
  const counts = new LatencyCounts()
  counts.record(valueMs, samples)
  const encoded = counts.encoded()
  return lines.map(line =>
    is(line, 'latency') && line[1] === kind && isRetimed(line[2]) ? ['latency', kind, line[2], encoded, 0] : line,
  )
}
