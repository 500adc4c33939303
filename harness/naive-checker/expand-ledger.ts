/** Turns the lines of a worker's ledger back into single records. */

import type { LedgerLine } from '../ledger/ledger-records.ts'
import type { DeliveredRecord, RawRecord } from './raw-record.ts'

type OrderLine = Extract<LedgerLine, readonly ['order', ...unknown[]]>
type RunLine = Extract<LedgerLine, readonly ['run', ...unknown[]]>

/**
 * @param lines of one worker, all of them: what a run delivered may stand in an `order` behind it
 * @returns times as in the lines. A run keeps the times of its first and last delivery alone; those between get that of the first.
 *   Deliveries of one client in one room are in order of arrival, and so are a client's other records; a run stands where it ended.
 */
export function expandLines(lines: readonly LedgerLine[]): RawRecord[] {
  const orders = lines.filter(line => line[0] === 'order')
  return lines.flatMap((line): RawRecord[] => {
    switch (line[0]) {
      case 'run':
        return expandRun(line, orders)
      case 'odd': {
        const [, client, room, epoch, seq, number, atMs] = line
        return [['delivered', client, room, epoch, seq, number, atMs]]
      }
      case 'order':
      case 'count-members':
      case 'count':
      case 'counted-until':
      case 'late':
      case 'late-slice':
      case 'delivered-in':
      case 'latency':
      case 'generator':
        return []
      default:
        return [line]
    }
  })
}

function expandRun(line: RunLine, orders: readonly OrderLine[]): DeliveredRecord[] {
  const [, client, room, epoch, fromSeq, count, firstAtMs, lastAtMs] = line
  return Array.from({ length: count }, (_, index) => {
    const seq = fromSeq + index
    const number = numberAt(orders, room, epoch, seq)
    return ['delivered', client, room, epoch, seq, number, index === count - 1 ? lastAtMs : firstAtMs]
  })
}

function numberAt(orders: readonly OrderLine[], room: number, epoch: string, seq: number): number {
  for (const [, ofRoom, ofEpoch, fromSeq, numbers] of orders) {
    const number = numbers[seq - fromSeq]
    if (ofRoom === room && ofEpoch === epoch && number !== undefined) return number
  }
  throw new Error(`no order of room ${room} has seq ${seq} of epoch ${epoch}`)
}

/** Records of the monotonic clock in plan time. */
export function inPlanTime(records: readonly RawRecord[], zeroAtMs: number): RawRecord[] {
  return records.map(record => {
    switch (record[0]) {
      case 'rejected':
      case 'unknown':
      case 'tally':
      case 'end':
      case 'end-of-room':
        return record
      default:
        // Of all others the time is the last element.
        return [...record.slice(0, -1), (record.at(-1) as number) - zeroAtMs] as unknown as RawRecord
    }
  })
}
