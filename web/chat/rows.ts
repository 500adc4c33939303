/** From what stands in a room to the rows that are drawn: separators between days, messages grouped by sender, the line above what is unread. */

import type { Position } from '../../service/protocol.ts'
import type { Entry, GapEntry, MessageEntry } from './timeline.ts'

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly atMs: number }
  | { readonly kind: 'unread'; readonly key: string }
  | { readonly kind: 'gap'; readonly key: string; readonly gap: GapEntry }
  | {
      readonly kind: 'message'
      readonly key: string
      readonly message: MessageEntry
      /** The sender and the time stand above it. */
      readonly isFirstOfGroup: boolean
    }

export interface RowsInput {
  readonly entries: readonly Entry[]
  readonly pending: readonly MessageEntry[]
  /** The line for unread messages stands before the first message behind this place; null: nowhere. */
  readonly unreadAfter: Position | null
}

/** A sender who says nothing for so long begins a new group. */
export const GROUP_MS_MAX = 5 * 60_000
const HOUR_MS = 3_600_000

export function rowsOf({ entries, pending, unreadAfter }: RowsInput): Row[] {
  const rows: Row[] = []
  let hour = Number.NaN
  let day = ''
  let before: MessageEntry | null = null
  let unreadLine = unreadAfter
  const addMessage = (message: MessageEntry) => {
    // A calendar is asked once an hour: days begin with a full hour, or a half or quarter, which the next message sees.
    const messageHour = Math.floor(message.atMs / (HOUR_MS / 4))
    if (messageHour !== hour) {
      hour = messageHour
      const messageDay = new Date(message.atMs).toDateString()
      if (messageDay !== day) {
        day = messageDay
        rows.push({ kind: 'day', key: `day ${day}`, atMs: message.atMs })
        before = null
      }
    }
    if (unreadLine !== null && isLaterThere(message.position, unreadLine)) {
      unreadLine = null
      rows.push({ kind: 'unread', key: 'unread' })
      before = null
    }
    const isFirstOfGroup = before?.from !== message.from || message.atMs - before.atMs > GROUP_MS_MAX
    rows.push({ kind: 'message', key: message.key, message, isFirstOfGroup })
    before = message
  }
  for (const entry of entries) {
    if (entry.kind === 'message') addMessage(entry)
    else {
      rows.push({ kind: 'gap', key: entry.key, gap: entry })
      before = null
    }
  }
  for (const message of pending) addMessage(message)
  return rows
}

/** In the same history: the line stands where somebody stopped reading, and a new epoch is below it as a whole. */
function isLaterThere(position: Position | null, { epoch, seq }: Position): boolean {
  return position !== null && position.epoch === epoch && position.seq > seq
}
