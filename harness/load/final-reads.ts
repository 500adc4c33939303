/** The end of a run: each room's log as the service has it, in the plan's numbers. */

import type { RoomLog } from '../ledger/ledger.ts'
import type { Plan } from '../plan/plan.ts'
import type { Target } from '../targets/target.ts'
import { readText } from './message-text.ts'

/** A read mostly waits. More at once would load the instances for nothing. */
const READS_AT_ONCE = 16

/** Null for a room that could not be read; `onFailure` is told why. */
export function readLogs(
  plan: Plan,
  target: Target,
  abort: AbortSignal,
  onFailure: (line: string) => void,
): Promise<(RoomLog | null)[]> {
  const numberOf = (text: string) => readText(text, plan.textBytes)?.number ?? -1
  return readRooms(plan.rooms, numberOf, target, abort, onFailure)
}

/** As {@link readLogs}. `numberOf`: which message a text is, -1 for none. */
export async function readRooms(
  rooms: readonly string[],
  numberOf: (text: string) => number,
  target: Target,
  abort: AbortSignal,
  onFailure: (line: string) => void,
): Promise<(RoomLog | null)[]> {
  const logs = new Array<RoomLog | null>(rooms.length).fill(null)
  const unread = rooms.entries()
  const readSome = async () => {
    for (const [index, room] of unread) {
      abort.throwIfAborted()
      try {
        logs[index] = await readOne(room, numberOf, target)
      } catch (error) {
        onFailure(`final read of ${room}: ${(error as Error).message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: READS_AT_ONCE }, readSome))
  return logs
}

async function readOne(room: string, numberOf: (text: string) => number, target: Target): Promise<RoomLog> {
  const { top, entries } = await target.readLog(room)
  return {
    top,
    firstSeq: entries[0]?.position.seq ?? top.seq + 1,
    entries: entries.map(({ position, text }) => {
      return { epoch: position.epoch, seq: position.seq, number: numberOf(text) }
    }),
  }
}
