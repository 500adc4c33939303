/**
 * What stands in one room, oldest first: the delivered messages in the order of the room, gaps where the service declared them, and below them the own
 * messages that have not come back yet. Entries are never changed, only replaced, so that who draws them can compare by identity.
 */

import type { MessageFrame, Position } from '../../service/protocol.ts'
import type { UnsentMessage } from './outbox.ts'

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

/** An own message that has not been delivered. */
export interface PendingEntry extends MessageEntry {
  /** Name part of the sessions of the page that sent it: this one, or the one before a reload. */
  readonly sender: string
  /** It can only stand behind this place; null where nothing is known. */
  readonly after: Position | null
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
  /** Of this page, and of those before it of which something is pending. */
  readonly #senders: Set<string>
  #entries: Entry[] = []
  #pending: readonly PendingEntry[] = []
  #gapCount = 0

  /** `sender` is the name part of this page's sessions: a message with another one was not sent here. */
  constructor(sender: string) {
    this.#sender = sender
    this.#senders = new Set([sender])
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** Own messages, in the order in which they were sent, that have not been delivered. */
  get pending(): readonly PendingEntry[] {
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
    const after = this.newest?.position ?? null
    this.#addPending({ kind: 'message', key, from, text, atMs, ...fresh, sender: this.#sender, after })
  }

  /** A message of the page that was here before a reload: failed, for the reason given, unless it turns out to be in the log. */
  restore(key: string, from: string, { sender, text, atMs, after }: UnsentMessage, failure: string): void {
    this.#senders.add(sender)
    const unknown = { id: null, position: null, state: 'failed', failure } as const
    this.#addPending({ kind: 'message', key, from, text, atMs, ...unknown, sender, after })
  }

  /** It is in the log, whether or not it has come back yet. */
  acked(key: string, id: string | null, position: Position): void {
    this.#noteOrder(
      this.#pending.find(pending => pending.key === key),
      position,
    )
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
    const isFromHere = this.#isFromHere(frame)
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
    const older = frames.map(frame => {
      const isFromHere = this.#isFromHere(frame)
      return deliveredEntry(frame, isFromHere, isFromHere ? this.#takePendingOf(frame)?.key : undefined)
    })
    this.#entries = [...older, ...this.#entries]
  }

  /** Forgets the oldest where there are too many. Answers whether there were. */
  shorten(entriesMax = ENTRIES_MAX): boolean {
    if (this.#entries.length <= entriesMax) return false
    this.#entries = this.#entries.slice(FORGOTTEN_COUNT)
    return true
  }

  #isFromHere({ id }: MessageFrame): boolean {
    return this.#senders.has(senderOf(id))
  }

  #addPending(entry: PendingEntry): void {
    this.#pending = [...this.#pending, entry]
  }

  /**
   * The pending message that has come back: the one acknowledged at this place, else the first of this text that is not, since a sender's order is kept.
   */
  #takePendingOf({ id, epoch, seq, text }: MessageFrame): PendingEntry | undefined {
    const isHere = ({ position }: PendingEntry) => position?.epoch === epoch && position.seq === seq
    const canBeHere = ({ position, after, ...entry }: PendingEntry) =>
      position === null && entry.text === text && entry.sender === senderOf(id) && isBehind({ epoch, seq }, after)
    const entry = this.#pending.find(isHere) ?? this.#pending.find(canBeHere)
    this.#noteOrder(entry, { epoch, seq })
    this.#pending = this.#pending.filter(pending => pending !== entry)
    return entry
  }

  /** What was sent after a message stands behind it. */
  #noteOrder(entry: PendingEntry | undefined, position: Position): void {
    if (entry === undefined) return
    const index = this.#pending.indexOf(entry)
    this.#pending = this.#pending.map((pending, at) =>
      at > index && pending.sender === entry.sender && isBehind(position, pending.after)
        ? { ...pending, after: position }
        : pending,
    )
  }

  /** What was acknowledged at a place that the room has passed will not come any more: it lies in a gap, or was said before joining. */
  #settlePassed(position: Position): void {
    const isPassed = (entry: PendingEntry): entry is PendingEntry & DeliveredEntry =>
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

/** Whether a place is behind another one, or may be: a new epoch is a new history, in which numbers begin anew. */
export function isBehind({ epoch, seq }: Position, place: Position | null): boolean {
  return place === null || place.epoch !== epoch || place.seq < seq
}

/** Of a message's id, `<sender>.<count>/<n>`. */
function senderOf(id: string): string {
  return id.slice(0, Math.max(0, id.indexOf('.')))
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
