/**
 * What stands in one room, oldest first: the delivered messages in the order of the room, gaps where the service declared them, and below them the own
 * messages that have not come back yet. Entries are never changed, only replaced, so that who draws them can compare by identity.
 */

import type { MessageFrame, Position } from '../../service/protocol.ts'

export type MessageState = 'sending' | 'sent' | 'failed' | 'received'

export interface MessageEntry {
  readonly kind: 'message'
  /** Stays the same from `sending` to `sent`. */
  readonly key: string
  /** `<session>/<n>`; null until the message is in the log. */
  readonly id: string | null
  /** Null until the message is in the log. */
  readonly position: Position | null
  readonly from: string
  readonly text: string
  /** Unix milliseconds: the service's, once it has been delivered. */
  readonly atMs: number
  readonly state: MessageState
  /** With `failed`: a sentence for the person. */
  readonly failure: string | null
}

export interface DeliveredEntry extends MessageEntry {
  readonly id: string
  readonly position: Position
}

export interface GapEntry {
  readonly kind: 'gap'
  readonly key: string
  readonly after: Position
  readonly next: Position
  readonly reason: 'trimmed' | 'epoch-lost'
}

export type Entry = DeliveredEntry | GapEntry

/** Beyond that the oldest are forgotten; they can be read again. */
export const ENTRIES_MAX = 20_000
/** Forgotten in one go, so that it does not happen with every message. */
const FORGOTTEN_COUNT = 5_000

export class Timeline {
  readonly #sender: string
  #entries: Entry[] = []
  #pending: MessageEntry[] = []
  #gapCount = 0

  /** `sender` is the name part of this page's sessions: a message with another one was not sent here. */
  constructor(sender: string) {
    this.#sender = sender
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** Own messages, in the order in which they were sent, that have not been delivered. */
  get pending(): readonly MessageEntry[] {
    return this.#pending
  }

  get messages(): DeliveredEntry[] {
    return this.#entries.filter(entry => entry.kind === 'message')
  }

  get oldest(): DeliveredEntry | null {
    return this.#entries.find(entry => entry.kind === 'message') ?? null
  }

  get newest(): DeliveredEntry | null {
    return this.#entries.findLast(entry => entry.kind === 'message') ?? null
  }

  send(key: string, from: string, text: string, atMs: number): void {
    const fresh = { id: null, position: null, state: 'sending', failure: null } as const
    this.#pending = [...this.#pending, { kind: 'message', key, from, text, atMs, ...fresh }]
  }

  /** It is in the log, whether or not it has come back yet. */
  acked(key: string, id: string | null, position: Position): void {
    // Delivered already, under the key of an equal text that was sent earlier at most: there is nothing to see of that.
    this.#replacePending(key, { id, position, state: 'sent', failure: null })
  }

  failed(key: string, failure: string): void {
    this.#replacePending(key, { state: 'failed', failure })
  }

  /** Takes a message that has not been delivered off the list, to send it again or to forget it. */
  take(key: string): MessageEntry | null {
    const entry = this.#pending.find(pending => pending.key === key) ?? null
    this.#pending = this.#pending.filter(pending => pending !== entry)
    return entry
  }

  deliver(frame: MessageFrame): DeliveredEntry {
    const isFromHere = frame.id.startsWith(`${this.#sender}.`)
    const pending = isFromHere ? this.#takePendingOf(frame) : undefined
    const entry = deliveredEntry(frame, isFromHere, pending?.key)
    this.#settlePassed(entry.position)
    this.#entries.push(entry)
    return entry
  }

  gap(after: Position, next: Position, reason: GapEntry['reason']): void {
    this.#gapCount += 1
    this.#settlePassed(next)
    this.#entries.push({ kind: 'gap', key: `gap ${this.#gapCount}`, after, next, reason })
  }

  /** Puts messages before all others. They are in the order of the room. */
  prepend(frames: readonly MessageFrame[]): void {
    const older = frames.map(frame => deliveredEntry(frame, frame.id.startsWith(`${this.#sender}.`)))
    this.#entries = [...older, ...this.#entries]
  }

  /** Forgets the oldest where there are too many. Answers whether there were. */
  shorten(entriesMax = ENTRIES_MAX): boolean {
    if (this.#entries.length <= entriesMax) return false
    this.#entries = this.#entries.slice(FORGOTTEN_COUNT)
    return true
  }

  /**
   * The pending message that has come back: the one acknowledged at this place, else the first of this text that is not, since a sender's order is kept.
   */
  #takePendingOf({ epoch, seq, text }: MessageFrame): MessageEntry | undefined {
    const isHere = ({ position }: MessageEntry) => position?.epoch === epoch && position.seq === seq
    const entry =
      this.#pending.find(isHere) ?? this.#pending.find(pending => pending.position === null && pending.text === text)
    this.#pending = this.#pending.filter(pending => pending !== entry)
    return entry
  }

  /** What was acknowledged at a place that the room has passed will not come any more: it lies in a gap, or was said before joining. */
  #settlePassed(position: Position): void {
    const isPassed = (entry: MessageEntry): entry is DeliveredEntry =>
      entry.position?.epoch === position.epoch && entry.position.seq < position.seq
    const passed = this.#pending.filter(isPassed).map(entry => ({ ...entry, id: entry.id ?? '' }))
    if (passed.length === 0) return
    this.#pending = this.#pending.filter(entry => !isPassed(entry))
    this.#entries.push(...passed)
  }

  #replacePending(key: string, change: Partial<MessageEntry>): void {
    this.#pending = this.#pending.map(entry => (entry.key === key ? { ...entry, ...change } : entry))
  }
}

function deliveredEntry(frame: MessageFrame, isFromHere: boolean, key?: string): DeliveredEntry {
  const { id, epoch, seq, from, text, sentAt } = frame
  return {
    kind: 'message',
    key: key ?? `${epoch} ${seq}`,
    id,
    position: { epoch, seq },
    from,
    text,
    atMs: sentAt,
    state: isFromHere ? 'sent' : 'received',
    failure: null,
  }
}
