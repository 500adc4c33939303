/** One room as the page holds it: what stands in it, who is there, and what the person has seen of it. */

import type { MessageFrame, Position } from '../../service/protocol.ts'
import type { OlderMessages } from './history.ts'
import type { UnsentMessage } from './outbox.ts'
import { type Row, rowsOf } from './rows.ts'
import { type DeliveredEntry, ENTRIES_MAX, type GapEntry, isBehind, Timeline } from './timeline.ts'

/** What lies before the oldest message that is here. */
export type OlderStatus = 'more' | 'loading' | 'failed' | 'beginning' | 'not-kept'

/** Immutable; a new one for each change. */
export interface RoomView {
  readonly name: string
  /** `joining` until there is something to see; later absences are told by the connection alone. */
  readonly status: 'joining' | 'joined' | 'refused'
  /** With `refused`: a sentence for the person. */
  readonly refusal: string | null
  readonly rows: readonly Row[]
  /** Rises whenever the beginning of `rows` has changed rather than the end. */
  readonly startVersion: number
  /** Rises with each own message. */
  readonly ownVersion: number
  readonly older: OlderStatus
  /** Open connections and different users, over all instances; null until they are told. */
  readonly connections: number | null
  readonly participants: number | null
  readonly unreadCount: number
  readonly draft: string
}

/** What is told of a room that nobody looks at: its rows are made when somebody does. */
export type RoomSummary = Pick<RoomView, 'name' | 'unreadCount'>

export interface RoomOptions {
  readonly name: string
  readonly sender: string
  readonly draft: string
  /** How far the person had read, the last time. */
  readonly read: Position | null
  /** What the page before a reload did not know to be sent, as messages of this user. */
  readonly unsent: readonly UnsentMessage[]
  readonly user: string
}

const UNCONFIRMED = 'Nobody knows whether this was sent. If it was, sending it again shows it twice.'
/** Pages of older messages that are read without being asked for. */
const SOUGHT_PAGES_MAX = 10
/** What nobody looks at may be longer, since somebody may have scrolled up to the beginning; a tab that is forgotten for days is bounded too. */
const ENTRIES_MAX_UNREAD = 2 * ENTRIES_MAX

export class Room {
  readonly #options: RoomOptions
  readonly #timeline: Timeline
  #view: RoomView | null = null
  #rows: readonly Row[] | null = null
  #status: RoomView['status'] = 'joining'
  #refusal: string | null = null
  /** The first answer has told of messages that have not come yet. */
  #awaitsHistory = false
  #startVersion = 0
  #ownVersion = 0
  #older: OlderStatus = 'more'
  #soughtPages = 0
  #count: { readonly connections: number; readonly participants: number } | null = null
  #isBeingRead = false
  #read: Position | null
  /** Not handed over to be kept yet. */
  #newlyRead: Position | null = null
  #unreadCount = 0
  #unreadAfter: Position | null = null
  #draft: string

  constructor(options: RoomOptions) {
    this.#options = options
    this.#timeline = new Timeline(options.sender)
    this.#read = options.read
    this.#draft = options.draft
    for (const [index, message] of options.unsent.entries()) {
      this.#timeline.restore(`left ${index}`, options.user, message, message.failure ?? UNCONFIRMED)
    }
  }

  get name(): string {
    return this.#options.name
  }

  get summary(): RoomSummary {
    return { name: this.name, unreadCount: this.#unreadCount }
  }

  get view(): RoomView {
    this.#rows ??= rowsOf({
      entries: this.#timeline.entries,
      pending: this.#timeline.pending,
      unreadAfter: this.#unreadAfter,
    })
    this.#view ??= {
      name: this.name,
      status: this.#awaitsHistory ? 'joining' : this.#status,
      refusal: this.#refusal,
      rows: this.#rows,
      startVersion: this.#startVersion,
      ownVersion: this.#ownVersion,
      older: this.#older,
      connections: this.#count?.connections ?? null,
      participants: this.#count?.participants ?? null,
      unreadCount: this.#unreadCount,
      draft: this.#draft,
    }
    return this.#view
  }

  get messages(): readonly DeliveredEntry[] {
    return this.#timeline.messages
  }

  get oldest(): Position | null {
    return this.#timeline.oldest?.position ?? null
  }

  /** Own messages that are not known to be in the log, in the order in which they were sent. */
  get unsent(): readonly UnsentMessage[] {
    const unsent = this.#timeline.pending.filter(({ position }) => position === null)
    return unsent.map(({ sender, text, atMs, after, failure }) => ({ sender, text, atMs, after, failure }))
  }

  /** Whether some of them are under way. */
  get isSending(): boolean {
    return this.#timeline.pending.some(({ state }) => state === 'sending')
  }

  get draft(): string {
    return this.#draft
  }

  setDraft(draft: string): void {
    this.#draft = draft
    this.#changed()
  }

  /** `top` is the newest seq of the room; `position` where the stream goes on. */
  joined(position: Position, top: number): void {
    const isFirst = this.#status !== 'joined'
    this.#status = 'joined'
    this.#refusal = null
    const end = { epoch: position.epoch, seq: top }
    // What was there before the first visit is history, not news.
    if (isFirst) this.#read ??= end
    if (isFirst && isBehind(end, this.#read)) this.#unreadAfter = this.#read
    this.#awaitsHistory = this.#timeline.entries.length === 0 && position.seq < top
    if (isFirst && this.#timeline.oldest === null && position.seq === 0) this.#older = 'beginning'
    this.#rowsChanged()
  }

  refused(why: string): void {
    this.#status = 'refused'
    this.#refusal = why
    this.#changed()
  }

  /** Answers the message as it stands here. */
  deliver(frame: MessageFrame, me: string | null): DeliveredEntry {
    const entry = this.#timeline.deliver(frame)
    this.#awaitsHistory = false
    const { epoch, seq } = entry.position
    if (this.#isBeingRead) this.#noteRead(entry)
    else if (isBehind(entry.position, this.#read) && frame.from !== me) {
      // Where all had been read, the line of the absence before is done with.
      if (this.#unreadCount === 0) this.#unreadAfter = { epoch, seq: seq - 1 }
      this.#unreadCount += 1
    }
    if (this.#timeline.shorten(this.#isBeingRead ? ENTRIES_MAX : ENTRIES_MAX_UNREAD)) {
      this.#startVersion += 1
      this.#older = 'more'
    }
    this.#rowsChanged()
    return entry
  }

  gap(after: Position, next: Position, reason: GapEntry['reason']): void {
    this.#timeline.gap(after, next, reason)
    this.#awaitsHistory = false
    this.#rowsChanged()
  }

  count(connections: number, participants: number): void {
    this.#count = { connections, participants }
    this.#changed()
  }

  /** Nobody counts while there is no connection. */
  forgetCount(): void {
    this.#count = null
    this.#changed()
  }

  send(key: string, from: string, text: string, atMs: number): void {
    this.#timeline.send(key, from, text, atMs)
    this.#unreadAfter = null
    this.#ownVersion += 1
    this.#rowsChanged()
  }

  acked(key: string, id: string | null, position: Position): void {
    this.#timeline.acked(key, id, position)
    this.#rowsChanged()
  }

  /** Without a reason nobody knows whether it has. */
  failed(key: string, failure = UNCONFIRMED): void {
    this.#timeline.failed(key, failure)
    this.#rowsChanged()
  }

  /** Takes a failed message away and answers its text. */
  take(key: string): string | null {
    const entry = this.#timeline.take(key)
    this.#rowsChanged()
    return entry?.text ?? null
  }

  beginOlder(): void {
    this.#older = 'loading'
    this.#changed()
  }

  /**
   * Whether older messages are to be read since an own one, of which nobody knows whether it was sent, may stand among them. True for
   * {@link SOUGHT_PAGES_MAX} pages at most.
   */
  takeSeek(): boolean {
    const { oldest } = this
    if (oldest === null || this.#older !== 'more' || this.#soughtPages === SOUGHT_PAGES_MAX) return false
    const isFurtherUp = (after: Position | null) =>
      after === null || (after.epoch === oldest.epoch && after.seq < oldest.seq - 1)
    const isSought = this.#timeline.pending.some(
      ({ position, failure, after }) => position === null && failure === UNCONFIRMED && isFurtherUp(after),
    )
    if (isSought) this.#soughtPages += 1
    return isSought
  }

  /** `oldest` is what was asked from; where the beginning has moved meanwhile, the answer is of no use. */
  endOlder(oldest: Position, answer: OlderMessages | null): void {
    const isStillThere = this.oldest?.seq === oldest.seq && this.oldest.epoch === oldest.epoch
    this.#older = answer === null ? 'failed' : isStillThere ? answer.before : 'more'
    if (answer !== null && isStillThere && answer.messages.length > 0) {
      this.#timeline.prepend(answer.messages)
      this.#startVersion += 1
    }
    this.#rowsChanged()
  }

  /** How far the person has read, where that is news. */
  takeRead(): Position | null {
    const read = this.#newlyRead
    this.#newlyRead = null
    return read
  }

  /** The person sees the end of the room, or does not. */
  setBeingRead(isBeingRead: boolean): void {
    if (this.#isBeingRead === isBeingRead) return
    this.#isBeingRead = isBeingRead
    if (isBeingRead) {
      const { newest } = this.#timeline
      if (newest !== null) this.#noteRead(newest)
      this.#unreadCount = 0
    }
    this.#changed()
  }

  /** Another room is looked at: the line has done its work. */
  forgetUnreadLine(): void {
    if (this.#unreadCount > 0) return
    this.#unreadAfter = null
    this.#rowsChanged()
  }

  #noteRead({ position }: DeliveredEntry): void {
    this.#read = position
    this.#newlyRead = position
  }

  #changed(): void {
    this.#view = null
  }

  #rowsChanged(): void {
    this.#rows = null
    this.#view = null
  }
}
